package httpx

import (
	"crypto/tls"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// A protocol that a caller's configuration offers, and nobody speaks here, is
// not spoken because a server or a proxy chose it.
func TestProtocolThatIsNotSpoken(t *testing.T) {
	choosing := func(protocol string) func(*networktest.Peer) {
		certificate, _ := networktest.Certificate("www.example.com", "proxy.example")
		return func(p *networktest.Peer) {
			p.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{protocol}})
			for _, ok := p.NextRequest(); ok; _, ok = p.NextRequest() {
				p.Answer(200, "hello")
			}
		}
	}
	_, roots := networktest.Certificate()
	offer := &tls.Config{RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}}
	proxy, err := ParseRoute("https://proxy.example")
	if err != nil {
		t.Fatal(err)
	}
	proxy[0].TLS = offer
	for name, test := range map[string]struct {
		url   string
		route Route
		phase Phase
		words string
	}{
		"an origin": {"https://www.example.com/", Direct, PhaseTLS, "the server chose it"},
		"a proxy":   {"http://www.example.com/", proxy, PhaseProxy, "the proxy chose it"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				o := on(n)
				o.TLS = offer
				p := newTestPool(t, n, PoolOptions{Connection: o})
				n.Handle("*", choosing("h2"))
				_, err := p.Request(t.Context(), "GET", test.url, test.route)
				wantError(t, err, ErrTLS, test.phase, NotSent)
				wantWords(t, err, `offered "h2"`, test.words, "only http/1.1 is spoken here")
				wantText(t, p, poolEmpty)
				wantIs(t, "open", n.Open(), 0)

				n.Handle("*", choosing("http/1.1"))
				res, err := p.Request(t.Context(), "GET", test.url, test.route)
				if err != nil {
					t.Fatal(err)
				}
				wantBody(t, res, "hello")
			})
		})
	}
}
