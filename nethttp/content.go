package nethttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/h1"
)

// content is the body of an *http.Request as an httpx.Content.
type content struct {
	in       *http.Request
	first    io.ReadCloser // what the first Open gives
	size     int64         // -1: not known
	trailers httpx.Headers // of the request; filled in at the end of the body
	tracer   *tracer       // nil: nobody looks
	opened   atomic.Bool   // first was handed out, or closed
}

var errNoSecondBody = errors.New("nethttp: the body was read, and the request has no GetBody")

// Open gives the body, and later times what GetBody gives.
func (c *content) Open() (io.ReadCloser, error) {
	body := c.first
	if c.opened.Swap(true) {
		if c.in.GetBody == nil {
			return nil, errNoSecondBody
		}
		var err error
		if body, err = c.in.GetBody(); err != nil {
			return nil, fmt.Errorf("nethttp: GetBody: %w", err)
		}
	}
	if c.trailers != nil || c.tracer != nil {
		return &watchedBody{ReadCloser: body, content: c}, nil
	}
	return body, nil
}

// Size is how many bytes the body has.
func (c *content) Size() int64 { return c.size }

// ContentType is empty: the header says it.
func (c *content) ContentType() string { return "" }

// Ready reports whether the body yields at once, so that a small one may go out
// together with the head. Any other may wait for whatever, the response too.
func (c *content) Ready() bool { return isInMemory(c.first) }

// closeUnopened closes the body of a request that was not sent.
func (c *content) closeUnopened() {
	if c.in.Body != nil && !c.opened.Swap(true) {
		c.in.Body.Close()
	}
}

// isInMemory reports whether r is known to yield at once: what holds a number of
// bytes and says so, as bytes.Reader, bytes.Buffer and strings.Reader do, by
// itself or in an io.NopCloser, which is what http.NewRequest makes of them.
func isInMemory(r io.Reader) bool {
	if _, ok := r.(interface{ Len() int }); ok {
		return true
	}
	switch reflect.TypeOf(r) {
	case plainNopCloser, writerToNopCloser:
		inner, ok := reflect.ValueOf(r).Field(0).Interface().(io.Reader)
		return ok && isInMemory(inner)
	}
	return false
}

// The two types that io.NopCloser returns.
var (
	plainNopCloser    = reflect.TypeOf(io.NopCloser(nil))
	writerToNopCloser = reflect.TypeOf(io.NopCloser((*strings.Reader)(nil)))
)

// watchedBody fills the trailers in when the body has ended, and tells a tracer
// when it was closed.
type watchedBody struct {
	io.ReadCloser
	content *content
	err     error // of Read, but io.EOF
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		if bad := b.content.fillTrailers(); bad != nil {
			err = bad
		}
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	if t := b.content.tracer; t != nil {
		t.bodyClosed(b.err)
	}
	return err
}

// fillTrailers takes the values of the trailers, which stand in the request's
// map by now. Several values of one name become a list (RFC 9110 section 5.3).
func (c *content) fillTrailers() error {
	for i := range c.trailers {
		f := &c.trailers[i]
		f[1] = strings.Join(c.in.Trailer[f[0]], ", ")
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return fmt.Errorf("nethttp: trailer: %w", err)
		}
	}
	return nil
}
