package httpx

import (
	"crypto/tls"
	"net/url"
	"runtime"
	"testing"
	"weak"

	"github.com/gohttpx/httpx/network/networktest"
)

// A connection by a proxy in absolute form, and how the same proxy looks when it
// is asked for tunnels.
const proxyAddress = "proxy.example:3128"

func byProxy(t *testing.T) Route {
	t.Helper()
	route, err := ParseRoute("http://" + proxyAddress)
	if err != nil {
		t.Fatal(err)
	}
	return route
}

// tunnelling is a proxy: it grants each CONNECT, after which script is the
// target's, and answers other requests with the target that they had.
func tunnelling(script func(*networktest.Peer)) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		for {
			head, ok := p.NextRequest()
			switch {
			case !ok:
				return
			case head.Method == "CONNECT":
				p.Write("HTTP/1.1 200 OK\r\n\r\n")
				script(p)
				return
			}
			p.Answer(200, head.Target)
		}
	}
}

const switchingProtocols = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// An upgrade of an http origin's goes through a tunnel, where other requests to
// it go to the proxy in absolute form: never on the same connection.
func TestUpgradeThroughProxyTakesTunnel(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, tunnelling(answering(switchingProtocols)))
		p := newTestPool(t, n, PoolOptions{})
		get := func() {
			t.Helper()
			res, err := p.Request(t.Context(), "GET", "http://www.example.com/page", byProxy(t))
			if err != nil {
				t.Fatal(err)
			}
			wantBody(t, res, "http://www.example.com/page")
		}
		get()
		s, _, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/feed", Headers{{"Upgrade", "websocket"}}, byProxy(t))
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, p, "<ConnectionPool [1 idle, 1 upgraded]>")
		wantConnections(t, p,
			`<Connection "http://www.example.com/" VIA "http://proxy.example:3128" IDLE>`,
			`<Connection "http://www.example.com/feed" VIA "http://proxy.example:3128" WEBSOCKET>`)
		get()
		s.Close()
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A SOCKS proxy makes tunnels only: what is asked for one takes the connections
// that are there.
func TestUpgradeThroughSOCKSReusesConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("proxy.example:1080", func(p *networktest.Peer) {
			p.Expect("\x05\x01\x00")
			p.Write("\x05\x00")
			p.Expect("\x05\x01\x00\x03\x0fwww.example.com\x00\x50")
			p.Write("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
			p.ReadRequest()
			p.Answer(200, "hello")
			answering(switchingProtocols)(p)
		})
		route, err := ParseRoute("socks5h://proxy.example")
		if err != nil {
			t.Fatal(err)
		}
		o := on(n)
		o.Route = func(*url.URL) (Route, error) { return route, nil }
		p := newTestPool(t, n, PoolOptions{Connection: o})
		wantGet(t, p, "http://www.example.com/", "hello")
		s, _, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/feed", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, p, "<ConnectionPool [1 upgraded]>")
		s.Close()
	})
}

// A connection whose requests go to a proxy in absolute form leads nowhere else.
func TestConnectInAbsoluteForm(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, tunnelling(hello))
		c := openBy(t, n, "http://second.example:8080", byProxy(t))
		_, _, err := c.Upgrade(t.Context(), "CONNECT", "www.example.com:443")
		if err == nil {
			t.Fatal("it was sent")
		}
		wantWords(t, err, "CONNECT", "AlwaysConnect")
		wantText(t, c, `<Connection "http://second.example:8080/" VIA "http://proxy.example:3128" IDLE>`)
	})
}

// CONNECT to a proxy behind others goes by those and by it.
func TestConnectTextBehindARoute(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, tunnelling(answering("HTTP/1.1 200 OK\r\n\r\n")))
		c := openBy(t, n, "http://second.example:8080", byProxy(t).tunnelled())
		s, _, err := c.Upgrade(t.Context(), "CONNECT", "www.example.com:443")
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, c, `<Connection "https://www.example.com" VIA "http://proxy.example:3128" VIA "http://second.example:8080" CONNECT>`)
		s.Close()
	})
}

// openBy opens a connection by a route; it is closed at the end.
func openBy(t *testing.T, n *networktest.Network, origin string, route Route) *Connection {
	t.Helper()
	o := on(n)
	o.Route = func(*url.URL) (Route, error) { return route, nil }
	c, err := OpenConnection(t.Context(), origin, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// RFC 9112 section 3.2.4: the last proxy makes the asterisk, of an absolute URL
// without a path.
func TestAsteriskInAbsoluteForm(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, tunnelling(hello))
		p := newTestPool(t, n, PoolOptions{})
		res, err := p.Request(t.Context(), "OPTIONS", "http://www.example.com/", Target("*"), byProxy(t))
		if err != nil {
			t.Fatal(err)
		}
		wantBody(t, res, "http://www.example.com")
	})
}

// A route's TLS configuration counts by its address. As long as the route is
// known, nothing else may come to be at that address.
func TestKnownRouteKeepsItsTLSConfiguration(t *testing.T) {
	var known routes
	config := new(ConnectionOptions).resolve()
	intern := func() weak.Pointer[tls.Config] {
		given := &tls.Config{ServerName: "proxy.example"}
		known.intern(Route{{URL: &url.URL{Scheme: "https", Host: proxyAddress}, TLS: given}}, &config)
		return weak.Make(given)
	}
	given := intern()
	runtime.GC()
	if given.Value() == nil {
		t.Error("the route is known, and its TLS configuration is gone")
	}
	runtime.KeepAlive(&known)
}
