package client

import (
	"context"
	"io"
	"time"

	hertz "github.com/cloudwego/hertz/pkg/app/client"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/cloudwego/hertz/pkg/network/standard"
	"github.com/cloudwego/hertz/pkg/protocol"
)

func init() {
	register(Client{Name: "hertz", Words: "request and response reused", Open: openHertz})
}

type hz struct {
	target Target
	client *hertz.Client
}

func openHertz(t Target) (Session, error) {
	hlog.SetOutput(io.Discard)
	options := []config.ClientOption{
		hertz.WithMaxConnsPerHost(t.Connections),
		hertz.WithMaxConnWaitTimeout(30 * time.Second),
	}
	if t.TLS != nil {
		// Its own dialer, over netpoll, knows no TLS.
		options = append(options, hertz.WithTLSConfig(t.TLS), hertz.WithDialer(standard.NewDialer()))
	}
	c, err := hertz.NewClient(options...)
	if err != nil {
		return nil, err
	}
	return &hz{t, c}, nil
}

func (s *hz) Close() { s.client.CloseIdleConnections() }

func (s *hz) Caller(ctx context.Context) (Caller, error) {
	req, res := new(protocol.Request), new(protocol.Response)
	req.SetMethod(s.target.Method())
	req.SetRequestURI(s.target.URL)
	if s.target.Post != nil {
		req.SetBodyRaw(s.target.Post)
	}
	if s.target.Once {
		req.SetConnectionClose()
	}
	return func() (int, int, error) {
		if err := s.client.Do(ctx, req, res); err != nil {
			return 0, 0, err
		}
		return res.StatusCode(), len(res.Body()), nil
	}, nil
}
