package httpx

import (
	"net/url"
	"time"
)

// answeredError completes an error about a response that is sound as far as
// the wire is concerned, but that the middleware does not accept. start is when
// Send was called.
func answeredError(req *Request, res *Response, start time.Time, e Error) *Error {
	if res.Request != nil {
		req = res.Request
	}
	if o, err := originOf(req.URL); err == nil {
		e.Origin = o.String()
	}
	e.Progress = Answered
	e.After = time.Since(start)
	e.exchange = res.Exchange()
	e.Connection = e.exchange.Connection
	return &e
}

// sameOrigin reports whether a and b have scheme, host and port in common. An
// URL that has no origin has none in common with any.
func sameOrigin(a, b *url.URL) bool {
	originA, errA := originOf(a)
	originB, errB := originOf(b)
	return errA == nil && errB == nil && originA == originB
}
