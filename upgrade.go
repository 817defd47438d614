package httpx

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/gohttpx/httpx/network"
)

// Upgrade sends a request that asks for another protocol, and returns the
// stream that speaks it and the response that switched: 101, or any 2xx to
// CONNECT. The caller owns the stream; closing it closes the connection.
//
// For a 101, set the field Upgrade; Connection: Upgrade is added where only
// that was set. For CONNECT, url names the proxy and the option [Target] where
// the tunnel leads.
//
// A refusal is an *[UpgradeError]. The Response comes with it, its body in
// memory, with nothing to close: a connection whose framing allows it serves on.
// Where the body is longer than 64 KiB, or takes longer than a second, the
// connection is closed, and Bytes gives what came and an error.
//
// ctx governs the exchange that switches, not the stream afterwards.
func Upgrade(ctx context.Context, t Transport, method, url string, options ...RequestOption) (*network.Stream, *Response, error) {
	return upgrade(ctx, t, nil, method, url, options)
}

// Target sets the request target (RFC 9112 section 3.2) in place of the URL's
// path and query: host:port for CONNECT, "*" for OPTIONS.
func Target(target string) RequestOption {
	return optionFunc(func(r *Request) error {
		r.Target = target
		return nil
	})
}

// Upgrade is the function [Upgrade] on this pool. The connection counts as
// upgraded until the stream is closed.
func (p *ConnectionPool) Upgrade(ctx context.Context, method, url string, options ...RequestOption) (*network.Stream, *Response, error) {
	return upgrade(ctx, p, nil, method, url, options)
}

// Upgrade is the function [Upgrade] on this connection. The target is a URL,
// which may be relative to the origin, or for CONNECT the host:port that the
// tunnel leads to.
func (c *Connection) Upgrade(ctx context.Context, method, target string, options ...RequestOption) (*network.Stream, *Response, error) {
	if method == "CONNECT" {
		options = append([]RequestOption{Target(target)}, options...)
		target = "/"
	}
	return upgrade(ctx, c, c.base(), method, target, options)
}

func upgrade(ctx context.Context, t Transport, base *url.URL, method, rawURL string, options []RequestOption) (*network.Stream, *Response, error) {
	req, err := newRequest(base, method, rawURL, options)
	if err != nil {
		return nil, nil, err
	}
	if req.method() == "CONNECT" && req.Target == "" {
		o, err := originOf(req.URL)
		if err != nil {
			return nil, nil, fmt.Errorf("httpx: request %s: %w", req.describe(), err)
		}
		req.Target = o.address()
	}
	res, err := t.Send(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	if s, ok := res.Body.(*network.Stream); ok {
		return s, res, nil
	}
	res.hold(maxRefusal, maxRefusalTime)
	return nil, res, &UpgradeError{Response: res, wanted: wantedProtocol(req)}
}

// How much of a refusal is read, and for how long.
const (
	maxRefusal     = 64 << 10
	maxRefusalTime = time.Second
)

func wantedProtocol(req *Request) string {
	if req.method() == "CONNECT" {
		return "CONNECT " + req.Target
	}
	return req.Headers.Get("Upgrade")
}

// hold reads the body into memory, up to a size and for a time. What is more
// costs the connection.
func (r *Response) hold(limit int, within time.Duration) {
	end := time.AfterFunc(within, func() { r.Body.Close() })
	defer end.Stop()
	data, err := readBody(r.Body, -1, int64(limit))
	if err != nil {
		r.body.abandon(closedByRefusal) // no drain: enough was read
	}
	r.Body.Close()
	r.content = contents{read: true, data: data, err: err}
}

// An UpgradeError is the refusal of an upgrade or a tunnel.
type UpgradeError struct {
	Response *Response // what was answered instead, its body in memory

	wanted string
}

func (e *UpgradeError) Error() string {
	what := e.wanted
	if what == "" {
		what = "no protocol"
	}
	return fmt.Sprintf("httpx: upgrade (%s) refused by %s: %s", what, e.Response.Request, e.Response)
}
