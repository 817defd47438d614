package httpx

import (
	"io"
	"time"
)

// putAway makes r, which was a challenge, ready for the answer to it. Its body
// is read like that of a refused upgrade: that takes longer than a body may that
// nobody wants, but the connection serves on, and it cost every hop of a route.
func (r *Response) putAway() {
	ended := make(chan struct{})
	limit := time.AfterFunc(maxRefusalTime, func() {
		r.body.Close()
		close(ended)
	})
	_, _ = io.CopyN(io.Discard, r.Body, maxRefusal) // where it fails, the lease ends with it
	if !limit.Stop() {
		<-ended // not in the middle of the next exchange
	}
	r.renew()
}
