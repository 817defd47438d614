package nethttp

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/gohttpx/httpx"
)

// Transport returns an httpx.Transport that sends through rt: the way to use
// what speaks net/http (HTTP/2, a recorder, a wrapper that signs requests)
// under an httpx.Client. Close closes the idle connections of rt.
//
// What rt decides is rt's: OnEvent, Timeouts and Route of a request have no
// effect, and Exchange of a response is empty.
func Transport(rt http.RoundTripper) httpx.Transport { return &reverse{rt} }

type reverse struct{ rt http.RoundTripper }

// Send converts, sends, and converts back.
func (t *reverse) Send(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
	in, err := toNetHTTP(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("nethttp: %s: %w", req, err)
	}
	out, err := t.rt.RoundTrip(in)
	if err != nil {
		return nil, fmt.Errorf("nethttp: %s: %w", req, err)
	}
	return toHTTPX(req, out), nil
}

func (t *reverse) Close() error {
	if c, ok := t.rt.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
	return nil
}

func toNetHTTP(ctx context.Context, req *httpx.Request) (*http.Request, error) {
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	in := (&http.Request{
		Method: method,
		URL:    req.URL,
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(req.Headers)),
		Host:   req.Headers.Get("Host"),
	}).WithContext(ctx)
	for name, value := range req.Headers.All() {
		in.Header.Add(name, value)
	}
	in.Header.Del("Host")
	for name, value := range req.Trailers.All() {
		if in.Trailer == nil {
			in.Trailer = make(http.Header)
		}
		in.Trailer.Add(name, value)
	}
	c := req.Content
	if c == nil {
		return in, nil
	}
	if t := c.ContentType(); t != "" && in.Header.Get("Content-Type") == "" {
		in.Header.Set("Content-Type", t)
	}
	in.ContentLength = c.Size()
	if in.ContentLength == 0 {
		in.Body = http.NoBody
		return in, nil
	}
	body, err := c.Open()
	if err != nil {
		return nil, err
	}
	in.Body = body
	in.GetBody = func() (io.ReadCloser, error) { return c.Open() }
	return in, nil
}

func toHTTPX(req *httpx.Request, out *http.Response) *httpx.Response {
	res := &httpx.Response{
		StatusCode: out.StatusCode,
		Reason:     reason(out),
		Proto:      out.Proto,
		Request:    req,
		Body:       out.Body,
	}
	for name, values := range out.Header {
		for _, v := range values {
			res.Headers.Add(name, v)
		}
	}
	if len(out.Trailer) > 0 || len(out.TransferEncoding) > 0 {
		res.Body = &trailersBack{ReadCloser: out.Body, res: res, out: out}
	}
	return res
}

// reason is Status without the code.
func reason(out *http.Response) string {
	if len(out.Status) > 4 {
		return out.Status[4:]
	}
	return http.StatusText(out.StatusCode)
}

// trailersBack fills Response.Trailers in when the body has ended.
type trailersBack struct {
	io.ReadCloser
	res *httpx.Response
	out *http.Response
}

func (b *trailersBack) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF && b.res.Trailers == nil {
		for name, values := range b.out.Trailer {
			for _, v := range values {
				b.res.Trailers.Add(name, v)
			}
		}
	}
	return n, err
}
