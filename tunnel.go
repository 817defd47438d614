package httpx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
	"github.com/gohttpx/httpx/network"
)

// OpenTunnel opens a stream of bytes to target, "host:port", whatever is spoken
// there: SSH, a database. The route leads there hop by hop, with a tunnel
// through each; none of them sees more than the target's name. A nil route
// leaves the choice to the options, which are asked as for https://host:port,
// and [Direct] goes straight.
//
// Of the options Backend, Route, Timeouts and the bounds of what a proxy may
// answer matter; TLS is a hop's own, see [Proxy], and not started with the
// target: [network.Stream.StartTLS] does that. nil options are the defaults.
//
// The caller owns the stream, which has no deadline, and which ctx does not
// govern any more. The error is an *[Error] unless target or route were wrong.
func OpenTunnel(ctx context.Context, target string, route Route, options *ConnectionOptions) (*network.Stream, error) {
	if at := strings.LastIndexByte(target, '@'); at >= 0 {
		return nil, fmt.Errorf("httpx: tunnel to %q: want host:port, without user information", redact.Raw(target[at+1:]))
	}
	host, port, err := splitTarget(target)
	if err != nil {
		return nil, fmt.Errorf("httpx: tunnel to %q: %w", redact.Raw(target), err)
	}
	config := options.resolve()
	address := net.JoinHostPort(host, port)
	hops, err := config.routeFor(&Request{Method: "CONNECT", Route: route}, origin{"https", address}, nil)
	if err != nil {
		return nil, err
	}
	// What is under a Connection is what is wanted, and nothing on top of it.
	c := newConnection(origin{"tcp", address}, hops, &config, nil)
	c.isAbsolute = false
	began := exchange.Now()
	s, err := c.reach(ctx, ctx, config.timeouts)
	if err != nil {
		e := c.failedDial(err, began)
		e.Connection = 0
		return nil, e
	}
	return s, nil
}

// splitTarget gives the two halves of host:port, the host in ASCII.
func splitTarget(target string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(target)
	if err != nil {
		return "", "", errors.New("want host:port")
	}
	if host == "" {
		return "", "", errors.New("no host")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", "", fmt.Errorf("port %q: want a number from 1 to 65535", port)
	}
	port = strconv.FormatUint(n, 10)
	if strings.Contains(host, ":") {
		return host, port, nil // an IPv6 address
	}
	host, err = canonicalHost(&url.URL{Host: host}, false)
	return host, port, err
}
