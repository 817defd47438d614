package ctxwatch

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// deadlines records what was set last.
type deadlines struct {
	mu          sync.Mutex
	read, write time.Time
	onRead      func() // runs after a read deadline was stored
}

func (d *deadlines) SetDeadline(t time.Time) error {
	d.mu.Lock()
	d.read, d.write = t, t
	d.mu.Unlock()
	return nil
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.mu.Lock()
	d.read = t
	f := d.onRead
	d.onRead = nil
	d.mu.Unlock()
	if f != nil {
		f()
	}
	return nil
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.mu.Lock()
	d.write = t
	d.mu.Unlock()
	return nil
}

func (d *deadlines) now() (read, write time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.read, d.write
}

func TestContextThatCannotEndCostsNothing(t *testing.T) {
	var w Watch
	w.Reset(new(deadlines))
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() {
		if err := w.Start(ctx); err != nil || !w.Stop() {
			t.Fatal("a background context ended")
		}
	}); n != 0 {
		t.Errorf("Start and Stop under a background context allocate %v times", n)
	}
}

func TestContextEndsReadsAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(deadlines)
		var w Watch
		w.Reset(d)
		ctx, cancel := context.WithCancel(context.Background())
		if err := w.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if read, write := d.now(); read != past || write != past {
			t.Errorf("deadlines after the context ended: %v, %v", read, write)
		}
		if !w.Ended() || w.Stop() {
			t.Error("Stop after the context ended says that the connection may be kept")
		}
	})
}

func TestEndedContextStartsNothing(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Start(ctx); err != context.Canceled {
		t.Fatalf("Start: %v", err)
	}
	if read, _ := d.now(); !read.IsZero() || w.Ended() {
		t.Error("a context that had ended before touched the connection")
	}
}

// A cancellation that lands between the setting of a deadline and its return
// must not be lost: the later deadline would keep the read alive.
func TestLaterDeadlineDoesNotUndoTheEnd(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	d.onRead = func() {
		// The hook ran just before this store: its past deadline is lost.
		w.ended.Store(true)
	}
	w.SetRead(time.Now().Add(time.Hour))
	if read, _ := d.now(); read != past {
		t.Errorf("the read deadline is %v: the context's end was undone", read)
	}
	w.SetWrite(time.Now().Add(time.Hour))
	if _, write := d.now(); write != past {
		t.Errorf("the write deadline is %v: the context's end was undone", write)
	}
}

func TestStopClearsWhatWasSet(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	if err := w.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.SetRead(time.Now().Add(time.Hour))
	w.SetWrite(time.Now().Add(time.Hour))
	if !w.Stop() {
		t.Fatal("Stop: false")
	}
	if read, write := d.now(); !read.IsZero() || !write.IsZero() {
		t.Errorf("deadlines left behind: %v, %v", read, write)
	}
}

type deadlineOnly struct {
	context.Context
	at time.Time
}

func (c deadlineOnly) Deadline() (time.Time, bool) { return c.at, true }

func TestDeadlineWithoutDoneBoundsEveryDeadline(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	at := time.Now().Add(time.Minute)
	if err := w.Start(deadlineOnly{context.Background(), at}); err != nil {
		t.Fatal(err)
	}
	if read, write := d.now(); read != at || write != at {
		t.Errorf("deadlines %v, %v: want the context's", read, write)
	}
	w.SetRead(at.Add(time.Hour))
	w.SetWrite(at.Add(-time.Second))
	if read, write := d.now(); read != at || write != at.Add(-time.Second) {
		t.Errorf("deadlines %v, %v: want the sooner of both", read, write)
	}
	if !w.Stop() {
		t.Error("Stop: false")
	}
}

// A deadline that fits is left alone; one that passed, or comes too late, is
// replaced.
func TestRenewWrite(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	now := time.Now()
	first := now.Add(30 * time.Second)
	w.RenewWrite(now, first)
	w.RenewWrite(now.Add(10*time.Second), now.Add(40*time.Second))
	if _, write := d.now(); write != first {
		t.Errorf("a deadline that fits was moved to %v", write)
	}
	if !w.Stop() {
		t.Fatal("Stop: false")
	}
	if _, write := d.now(); write != first {
		t.Errorf("Stop took the deadline away: %v", write)
	}
	sooner := now.Add(12 * time.Second)
	w.RenewWrite(now.Add(11*time.Second), sooner)
	if _, write := d.now(); write != sooner {
		t.Errorf("deadline %v: want the sooner one, %v", write, sooner)
	}
	later := now.Add(50 * time.Second)
	w.RenewWrite(now.Add(20*time.Second), later)
	if _, write := d.now(); write != later {
		t.Errorf("deadline %v: the old one had passed, want %v", write, later)
	}
	w.Clear()
	if _, write := d.now(); !write.IsZero() {
		t.Errorf("deadline %v after Clear", write)
	}
}

func TestEndWritesLeavesReadsAlone(t *testing.T) {
	d := new(deadlines)
	var w Watch
	w.Reset(d)
	w.EndWrites()
	w.SetWrite(time.Now().Add(time.Hour))
	if read, write := d.now(); !read.IsZero() || write != past {
		t.Errorf("deadlines %v, %v: want none and the past", read, write)
	}
	if !w.Muted() || w.Ended() {
		t.Error("EndWrites ended more than writes")
	}
	if w.Stop() {
		t.Error("Stop says that the connection may be kept")
	}
}

// told counts how often it heard that a context ended.
type told struct{ times int }

func (e *told) ContextEnded() { e.times++ }

// The end of the context is told once, and nothing else is.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w Watch
		var e told
		w.Reset(new(deadlines))
		w.Tell(&e)
		for _, test := range []struct {
			what string
			end  func(cancel func())
			want int
		}{
			{"a context that ends after Stop", func(cancel func()) { w.Stop(); cancel() }, 0},
			{"one that ends", func(cancel func()) { cancel() }, 1},
			{"Abort", func(func()) { w.Abort() }, 1},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			if err := w.Start(ctx); err != nil {
				t.Fatal(err)
			}
			test.end(cancel)
			synctest.Wait()
			if e.times != test.want {
				t.Errorf("%s: told %d times in all, want %d", test.what, e.times, test.want)
			}
			w.Unhook()
			cancel()
		}
	})
}
