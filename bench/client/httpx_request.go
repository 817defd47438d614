package client

import (
	"context"

	"github.com/gohttpx/httpx"
)

func init() {
	register(Client{
		Name: "httpx Pool.Request", Words: "as people write it", TakesContext: true,
		Open: func(t Target) (Session, error) {
			pool := ownPool(t)
			return &requester{t, pool.Request, pool.Close}, nil
		},
	})
	register(Client{
		Name: "httpx Client", Words: "as people write it", TakesContext: true,
		Open: func(t Target) (Session, error) {
			c := httpx.NewClient(&httpx.ClientOptions{Pool: *ownOptions(t)})
			return &requester{t, c.Request, c.Close}, nil
		},
	})
}

// requester makes each request anew, from its URL, and has the body in memory.
type requester struct {
	target  Target
	request func(ctx context.Context, method, url string, options ...httpx.RequestOption) (*httpx.Response, error)
	close   func() error
}

func (s *requester) Close() { s.close() }

func (s *requester) Caller(ctx context.Context) (Caller, error) {
	method, url := s.target.Method(), s.target.URL
	return func() (int, int, error) {
		var res *httpx.Response
		var err error
		switch {
		case s.target.Post != nil:
			res, err = s.request(ctx, method, url, httpx.Bytes(s.target.Post))
		case s.target.Once:
			res, err = s.request(ctx, method, url, httpx.Headers{{"Connection", "close"}})
		default:
			res, err = s.request(ctx, method, url)
		}
		if err != nil {
			return 0, 0, err
		}
		body, err := res.Bytes()
		return res.StatusCode, len(body), err
	}, nil
}
