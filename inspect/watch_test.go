package inspect

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
)

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func (w *watch) isObserving() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stop != nil
}

func TestWatchingBeginsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := newPool(t, httpx.PoolOptions{})
		h := Handler(pool).(*handler)
		get(h, "/snapshot.json")
		get(h, "/metrics")
		get(h, "/")
		if h.watch.isObserving() {
			t.Error("a snapshot, the metrics and the page's text have the pool observed")
		}

		first, second := watchStream(h), watchStream(h)
		synctest.Wait()
		if !h.watch.isObserving() {
			t.Fatal("nothing is observed while a page is open")
		}
		time.Sleep(time.Minute)
		first.stop(t)
		time.Sleep(2 * linger)
		if !h.watch.isObserving() {
			t.Error("the second viewer is forgotten with the first")
		}
		second.stop(t)
		time.Sleep(linger - time.Millisecond)
		synctest.Wait()
		if !h.watch.isObserving() {
			t.Error("a page that is loaded again finds nothing")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if h.watch.isObserving() {
			t.Error("the pool is observed, and nobody looks")
		}
		if n := len(h.watch.history.values); n < 4*60 {
			t.Errorf("of the history %d samples are left", n)
		}
		if h.watch.lanes.byID != nil || h.watch.recent.values != nil || h.watch.text != nil {
			t.Error("more than the history is kept")
		}
	})
}

func TestWatchingGoesOnForWhoComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := newPool(t, httpx.PoolOptions{})
		h := Handler(pool).(*handler)
		watchStream(h).stop(t)
		time.Sleep(linger - time.Millisecond)
		again := watchStream(h)
		time.Sleep(linger)
		synctest.Wait()
		if !h.watch.isObserving() {
			t.Error("the first viewer's end ends the second's watch")
		}
		again.stop(t)
	})
}

func TestStreamTellsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := newPool(t, httpx.PoolOptions{})
		h := Handler(pool)
		stream := watchStream(h)
		time.Sleep(300 * time.Millisecond)
		for range 3 {
			if _, err := pool.Request(context.Background(), "GET", "http://a.example/"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(690 * time.Millisecond)
		frames := stream.stop(t)
		if len(frames) != 4 {
			t.Fatalf("%d frames came within a second, want 4", len(frames))
		}
		if !frames[0].First || frames[1].First {
			t.Error("the first frame, and only that, says it is")
		}
		for i, want := range []int{0, 0, 1, 0} {
			if got := len(frames[i].Lanes); got != want {
				t.Errorf("frame %d tells of %d connections, want %d", i, got, want)
			}
			if got := len(frames[i].Samples); got != 1 {
				t.Errorf("frame %d has %d samples", i, got)
			}
		}
		// Dial started, connected, assigned and five more; then twice six.
		if got := len(frames[2].Events); got < 15 || len(frames[3].Events) != 0 {
			t.Errorf("the frames have %d and %d events", got, len(frames[3].Events))
		}

		// Who comes later gets it all at once.
		late := watchStream(h)
		time.Sleep(time.Millisecond)
		frames = late.stop(t)
		if len(frames) != 1 || len(frames[0].Lanes) != 1 || len(frames[0].Samples) != 5 || len(frames[0].Events) < 15 {
			t.Errorf("who comes later gets %d frames, in the first %d connections, %d samples and %d events",
				len(frames), len(frames[0].Lanes), len(frames[0].Samples), len(frames[0].Events))
		}
	})
}

func TestFramesLeaveOutWhatIsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := newPool(t, httpx.PoolOptions{})
		stream := watchStream(Handler(pool))
		time.Sleep(10 * time.Millisecond)
		for range 50 {
			if _, err := pool.Request(context.Background(), "GET", "http://a.example/"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		frames := stream.stop(t)
		total := pool.Snapshot().Totals
		if got := len(frames[1].Events); got != frameEvents {
			t.Errorf("a frame has %d events, want %d", got, frameEvents)
		}
		if frames[1].Skipped < 6*50-frameEvents {
			t.Errorf("a frame says that %d events are left out, of %d requests", frames[1].Skipped, total.Reused+1)
		}
		if got := frames[len(frames)-1].Skipped; got != 0 {
			t.Errorf("a later frame says so again: %d", got)
		}
	})
}

func TestConnectionIsRememberedAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := newPool(t, httpx.PoolOptions{})
		h := Handler(pool)
		get(h, "/events.json")
		if _, err := pool.Request(context.Background(), "GET", "http://a.example/"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		id := number(pool.Connections()[0].Snapshot().ID)
		var answer struct {
			Snapshot struct{ Text string }
			Closed   time.Time
			Reason   string
			Events   []struct{ Kind string }
		}
		fill(t, get(h, "/connection.json?id="+id), &answer)
		if answer.Snapshot.Text != `<Connection "http://a.example/" IDLE>` || !answer.Closed.IsZero() || len(answer.Events) == 0 {
			t.Errorf("while it lives: %+v", answer)
		}
		pool.CloseIdle()
		synctest.Wait()
		fill(t, get(h, "/connection.json?id="+id), &answer)
		if answer.Reason != "idle connections were closed" || answer.Closed.IsZero() || answer.Events[len(answer.Events)-1].Kind != "closed" {
			t.Errorf("after its end: %+v", answer)
		}
		time.Sleep(linger)
		synctest.Wait()
		if w := get(h, "/connection.json?id="+id); w.Code != 404 {
			t.Errorf("when nobody looked for long: status %d", w.Code)
		}
	})
}

func TestIntervalFollowsSize(t *testing.T) {
	for _, test := range []struct {
		size  int
		first bool
		want  time.Duration
	}{
		{1000, false, 250 * time.Millisecond},
		{64 << 10, false, 250 * time.Millisecond},
		{512 << 10, false, 2 * time.Second},
		{8 << 20, true, 250 * time.Millisecond},
	} {
		if got := interval(test.size, test.first); got != test.want {
			t.Errorf("after %d bytes the stream waits %v, want %v", test.size, got, test.want)
		}
	}
}
