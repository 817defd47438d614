package httpx

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
)

// A Result is what became of one request of [Gather]: a Response with its body
// in memory, or an error.
type Result struct {
	Index    int // of the request among those given
	Request  *Request
	Response *Response // nil where Err is not
	Err      error
}

// Gather sends requests through t, at most limit at once (0: all), and yields
// each result as it is there, its body read into memory; [Result].Index says
// whose it is. A result that nobody has taken yet counts as one at work: what
// is in memory stays within the limit.
//
// Each request has one result, after a cancellation of ctx too. Breaking out of
// the loop cancels the requests still at work and waits for them. Nothing is
// sent before the loop begins, and ranging twice sends twice.
func Gather(ctx context.Context, t Transport, limit int, requests ...*Request) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		g := gathering{
			transport: t,
			requests:  requests,
			results:   make(chan Result),
			broken:    make(chan struct{}),
		}
		var workers sync.WaitGroup
		// Also where the loop's body panics: nothing is left running.
		defer workers.Wait()
		defer close(g.broken)
		defer cancel()

		n := len(requests)
		if limit > 0 {
			n = min(n, limit)
		}
		for range n {
			workers.Go(func() { g.work(ctx) })
		}
		for range requests {
			if !yield(<-g.results) {
				return
			}
		}
	}
}

// gathering is what the workers of one loop share.
type gathering struct {
	transport Transport
	requests  []*Request
	begun     atomic.Int64 // how many requests were taken
	results   chan Result
	broken    chan struct{} // closed when nobody takes results any more
}

// work sends one request after the other until none is left.
func (g *gathering) work(ctx context.Context) {
	for {
		i := int(g.begun.Add(1)) - 1
		if i >= len(g.requests) {
			return
		}
		select {
		case g.results <- g.send(ctx, i):
		case <-g.broken:
			return
		}
	}
}

func (g *gathering) send(ctx context.Context, i int) Result {
	result := Result{Index: i, Request: g.requests[i]}
	if result.Request == nil {
		result.Err = errors.New("httpx: Gather: the request is nil")
		return result
	}
	res, err := g.transport.Send(ctx, result.Request)
	if err == nil {
		if _, err = res.Bytes(); err != nil {
			res.Close()
		}
	}
	if err != nil {
		result.Err = err
		return result
	}
	result.Response = res
	return result
}
