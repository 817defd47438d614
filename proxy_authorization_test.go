package httpx

import (
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// What is for a proxy never reaches an origin, by whatever hand it was set.
func TestProxyAuthorizationStaysFromOrigins(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.Expect("GET / HTTP/1.1\r\nHost: www.example.com\r\nA: b\r\n\r\n")
		p.Answer(200, "")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		secret := Headers{{"A", "b"}, {"Proxy-Authorization", "Basic Zm9v"}}
		if _, err := p.Request(t.Context(), "GET", "http://www.example.com/", secret); err != nil {
			t.Error(err)
		}
	})
}

// A caller that speaks with a proxy by hand may say who it is.
func TestProxyAuthorizationByHand(t *testing.T) {
	onConnection(t, func(p *networktest.Peer) {
		p.Expect("CONNECT www.encode.io:443 HTTP/1.1\r\nHost: www.example.com\r\nProxy-Authorization: Basic Zm9v\r\n\r\n")
		p.Write("HTTP/1.1 200 OK\r\n\r\n")
		p.WaitClosed()
	}, func(t *testing.T, c *Connection) {
		s, _, err := c.Upgrade(t.Context(), "CONNECT", "www.encode.io:443", Headers{{"Proxy-Authorization", "Basic Zm9v"}})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	})
}
