package client

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/gohttpx/httpx/nethttp"
)

func init() {
	register(Client{
		Name: "net/http RoundTripper", Words: "http.Transport, request reused", TakesContext: true,
		Open: func(t Target) (Session, error) { return tripper(t, stdTransport(t)), nil },
	})
	register(Client{
		Name: "net/http http.Client", Words: "as people write it", TakesContext: true,
		Open: func(t Target) (Session, error) { return doer(t, stdTransport(t)), nil },
	})
	register(Client{
		Name: "httpx RoundTripper", Words: "behind http.RoundTripper, request reused", TakesContext: true,
		Open: func(t Target) (Session, error) { return tripper(t, adapted(t)), nil },
	})
	register(Client{
		Name: "httpx http.Client", Words: "behind http.Client, as people write it", TakesContext: true,
		Open: func(t Target) (Session, error) { return doer(t, adapted(t)), nil },
	})
}

// stdTransport is the http.Transport of net/http with room for the connections.
func stdTransport(t Target) http.RoundTripper {
	s := http.DefaultTransport.(*http.Transport).Clone()
	s.TLSClientConfig = t.TLS
	s.ForceAttemptHTTP2 = false
	s.MaxConnsPerHost = t.Connections
	s.MaxIdleConns = t.Connections
	s.MaxIdleConnsPerHost = t.Connections
	s.DisableKeepAlives = t.Once
	if t.Once {
		s.MaxConnsPerHost = 0 // it counts connections that are closed already
	}
	return s
}

func adapted(t Target) http.RoundTripper { return nethttp.RoundTripper(ownPool(t)) }

func tripper(t Target, rt http.RoundTripper) Session { return &viaNetHTTP{t, rt, reusing} }
func doer(t Target, rt http.RoundTripper) Session    { return &viaNetHTTP{t, rt, asWritten} }

// viaNetHTTP sends what net/http calls requests.
type viaNetHTTP struct {
	target Target
	rt     http.RoundTripper
	with   func(context.Context, *Target, http.RoundTripper) (Caller, error)
}

func (s *viaNetHTTP) Close() { s.rt.(interface{ CloseIdleConnections() }).CloseIdleConnections() }

func (s *viaNetHTTP) Caller(ctx context.Context) (Caller, error) {
	return s.with(ctx, &s.target, s.rt)
}

// reusing calls RoundTrip with one request again and again, and drains the body
// as people do it.
func reusing(ctx context.Context, t *Target, rt http.RoundTripper) (Caller, error) {
	req, err := http.NewRequestWithContext(ctx, t.Method(), t.URL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "bench")
	req.Close = t.Once
	var content reusedBody
	if t.Post != nil {
		req.ContentLength = int64(len(t.Post))
		req.Body = &content
	}
	return func() (int, int, error) {
		content.Reset(t.Post)
		res, err := rt.RoundTrip(req)
		if err != nil {
			return 0, 0, err
		}
		n, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return res.StatusCode, int(n), err
	}, nil
}

type reusedBody struct{ bytes.Reader }

func (*reusedBody) Close() error { return nil }

// asWritten is the code of everybody's first program.
func asWritten(ctx context.Context, t *Target, rt http.RoundTripper) (Caller, error) {
	c := &http.Client{Transport: rt}
	return func() (int, int, error) {
		var content io.Reader
		if t.Post != nil {
			content = bytes.NewReader(t.Post)
		}
		req, err := http.NewRequestWithContext(ctx, t.Method(), t.URL, content)
		if err != nil {
			return 0, 0, err
		}
		req.Close = t.Once
		res, err := c.Do(req)
		if err != nil {
			return 0, 0, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, len(body), err
	}, nil
}
