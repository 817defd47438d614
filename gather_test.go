package httpx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A timed transport answers a request after the seconds that its path says,
// unless the context ends before, and counts what is at work.
type timed struct {
	now, sent, cancelled atomic.Int64

	mu   sync.Mutex
	most int64
}

func (s *timed) Close() error { return nil }

func (s *timed) Send(ctx context.Context, req *Request) (*Response, error) {
	s.sent.Add(1)
	now := s.now.Add(1)
	defer s.now.Add(-1)
	s.mu.Lock()
	s.most = max(s.most, now)
	s.mu.Unlock()
	var seconds time.Duration
	if _, err := fmt.Sscanf(req.URL.Path, "/%d", &seconds); err != nil {
		return nil, errors.New("no seconds")
	}
	select {
	case <-time.After(seconds * time.Second):
		res := respond(200, req.URL.Path)
		res.Request = req
		return res, nil
	case <-ctx.Done():
		s.cancelled.Add(1)
		return nil, ctx.Err()
	}
}

func timedRequests(t *testing.T, paths ...string) []*Request {
	var requests []*Request
	for _, p := range paths {
		requests = append(requests, mustRequest(t, "GET", "http://example.com"+p))
	}
	return requests
}

func TestGatherAsTheyFinish(t *testing.T) {
	for _, tt := range []struct {
		limit int
		most  int64
		order []int
		took  time.Duration
	}{
		{0, 4, []int{1, 3, 2, 0}, 5 * time.Second},
		{-1, 4, []int{1, 3, 2, 0}, 5 * time.Second},
		{9, 4, []int{1, 3, 2, 0}, 5 * time.Second},
		{2, 2, []int{1, 2, 0, 3}, 6 * time.Second},
		{1, 1, []int{0, 1, 2, 3}, 11 * time.Second},
	} {
		t.Run(fmt.Sprint(tt.limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var tr timed
				requests := timedRequests(t, "/5", "/1", "/3", "/2")
				start := time.Now()
				var order []int
				for r := range Gather(t.Context(), &tr, tt.limit, requests...) {
					order = append(order, r.Index)
					if r.Err != nil || r.Request != requests[r.Index] {
						t.Fatalf("%+v", r)
					}
					if text, err := r.Response.Text(); text != r.Request.URL.Path || err != nil {
						t.Errorf("%d: %q, %v", r.Index, text, err)
					}
					if !r.Response.Body.(*bodyProbe).closed {
						t.Errorf("%d: the body is still open", r.Index)
					}
					synctest.Wait() // let workers begin what they can
				}
				if !slices.Equal(order, tt.order) || tr.most != tt.most || time.Since(start) != tt.took {
					t.Errorf("order %v, %d at once, in %v; want %v, %d, %v", order, tr.most, time.Since(start), tt.order, tt.most, tt.took)
				}
			})
		})
	}
}

func TestGatherHoldsNoMoreThanTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr timed
		taken := int64(0)
		for range Gather(t.Context(), &tr, 2, timedRequests(t, "/0", "/0", "/0", "/0", "/0", "/0")...) {
			taken++
			time.Sleep(time.Minute) // a slow reader of results
			if ahead := tr.sent.Load() - taken; ahead > 2 {
				t.Errorf("%d requests are ahead of the reader, want 2 at most", ahead)
			}
		}
		if taken != 6 {
			t.Errorf("%d results, want 6", taken)
		}
	})
}

func TestGatherBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr timed
		start := time.Now()
		for r := range Gather(t.Context(), &tr, 3, timedRequests(t, "/9", "/1", "/9", "/9", "/9", "/9")...) {
			if r.Index != 1 {
				t.Errorf("%d was first", r.Index)
			}
			break
		}
		// Nothing of it is left, without waiting for it in the test.
		if tr.now.Load() != 0 || tr.sent.Load()-tr.cancelled.Load() != 1 || time.Since(start) != time.Second {
			t.Errorf("%d at work, %d sent, %d cancelled, after %v", tr.now.Load(), tr.sent.Load(), tr.cancelled.Load(), time.Since(start))
		}
	})
}

func TestGatherPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr timed
		defer func() {
			if p := recover(); p != "enough" || tr.now.Load() != 0 {
				t.Errorf("panic %v with %d at work", p, tr.now.Load())
			}
		}()
		for range Gather(t.Context(), &tr, 0, timedRequests(t, "/1", "/9")...) {
			panic("enough")
		}
	})
}

func TestGatherCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr timed
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		var failed, well int
		for r := range Gather(ctx, &tr, 2, timedRequests(t, "/1", "/9", "/9", "/9")...) {
			switch {
			case r.Err == nil:
				well++
			case errors.Is(r.Err, context.DeadlineExceeded) && r.Response == nil:
				failed++
			default:
				t.Errorf("%+v", r)
			}
		}
		if well != 1 || failed != 3 {
			t.Errorf("%d went well and %d failed, want 1 and 3: each has a result", well, failed)
		}
	})
}

func TestGatherErrors(t *testing.T) {
	broken := errors.New("broken body")
	s := new(script)
	s.answer = func(req *Request) (*Response, error) {
		if req.URL.Path == "/body" {
			res := respond(200, "")
			res.Body = &bodyProbe{Reader: readerFunc(func([]byte) (int, error) { return 0, broken })}
			return res, nil
		}
		return nil, errors.New("no connection")
	}
	want := []string{"broken body", "no connection", "httpx: Gather: the request is nil"}
	requests := append(timedRequests(t, "/body", "/send"), nil)
	var seen int
	for r := range Gather(t.Context(), s, 0, requests...) {
		seen++
		if r.Err == nil || r.Err.Error() != want[r.Index] || r.Response != nil {
			t.Errorf("%d: %v, %v; want %q", r.Index, r.Response, r.Err, want[r.Index])
		}
	}
	if seen != 3 {
		t.Errorf("%d results, want 3", seen)
	}
}

func TestGatherNothing(t *testing.T) {
	for r := range Gather(t.Context(), answerWith(), 0) {
		t.Errorf("a result of nothing: %+v", r)
	}
}

func TestGatherTwice(t *testing.T) {
	s := new(script)
	s.answer = func(*Request) (*Response, error) { return respond(200, ""), nil }
	results := Gather(t.Context(), s, 1, timedRequests(t, "/a", "/b")...)
	if len(s.sent) != 0 {
		t.Error("something was sent before the loop")
	}
	for range 2 {
		for range results {
		}
	}
	if len(s.sent) != 4 {
		t.Errorf("%d requests were sent, want 4", len(s.sent))
	}
}
