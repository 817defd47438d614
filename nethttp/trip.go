package nethttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/gohttpx/httpx"
)

// A trip is one request in both forms, and what governs it. It must not lead to
// the response: who looks for leaks holds the request, and waits for the
// response to be collected.
type trip struct {
	in     *http.Request
	ctx    context.Context         // in's, or one under it
	cancel context.CancelCauseFunc // of that one; nil where ctx is in's

	// The URL is a copy: a dial may go on, and name it to those who observe the
	// pool, when the caller has its own back.
	req     httpx.Request
	url     url.URL
	content content
	gzip    bool // was asked for by us
}

// A held is what an exchange needs until its end, and nobody afterwards.
type held struct {
	fields [inlineFields][2]string // of the request
	res    httpx.Response
}

// inlineFields is how many fields of a head need no allocation of their own.
const inlineFields = 12

// helds are used again: they are two thirds of what an exchange would allocate.
var helds = sync.Pool{New: func() any { return new(held) }}

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
