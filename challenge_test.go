package httpx

import (
	"net/url"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// slowlyChallenging asks each connection's first request for credentials, with
// a body that takes its time, and then serves.
func slowlyChallenging(p *networktest.Peer) {
	p.ReadRequest()
	p.Write("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 10\r\n\r\nwho ")
	time.Sleep(500 * time.Millisecond)
	p.Write("is it?")
	hello(p)
}

// A challenge is answered on the connection that it came on: its body is waited
// for longer than one that nobody wants, since that connection cost every hop.
func TestChallengeKeepsConnection(t *testing.T) {
	route, err := ParseRoute("http://alice:secret@" + proxyAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("pool", func(t *testing.T) {
		inBubble(t, func(t *testing.T, n *networktest.Network) {
			n.Handle(proxyAddress, slowlyChallenging)
			o := on(n)
			o.Route = func(*url.URL) (Route, error) { return route, nil }
			p := newTestPool(t, n, PoolOptions{Connection: o})
			wantGet(t, p, "http://www.example.com/", "hello")
			wantText(t, p, "<ConnectionPool [1 idle]>")
			if dials := n.Dials(proxyAddress); dials != 1 {
				t.Errorf("there were %d dials", dials)
			}
		})
	})
	t.Run("connection", func(t *testing.T) {
		inBubble(t, func(t *testing.T, n *networktest.Network) {
			n.Handle(proxyAddress, slowlyChallenging)
			c := openBy(t, n, "http://www.example.com", route)
			wantGet(t, c, "/", "hello")
			wantText(t, c, `<Connection "http://www.example.com/" VIA "http://proxy.example:3128" IDLE>`)
		})
	})
}

// Who challenges, and does not come to an end, gets no second chance on that
// connection.
func TestEndlessChallenge(t *testing.T) {
	route, err := ParseRoute("http://alice:secret@" + proxyAddress)
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, func(p *networktest.Peer) {
			if p.Number() > 1 {
				hello(p)
				return
			}
			p.ReadRequest()
			p.Write("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"r\", Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 10\r\n\r\nwho ")
			p.WaitClosed()
		})
		o := on(n)
		o.Route = func(*url.URL) (Route, error) { return route, nil }
		p := newTestPool(t, n, PoolOptions{Connection: o})
		begin := time.Now()
		wantGet(t, p, "http://www.example.com/", "hello")
		wantTook(t, begin, maxRefusalTime)
		wantText(t, p, "<ConnectionPool [1 idle]>")
		if dials := n.Dials(proxyAddress); dials != 2 {
			t.Errorf("there were %d dials", dials)
		}
	})
}
