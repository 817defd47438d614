package nethttp

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/gohttpx/httpx"
)

// body is Response.Body: that of httpx, plain where it was compressed for us,
// with the errors and the trailers of net/http.
type body struct {
	trip   *trip
	res    *httpx.Response
	from   io.ReadCloser // res.Body, or what unpacks it
	closed atomic.Bool
}

// open sets the body of the response.
func (x *trip) open(res *httpx.Response) {
	out, b := &x.out, &x.body
	b.trip, b.res, b.from = x, res, res.Body
	if x.gzip && strings.EqualFold(out.Header.Get("Content-Encoding"), "gzip") {
		delete(out.Header, "Content-Encoding")
		delete(out.Header, "Content-Length")
		out.ContentLength = -1
		out.Uncompressed = true
		b.from = &gunzip{body: res.Body}
	}
	out.Body = b
}

// Read reads the body. At its end the connection is given back.
func (b *body) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.from.Read(p)
	if err != nil {
		err = b.ended(err)
	}
	return n, err
}

// WriteTo keeps the shortcut of the body beneath.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := io.Copy(w, b.from)
	if err == nil {
		b.ended(io.EOF)
		return n, nil
	}
	return n, b.explain(err)
}

// ended is told what a Read ended with, and gives what its caller sees.
func (b *body) ended(err error) error {
	if err != io.EOF {
		return b.explain(err)
	}
	b.fillTrailers()
	b.trip.release()
	return io.EOF
}

// explain makes of an error what callers of net/http look for.
func (b *body) explain(err error) error {
	if b.closed.Load() && errors.Is(err, httpx.ErrClosed) {
		return http.ErrBodyReadAfterClose
	}
	return b.trip.translate(err)
}

// fillTrailers gives Response.Trailer its values, those that were not announced
// among them.
func (b *body) fillTrailers() {
	if len(b.res.Trailers) == 0 {
		return
	}
	out := &b.trip.out
	values := header(b.res.Trailers, make([]string, len(b.res.Trailers)))
	if out.Trailer == nil {
		out.Trailer = values
		return
	}
	for name, v := range values {
		out.Trailer[name] = v
	}
}

// Close ends the exchange, as httpx has it: a small rest is read away so that
// the connection can serve on. Beside a Read it ends that. Twice is nil.
func (b *body) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	err := b.from.Close()
	b.trip.release()
	return err
}
