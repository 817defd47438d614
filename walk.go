package httpx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/tunnel"
	"github.com/gohttpx/httpx/network"
)

// newWalker makes what walks a route. It remembers what the hops' challenges
// taught it, for every connection by that route.
func newWalker(route Route, config *connectionConfig) *tunnel.Walker {
	list := make([]tunnel.Hop, len(route))
	for i, p := range route {
		list[i] = p.hop(config)
	}
	t := config.timeouts
	return tunnel.NewWalker(list, tunnel.Options{
		Connect:  t.Connect,
		TLS:      t.TLS,
		Timeouts: exchange.Timeouts{Write: t.Write, FirstByte: t.FirstByte, Read: t.Read},
		Limits:   config.limits,
		Resolve:  config.lookup,
	})
}

// hop is the proxy as the tunnel knows it.
func (p Proxy) hop(config *connectionConfig) tunnel.Hop {
	host, port := p.split()
	h := tunnel.Hop{
		Kind:    hopKinds[p.URL.Scheme],
		Address: net.JoinHostPort(host, port),
		Visible: p.address(),
		Headers: p.Headers,
	}
	if p.URL.User != nil {
		h.User = p.URL.User.Username()
		h.Password, _ = p.URL.User.Password()
		h.HasCredentials = true
	}
	if h.Kind == tunnel.HTTPS {
		h.TLS = config.tlsForProxy(p, host)
	}
	return h
}

var hopKinds = map[string]tunnel.Kind{
	"http": tunnel.HTTP, "https": tunnel.HTTPS, "socks5": tunnel.SOCKS5, "socks5h": tunnel.SOCKS5H,
}

// lookup finds the addresses of a name, for proxies that want them.
func (c *connectionConfig) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if phased, ok := c.backend.(network.Phased); ok {
		return phased.Resolve(ctx, "tcp", host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// takesAbsolute reports whether requests to o go to the last proxy in absolute
// form (RFC 9112 section 3.2.2), and not through a tunnel.
func (h *hops) takesAbsolute(o origin) bool {
	if h == nil || o.isSecure() {
		return false
	}
	last := h.proxies[len(h.proxies)-1]
	return !last.AlwaysConnect && (last.URL.Scheme == "http" || last.URL.Scheme == "https")
}

// walk goes along the route, to the origin, or to the last proxy where requests
// go there in absolute form.
func (c *Connection) walk(ctx context.Context, s *network.Stream) error {
	target := c.origin.address()
	if c.isAbsolute {
		target = ""
	}
	err := c.route.walker.Walk(ctx, s, target)
	if err == nil {
		return nil
	}
	return proxyFault(err)
}

// proxyFault says what kind of failure a walk ended with.
func proxyFault(err error) error {
	f := &dialFault{phase: PhaseProxy, kind: ErrProxy, err: err}
	switch {
	case errors.Is(err, context.Canceled):
		f.kind = nil
	case errors.Is(err, tunnel.ErrTimeout):
		f.kind = ErrTimeout
	case errors.Is(err, tunnel.ErrTLS):
		f.kind = ErrTLS
	}
	return f
}

// unreadFault names the proxy whose bytes came before TLS could start.
func (c *Connection) unreadFault(err error) error {
	if c.route == nil || !errors.Is(err, network.ErrUnread) {
		return err
	}
	return proxyFault(c.route.walker.Unread(c.origin.address()))
}

// proxied completes a call that goes to a proxy in absolute form: the target is
// a whole URL, and what belongs to the proxy is among the fields.
func (c *Connection) proxied(call *exchange.Call, rec *record) {
	last := c.route.proxies[len(c.route.proxies)-1]
	if call.Target == "*" {
		call.Target = "" // the last proxy makes it of a URL without path (RFC 9112 section 3.2.4)
	}
	call.Target = c.origin.String() + call.Target
	fields := append(make([][2]string, 0, len(call.Fields)+len(last.Headers)+1), call.Fields...)
	fields = append(fields, last.Headers...)
	value, ok := c.route.walker.Last().Header(call.Method, call.Target)
	if ok && !Headers(fields).Has("Proxy-Authorization") {
		fields = append(fields, [2]string{"Proxy-Authorization", value})
	}
	rec.toProxy = &value
	call.Fields = fields
}

// isChallenged reports whether a response is a proxy's challenge that can be
// answered by sending the request again.
func (c *Connection) isChallenged(req *Request, res *Response) bool {
	if res.StatusCode != 407 || !c.isAbsolute || req.Headers.Has("Proxy-Authorization") || !opensAgain(req.Content) {
		return false
	}
	return c.route.walker.Last().Challenge(res.Headers, *res.exchange.toProxy)
}

// maxChallenges is how often one request answers its proxy.
const maxChallenges = 2

func checkHops(route Route) error {
	for i, p := range route {
		if err := p.check(); err != nil {
			return fmt.Errorf("httpx: proxy %d of the route: %w", i+1, err)
		}
	}
	return nil
}
