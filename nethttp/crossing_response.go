package nethttp

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gohttpx/httpx"
)

var (
	errUnasked = errors.New("status 101, but no other protocol was asked for")
	errClosed  = errors.New("read of a closed body")
)

// response makes the httpx form of the response.
func (c *crossing) response(out *http.Response) (*httpx.Response, error) {
	if out.StatusCode == http.StatusSwitchingProtocols && !c.req.Headers.Has("Upgrade") {
		out.Body.Close()
		c.reach(httpx.PhaseHead, httpx.Answered)
		return nil, c.explain(errUnasked)
	}
	res := &httpx.Response{
		StatusCode: out.StatusCode,
		Reason:     reason(out),
		Proto:      out.Proto,
		Headers:    fields(out.Header),
		Request:    c.req,
	}
	if stream := c.stream(out); stream != nil {
		res.Body = stream
		return res, nil
	}
	c.hangUp()
	if out.Body == nil {
		out.Body = http.NoBody
	}
	c.reach(httpx.PhaseBody, httpx.Answered)
	res.Body = &crossingBody{from: out.Body, crossing: c, res: res, out: out}
	return res, nil
}

// reason is Status without the code.
func reason(out *http.Response) string {
	if _, text, ok := strings.Cut(out.Status, " "); ok {
		return text
	}
	return http.StatusText(out.StatusCode)
}

// fields lists a header by name.
func fields(h http.Header) httpx.Headers {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	list := make(httpx.Headers, 0, n)
	for name, values := range h {
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}

// crossingBody is Response.Body over one of net/http: it has the trailers filled
// in at its end, and the errors of httpx.
type crossingBody struct {
	from     io.ReadCloser
	crossing *crossing
	res      *httpx.Response
	out      *http.Response
	ended    bool // read to the end; nothing needs to be told after it
	closed   atomic.Bool
}

func (b *crossingBody) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	if b.closed.Load() {
		return 0, b.errClosed()
	}
	n, err := b.from.Read(p)
	switch {
	case err == io.EOF:
		b.ended = true
		b.res.Trailers = fields(b.out.Trailer)
	case err != nil && b.closed.Load():
		err = b.errClosed()
	case err != nil:
		err = b.crossing.explain(err)
	}
	return n, err
}

func (b *crossingBody) errClosed() error {
	return &httpx.Error{Kind: httpx.ErrClosed, Phase: httpx.PhaseBody, Origin: b.crossing.origin(), Progress: httpx.Answered, Err: errClosed}
}

// Close may run beside a Read, and ends it. Twice is nil.
func (b *crossingBody) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	return b.from.Close()
}
