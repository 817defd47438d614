package client

import (
	"context"
	"time"

	"github.com/valyala/fasthttp"
)

func init() {
	register(Client{Name: "fasthttp", Words: "request and response reused", Open: openFast})
}

type fast struct {
	target Target
	client fasthttp.Client
}

func openFast(t Target) (Session, error) {
	return &fast{target: t, client: fasthttp.Client{
		TLSConfig:          t.TLS,
		MaxConnsPerHost:    t.Connections,
		MaxConnWaitTimeout: 30 * time.Second,
	}}, nil
}

func (s *fast) Close() { s.client.CloseIdleConnections() }

func (s *fast) Caller(context.Context) (Caller, error) {
	req, res := new(fasthttp.Request), new(fasthttp.Response)
	req.Header.SetMethod(s.target.Method())
	req.SetRequestURI(s.target.URL)
	if s.target.Post != nil {
		req.SetBodyRaw(s.target.Post)
	}
	if s.target.Once {
		req.SetConnectionClose()
	}
	return func() (int, int, error) {
		if err := s.client.Do(req, res); err != nil {
			return 0, 0, err
		}
		return res.StatusCode(), len(res.Body()), nil
	}, nil
}
