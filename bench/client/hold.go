package client

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/gohttpx/httpx"
)

// A Holder can have many connections in use at once, so that they idle
// afterwards.
type Holder interface {
	// Hold sends n requests, each on a connection of its own; release reads the
	// bodies, after which the connections idle.
	Hold(ctx context.Context, n int) (release func() error, err error)
	Close()
}

// A HolderClient is a client that can hold connections.
type HolderClient struct {
	Name string
	Open func(Target) (Holder, error)
}

// Holders are they, in the order of the report.
var Holders = []HolderClient{
	{"raw", func(t Target) (Holder, error) { return &rawHolder{raw: &raw{target: t}}, nil }},
	{"httpx", func(t Target) (Holder, error) { return ownHolder{t, ownPool(t)}, nil }},
	{"net/http", func(t Target) (Holder, error) { return standardHolder{t, stdTransport(t)}, nil }},
}

// HolderNamed finds one.
func HolderNamed(name string) (HolderClient, error) {
	for _, c := range Holders {
		if c.Name == name {
			return c, nil
		}
	}
	return HolderClient{}, fmt.Errorf("no client %q holds connections", name)
}

// hold begins n requests with send, which returns an open body each.
func hold(n int, send func() (io.ReadCloser, error)) (func() error, error) {
	bodies := make([]io.ReadCloser, 0, n)
	for range n {
		body, err := send()
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", len(bodies)+1, err)
		}
		bodies = append(bodies, body)
	}
	return func() error {
		for i, body := range bodies {
			if _, err := io.Copy(io.Discard, body); err != nil {
				return err
			}
			if err := body.Close(); err != nil {
				return err
			}
			bodies[i] = nil
		}
		bodies = nil
		return nil
	}, nil
}

type ownHolder struct {
	target Target
	pool   *httpx.ConnectionPool
}

func (h ownHolder) Close() { h.pool.Close() }

func (h ownHolder) Hold(ctx context.Context, n int) (func() error, error) {
	req, err := httpx.NewRequest("GET", h.target.URL)
	if err != nil {
		return nil, err
	}
	return hold(n, func() (io.ReadCloser, error) {
		res, err := h.pool.Send(ctx, req)
		if err != nil {
			return nil, err
		}
		return res.Body, nil
	})
}

type standardHolder struct {
	target Target
	rt     http.RoundTripper
}

func (h standardHolder) Close() { h.rt.(*http.Transport).CloseIdleConnections() }

func (h standardHolder) Hold(ctx context.Context, n int) (func() error, error) {
	return hold(n, func() (io.ReadCloser, error) {
		req, err := http.NewRequestWithContext(ctx, "GET", h.target.URL, nil)
		if err != nil {
			return nil, err
		}
		res, err := h.rt.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		return res.Body, nil
	})
}

// rawHolder keeps the sockets alone: what no client can do without.
type rawHolder struct{ *raw }

func (h *rawHolder) Hold(_ context.Context, n int) (func() error, error) {
	request := []byte("GET " + h.target.Path + " HTTP/1.1\r\nHost: " + h.target.Address + "\r\n\r\n")
	buf := make([]byte, bodyBuffer)
	for len(h.opened) < n {
		c, err := h.dial()
		if err != nil {
			return nil, err
		}
		h.opened = append(h.opened, c)
		if status, _, err := c.exchange(request, buf); err != nil || status != 200 {
			return nil, fmt.Errorf("connection %d: status %d: %w", len(h.opened), status, err)
		}
	}
	return func() error { return nil }, nil
}
