package nethttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/gohttpx/httpx"
)

// A trip is one request in both forms, and what governs it. It must not lead to
// the response: the connection shows the request, and a response that nobody closed
// is found when it is collected.
type trip struct {
	in     *http.Request
	ctx    context.Context         // in's, or one under it
	cancel context.CancelCauseFunc // of that one; nil where ctx is in's

	req         httpx.Request
	isForgotten bool // by the transport, when the exchange is over
	content     content
	gzip        bool // was asked for by us
}

// Trips are used again, where the transport is a pool of ours: that forgets a
// request with the end of its exchange. So are helds. They are what an exchange would
// allocate most of.
var (
	trips = sync.Pool{New: func() any { return new(trip) }}
	helds = sync.Pool{New: func() any { return new(held) }}
)

// free gives x back. The exchange is over, and nobody may look at x any more: there
// is no goroutine, and no hook, that could.
func (x *trip) free() {
	if !x.isForgotten || x.cancel != nil || x.content.tracer != nil || x.content.trailers != nil {
		return
	}
	*x = trip{}
	trips.Put(x)
}

// A held is what an exchange needs until its end, and nobody afterwards.
type held struct {
	fields [inlineFields][2]string // of the request
	res    httpx.Response
}

// inlineFields is how many fields of a head need no allocation of their own.
const inlineFields = 12

// free gives h back. Nobody may look at the response any more.
func (h *held) free() {
	clear(h.fields[:])
	h.res.Request = nil
	helds.Put(h)
}

// govern puts a context of the trip's own under the request's, where something
// besides that can end the trip: the channel of Request.Cancel, or the hook for
// interim responses.
func (x *trip) govern() {
	hooked := x.content.tracer != nil && x.content.tracer.hooks.Got1xxResponse != nil
	canceled := x.in.Cancel //lint:ignore SA1019 programs still set it
	if canceled == nil && !hooked {
		return
	}
	x.ctx, x.cancel = context.WithCancelCause(x.ctx)
	if canceled != nil {
		go x.awaitCancel(canceled, x.ctx.Done())
	}
}

func (x *trip) awaitCancel(canceled <-chan struct{}, done <-chan struct{}) {
	select {
	case <-canceled:
		x.cancel(errCanceled)
	case <-done:
	}
}

var errCanceled = errors.New("nethttp: request canceled")

// ended is the error of the context, and its cause, if it has ended.
func (x *trip) ended() error {
	err := x.ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(x.ctx); cause != err {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// release lets go of the trip's own context. The exchange is over.
func (x *trip) release() {
	if x.cancel != nil {
		x.cancel(nil)
	}
}

// translate makes of an error what callers of net/http look for: the context's
// own error, alone, or what ended the trip in its place. A cause that the caller
// gave its context stays beside the context's error, so that errors.Is finds
// both.
func (x *trip) translate(err error) error {
	if ended := x.ctx.Err(); ended != nil && errors.Is(err, ended) {
		switch cause := context.Cause(x.ctx); {
		case cause == ended:
			return ended
		case x.in.Context().Err() == nil:
			return cause
		}
		return err
	}
	if errors.Is(err, errNoSecondBody) {
		return firstFailure(err)
	}
	return err
}

// firstFailure is why a request was to be sent again, where that was not
// possible: the better reason of the two.
func firstFailure(err error) error {
	var e *httpx.Error
	if !errors.As(err, &e) {
		return err
	}
	if tries := e.Exchange().Attempts; len(tries) > 1 && tries[len(tries)-2].Err != nil {
		return tries[len(tries)-2].Err
	}
	return err
}
