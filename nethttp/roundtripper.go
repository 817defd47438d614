package nethttp

import (
	"context"
	"net/http"

	"github.com/gohttpx/httpx"
)

// RoundTripper returns an http.RoundTripper that sends through t, which is
// usually an *httpx.ConnectionPool. It keeps the contract of that interface:
// the request is not changed and its body always closed, perhaps after
// RoundTrip has returned; the request's context holds until the body of the
// response was read or closed; the body of a 101 is an io.ReadWriteCloser;
// trailers, Request.GetBody, ContentLength and the hooks of httptrace work as
// with http.Transport; and a response is decompressed where gzip was not the
// caller's own wish, which Response.Uncompressed tells.
//
// Redirects and cookies are the http.Client's, so t should not follow or keep
// any. An error is an [*httpx.Error] beneath the *url.Error of the http.Client,
// but for the end of a context, which is the context's own error, and for a broken
// gzip body, which is compress/gzip's.
//
// A body of the response may be read by one goroutine and closed by another. The
// result may be used by several goroutines at once. It has CloseIdleConnections,
// which asks the pool in t.
func RoundTripper(t httpx.Transport) http.RoundTripper {
	a := &adapter{transport: t}
	a.into, _ = t.(sendsInto)
	_, a.forgets = t.(*httpx.ConnectionPool)
	return a
}

// sendsInto is a Transport that can fill a response of the caller's.
type sendsInto interface {
	SendInto(ctx context.Context, req *httpx.Request, res *httpx.Response) error
}

type adapter struct {
	transport httpx.Transport
	into      sendsInto // nil where the transport cannot
	forgets   bool      // a request with the end of its exchange, as a pool does
}

// Unwrap returns the transport beneath.
func (a *adapter) Unwrap() httpx.Transport { return a.transport }

// CloseIdleConnections closes what idles in the pool beneath, as deep as it
// stands under middleware. http.Client.CloseIdleConnections comes here.
func (a *adapter) CloseIdleConnections() {
	for t := a.transport; t != nil; {
		if p, ok := t.(interface{ CloseIdle() }); ok {
			p.CloseIdle()
			return
		}
		u, ok := t.(interface{ Unwrap() httpx.Transport })
		if !ok {
			return
		}
		t = u.Unwrap()
	}
}

// RoundTrip sends one request. See RoundTripper.
func (a *adapter) RoundTrip(r *http.Request) (*http.Response, error) {
	x := trips.Get().(*trip)
	x.in, x.ctx, x.content.in = r, r.Context(), r
	x.isForgotten = a.forgets
	h := helds.Get().(*held)
	res, err := a.send(x, h)
	if err != nil {
		x.content.closeUnopened()
		x.release()
		return nil, x.translate(err)
	}
	if a.into == nil {
		h = nil // others may hold the fields in it
	} else {
		x.req.Headers = nil // they are sent, and would lead to the response
	}
	return x.answer(res, h), nil
}

func (a *adapter) send(x *trip, h *held) (*httpx.Response, error) {
	if err := x.ended(); err != nil {
		return nil, err // before anything is begun
	}
	if err := x.prepare(h.fields[:0]); err != nil {
		return nil, err
	}
	x.watch()
	x.govern()
	if a.into == nil {
		return a.transport.Send(x.ctx, &x.req)
	}
	if err := a.into.SendInto(x.ctx, &x.req, &h.res); err != nil {
		return nil, err
	}
	return &h.res, nil
}
