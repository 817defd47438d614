package httpx

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// Routes that differ in the fields for a proxy only are two routes: a connection
// by one never serves the other, neither in absolute form nor through a tunnel.
func TestRoutesThatDifferInHeadersShareNothing(t *testing.T) {
	asTenant := func(name string) Route {
		route := byProxy(t)
		route[0].Headers = Headers{{"X-Tenant", name}}
		return route
	}
	for scheme, serve := range map[string]func(p *networktest.Peer){
		"http": func(p *networktest.Peer) {
			for head, ok := p.NextRequest(); ok; head, ok = p.NextRequest() {
				p.Answer(200, fmt.Sprint(p.Number(), " ", head.Get("X-Tenant")))
			}
		},
		"https": func(p *networktest.Peer) {
			head := p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\n\r\n")
			secure(networktest.Always(200, fmt.Sprint(p.Number(), " ", head.Get("X-Tenant"))))(p)
		},
	} {
		t.Run(scheme, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				n.Handle(proxyAddress, serve)
				p := newTestPool(t, n, PoolOptions{})
				get := func(tenant, want string) {
					t.Helper()
					res, err := p.Request(t.Context(), "GET", scheme+"://www.example.com/", asTenant(tenant))
					if err != nil {
						t.Fatal(err)
					}
					wantBody(t, res, want)
				}
				get("blue", "1 blue")
				get("red", "2 red")
				get("blue", "1 blue") // the same route, given anew
				wantText(t, p, "<ConnectionPool [2 idle]>")
				wantIs(t, "dials", n.Dials("*"), 2)
			})
		})
	}
}

// A program that makes credentials up for each request does not fill the memory
// with routes, and one that is used again after a while is a route like any.
func TestRoutesAreBounded(t *testing.T) {
	var known routes
	config := new(ConnectionOptions).resolve()
	as := func(i int) Route {
		return Route{{URL: &url.URL{Scheme: "http", Host: proxyAddress, User: url.UserPassword("me", fmt.Sprint(i))}}}
	}
	for i := range 3*maxRoutes + 1 {
		first := known.intern(as(i), &config)
		if again := known.intern(as(i), &config); again != first {
			t.Fatalf("route %d is not known", i)
		}
		if n := len(known.known); n > maxRoutes {
			t.Fatalf("%d routes are known, want at most %d", n, maxRoutes)
		}
	}
	if h := known.intern(as(0), &config); h.proxies[0].URL.User.String() != "me:0" {
		t.Errorf("the first route is now one by %s", h.proxies[0].URL.User)
	}
}
