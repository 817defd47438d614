package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/leaktest"
)

// An outcome is what became of one request.
type outcome struct {
	answered bool // else it was cancelled
	attempts int  // how many times the client sent it, or began to
	progress httpx.Progress
}

// TestEveryAnswerIsToItsOwnRequest has 1,000 callers share 16 connections, some
// of them leaving at random, and compares what each was answered with its
// request, and what nginx saw with what was sent. nginx ends each connection
// after 1,000 requests, so that connections come and go as well.
func TestEveryAnswerIsToItsOwnRequest(t *testing.T) {
	const callers, connections = 1000, 16
	requests := 100_000
	if inBrief() {
		requests = 10_000
	}
	leaktest.Check(t)
	n := startNginx(t)
	pool := newPool(t, &httpx.PoolOptions{MaxConnections: connections})

	stopWatching := watchCounts(t, pool, connections)
	outcomes := make([]outcome, requests)
	var next atomic.Int64
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for {
				id := int(next.Add(1)) - 1
				if id >= requests {
					return
				}
				outcomes[id] = sendWithID(t, pool, n.plain, id)
			}
		})
	}
	running.Wait()
	stopWatching()

	// A dial whose callers have left goes on, and its connection idles.
	waitUntil(t, "nothing but idle connections is left", func() bool {
		return pool.String() == idleText(len(pool.Connections()))
	})
	pool.Close()
	if got, want := pool.String(), "<ConnectionPool [0 active]>"; got != want {
		t.Errorf("after Close: %s, want %s", got, want)
	}
	n.stop(t)
	compareWithLog(t, outcomes, n.accessLog(t))
}

func idleText(idle int) string {
	if idle == 0 {
		return "<ConnectionPool [0 active]>"
	}
	return fmt.Sprintf("<ConnectionPool [%d idle]>", idle)
}

// sendWithID sends the request of that number, in one of these ways.
func sendWithID(t *testing.T, pool *httpx.ConnectionPool, base string, number int) outcome {
	id := strconv.Itoa(number)
	get, post := base+"/id?id="+id, base+"/origin/echo?id="+id
	switch {
	case number%64 == 1: // leaves while its request is written
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		content := httpx.Reader(cancelling{strings.NewReader(id), cancel}, int64(len(id)))
		response, err := pool.Request(ctx, "POST", post, content)
		return judge(t, id, response, err, context.Canceled)
	case number%64 == 2: // leaves with the head in hand
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		response, err := pool.Stream(ctx, "GET", get)
		if err != nil {
			return judge(t, id, nil, err, nil)
		}
		cancel()
		_, err = response.Bytes()
		return judge(t, id, response, err, context.Canceled)
	case number%8 == 0: // leaves at any time, most often while it waits for its turn
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(30*time.Millisecond))))
		defer cancel()
		response, err := pool.Request(ctx, "GET", get)
		return judge(t, id, response, err, context.DeadlineExceeded)
	case number%20 == 5:
		response, err := pool.Request(context.Background(), "POST", post, httpx.Text(id))
		return judge(t, id, response, err, nil)
	default:
		response, err := pool.Request(context.Background(), "GET", get)
		return judge(t, id, response, err, nil)
	}
}

// cancelling cancels a context when it is read.
type cancelling struct {
	io.Reader
	cancel context.CancelFunc
}

func (c cancelling) Read(p []byte) (int, error) {
	c.cancel()
	return c.Reader.Read(p)
}

// judge looks at what came of a request: its own answer, or the error of a
// caller who left, which is cause. nil: nobody left.
func judge(t *testing.T, id string, response *httpx.Response, err, cause error) outcome {
	if err == nil {
		body, err := response.Text()
		if err != nil || response.StatusCode != 200 || body != id {
			t.Errorf("request %s was answered %s %q (%v)", id, response, body, err)
		}
		return outcome{answered: true, attempts: len(response.Exchange().Attempts), progress: httpx.Answered}
	}
	var failure *httpx.Error
	if !errors.As(err, &failure) {
		t.Errorf("request %s: an error without a type: %v", id, err)
		return outcome{}
	}
	if cause == nil || !errors.Is(err, cause) {
		t.Errorf("request %s: %v", id, err)
	}
	if isTimeout := cause == context.DeadlineExceeded; errors.Is(err, httpx.ErrTimeout) != isTimeout {
		t.Errorf("request %s: ErrTimeout is %t, the cause was %v: %v", id, !isTimeout, cause, err)
	}
	return outcome{attempts: len(failure.Exchange().Attempts), progress: failure.Progress}
}

// watchCounts looks at the pool's snapshot again and again, and fails the test
// where one breaks the pool's limit. The function it returns ends that.
func watchCounts(t *testing.T, pool *httpx.ConnectionPool, most int) (stop func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if open := len(pool.Connections()); open > most {
				t.Errorf("%d connections at once, the limit is %d: %s", open, most, pool)
				return
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}

// compareWithLog checks that nginx saw each request that was answered once, or
// as often as the client says that it was sent, and each cancelled one no more
// often than it was begun.
func compareWithLog(t *testing.T, outcomes []outcome, lines []logLine) {
	t.Helper()
	seen := make([]int, len(outcomes))
	for _, line := range lines {
		number, err := strconv.Atoi(line.id)
		if err != nil || number < 0 || number >= len(outcomes) {
			t.Errorf("nginx saw a request that nobody sent: %+v", line)
			continue
		}
		seen[number]++
	}
	var answered, waiting, begun, replayed int
	for number, o := range outcomes {
		most := max(1, o.attempts)
		switch {
		case o.answered && (seen[number] < 1 || seen[number] > most):
			t.Errorf("request %d was answered, with %d attempts; nginx saw it %d times", number, o.attempts, seen[number])
		case !o.answered && seen[number] > most:
			t.Errorf("request %d was cancelled, with %d attempts; nginx saw it %d times", number, o.attempts, seen[number])
		case o.progress == httpx.NotSent && seen[number] > 0:
			t.Errorf("request %d was not sent; nginx saw it", number)
		}
		switch {
		case o.answered:
			answered++
		case o.progress == httpx.NotSent:
			waiting++
		default:
			begun++
		}
		if o.attempts > 1 {
			replayed++
		}
	}
	t.Logf("%d requests: %d answered, %d cancelled before and %d after they were begun, %d sent twice", len(outcomes), answered, waiting, begun, replayed)
	// All kinds have to be there, or the test has not shown what it says.
	if answered < len(outcomes)*3/4 || waiting == 0 || begun == 0 {
		t.Error("want at least 3 of 4 requests answered, and some cancelled before and some after they were begun")
	}
}
