package integration

import (
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestWorkerKilled kills nginx's workers, again and again, in the middle of what
// they do. Each request is answered, if need be by another worker, or fails with
// an error that says how far it got.
func TestWorkerKilled(t *testing.T) {
	const callers, kills = 16, 5
	n := startNginx(t)
	pool := newPool(t, nil)

	var (
		running  sync.WaitGroup
		done     atomic.Bool
		worker   atomic.Int64 // the last that answered
		answers  atomic.Int64
		replays  atomic.Int64
		failures atomic.Int64
	)
	for caller := range callers {
		running.Go(func() {
			for number := 0; !done.Load(); number++ {
				id := strconv.Itoa(caller) + "-" + strconv.Itoa(number)
				response, err := pool.Request(t.Context(), "GET", n.plain+"/origin/wait?ms=5&id="+id)
				if err != nil {
					failures.Add(1)
					checkFailure(t, id, err)
					continue
				}
				if text, err := response.Text(); err != nil || text != id || response.StatusCode != 200 {
					t.Errorf("request %s was answered %s %q (%v)", id, response, text, err)
				}
				answers.Add(1)
				if len(response.Exchange().Attempts) > 1 {
					replays.Add(1)
				}
				if pid, err := strconv.Atoi(response.Headers.Get("X-Worker")); err == nil {
					worker.Store(int64(pid))
				}
			}
		})
	}
	for range kills {
		before := answers.Load()
		waitUntil(t, "answers come in", func() bool { return answers.Load() > before+5*callers })
		kill(t, int(worker.Swap(0)))
	}
	before := answers.Load()
	waitUntil(t, "answers come in after the last worker died", func() bool { return answers.Load() > before+5*callers })
	done.Store(true)
	running.Wait()

	t.Logf("%d answers, %d of them to the second attempt; %d failures", answers.Load(), replays.Load(), failures.Load())
	if replays.Load() == 0 {
		t.Error("no request was sent a second time: no worker died with one in hand")
	}
	pool.CloseIdle()
	if got, want := pool.String(), "<ConnectionPool [0 active]>"; got != want {
		t.Errorf("with nobody left: %s, want %s", got, want)
	}
}

// checkFailure looks at an error of a GET whose worker died.
func checkFailure(t *testing.T, id string, err error) {
	var failure *httpx.Error
	if !errors.As(err, &failure) {
		t.Errorf("request %s: an error without a type: %v", id, err)
		return
	}
	if failure.Kind == nil || failure.Origin == "" {
		t.Errorf("request %s: an error that does not say what happened where: %v", id, err)
	}
	// What was not sent at all, or on a connection that had served before and
	// ended without a byte, is the client's to repeat: once.
	attempts := failure.Exchange().Attempts
	if failure.Progress == httpx.NotSent && failure.Phase >= httpx.PhaseWrite && len(attempts) < 2 {
		t.Errorf("request %s was not sent, nor tried again: %v", id, err)
	}
}

// kill ends a worker at once, by its process id, which it told itself.
func kill(t *testing.T, pid int) {
	t.Helper()
	if pid == 0 {
		return // the answers since the last kill named none
	}
	worker, err := os.FindProcess(pid)
	if err != nil {
		t.Errorf("worker %d: %v", pid, err)
		return
	}
	defer worker.Release()
	if err := worker.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("worker %d: %v", pid, err)
	}
}

func waitUntil(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited 10 s until %s", what)
		}
		<-time.After(time.Millisecond)
	}
}
