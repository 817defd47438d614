package client

import (
	"context"

	"github.com/gohttpx/httpx"
)

func init() {
	register(Client{
		Name: "httpx SendInto", Words: "request and response reused", TakesContext: true,
		Open: func(t Target) (Session, error) { return &own{t, ownPool(t), (*own).sendInto}, nil },
	})
	register(Client{
		Name: "httpx Send", Words: "request reused", TakesContext: true,
		Open: func(t Target) (Session, error) { return &own{t, ownPool(t), (*own).send}, nil },
	})
}

// ownPool makes the pool that all clients of httpx stand on.
func ownPool(t Target) *httpx.ConnectionPool {
	return httpx.NewConnectionPool(ownOptions(t))
}

func ownOptions(t Target) *httpx.PoolOptions {
	return &httpx.PoolOptions{
		Connection:     httpx.ConnectionOptions{TLS: t.TLS},
		MaxConnections: t.Connections,
	}
}

// ownSettings are the options of each request beside its method and URL.
func ownSettings(t Target) []httpx.RequestOption {
	h := httpx.Headers{{"User-Agent", "bench"}}
	if t.Once {
		h = append(h, [2]string{"Connection", "close"})
	}
	settings := []httpx.RequestOption{h}
	if t.Post != nil {
		settings = append(settings, httpx.Bytes(t.Post))
	}
	return settings
}

// own sends through a pool, requests that are made once, and reads the bodies
// into a buffer of the caller's.
type own struct {
	target Target
	pool   *httpx.ConnectionPool
	with   func(*own, context.Context, *httpx.Request) Caller
}

func (s *own) Close() { s.pool.Close() }

func (s *own) Caller(ctx context.Context) (Caller, error) {
	req, err := httpx.NewRequest(s.target.Method(), s.target.URL, ownSettings(s.target)...)
	if err != nil {
		return nil, err
	}
	return s.with(s, ctx, req), nil
}

func (s *own) sendInto(ctx context.Context, req *httpx.Request) Caller {
	buf := make([]byte, bodyBuffer)
	res := new(httpx.Response)
	return func() (int, int, error) {
		if err := s.pool.SendInto(ctx, req, res); err != nil {
			return 0, 0, err
		}
		n, err := drain(res.Body, buf)
		return res.StatusCode, n, err
	}
}

func (s *own) send(ctx context.Context, req *httpx.Request) Caller {
	buf := make([]byte, bodyBuffer)
	return func() (int, int, error) {
		res, err := s.pool.Send(ctx, req)
		if err != nil {
			return 0, 0, err
		}
		n, err := drain(res.Body, buf)
		return res.StatusCode, n, err
	}
}
