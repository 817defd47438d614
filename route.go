package httpx

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/gohttpx/httpx/internal/tunnel"
)

// hops is a Route that was resolved for use: checked, in its visible spelling,
// and interned, so that equal routes are one pointer. nil is the direct way.
type hops struct {
	proxies Route
	visible []string      // for people, hop by hop
	given   []*tls.Config // hop by hop: their addresses are in the key that finds it
	walker  *tunnel.Walker
}

// routeFor chooses the route of a request: its own, else that of the options.
// It calls the options' function, and so must not be called under a lock.
func (c *connectionConfig) routeFor(req *Request, o origin, known *routes) (*hops, error) {
	route := req.Route
	if route == nil && c.route != nil {
		var err error
		route, err = c.route(&url.URL{Scheme: o.scheme, Host: o.host})
		if err != nil {
			return nil, fmt.Errorf("httpx: route to %s: %w", o, err)
		}
	}
	if len(route) == 0 {
		return nil, nil
	}
	if err := checkHops(route); err != nil {
		return nil, err
	}
	if !o.isSecure() && req.asksForStream() {
		route = route.tunnelled()
	}
	return known.intern(route, c), nil
}

// maxRoutes bounds the routes that are remembered: a program that makes
// credentials up for each request must not grow without end.
const maxRoutes = 1024

// routes interns routes by value: their hops' URLs with credentials, their
// headers, and their TLS configurations by pointer (rule: the route is part of
// the pool's key). A nil *routes interns nothing.
type routes struct {
	mu    sync.Mutex
	known map[string]*hops
}

func (r *routes) intern(route Route, config *connectionConfig) *hops {
	if r == nil {
		return newHops(route, config)
	}
	key := routeKey(route)
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.known[key]; h != nil {
		return h
	}
	if r.known == nil || len(r.known) >= maxRoutes {
		r.known = make(map[string]*hops)
	}
	h := newHops(route, config)
	r.known[key] = h
	return h
}

func routeKey(route Route) string {
	var b strings.Builder
	for _, p := range route {
		fmt.Fprintf(&b, "%q %p %v", p.URL.String(), p.TLS, p.AlwaysConnect)
		for _, f := range p.Headers {
			fmt.Fprintf(&b, " %q:%q", f[0], f[1])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// newHops copies a route, so that its owner may change it.
func newHops(route Route, config *connectionConfig) *hops {
	h := &hops{proxies: make(Route, len(route))}
	for i, p := range route {
		u := *p.URL
		h.proxies[i] = Proxy{URL: &u, Headers: p.Headers.Clone(), AlwaysConnect: p.AlwaysConnect}
		if p.TLS != nil {
			h.proxies[i].TLS = p.TLS.Clone()
			h.given = append(h.given, p.TLS)
		}
		h.visible = append(h.visible, p.address())
	}
	h.walker = newWalker(h.proxies, config)
	return h
}
