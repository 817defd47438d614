package integration

import (
	"crypto/tls"
	"net/url"
	"testing"

	"github.com/gohttpx/httpx"
)

// longestRoute is the hops of the longest route that is tested.
const longestRoute = 3

// A proxyKind is a way to go through a proxy.
type proxyKind struct {
	name string
	// at is the proxy in each position of a route. Some proxies refuse to
	// connect to themselves; of those there is one a position.
	at    [longestRoute]httpx.Proxy
	squid string // the address of squid's port that sees it; empty: none does

	// endsRequests: it closes the connection with each answer to a request in
	// absolute form.
	endsRequests bool
}

// takesAbsolute reports whether requests to http origins go to it in absolute
// form, where it is the last hop.
func (k proxyKind) takesAbsolute() bool {
	p := k.at[0]
	return !p.AlwaysConnect && (p.URL.Scheme == "http" || p.URL.Scheme == "https")
}

// startProxies runs every proxy there is, and returns every way to use one.
func startProxies(t testing.TB, ca *authority) ([]*squid, []proxyKind) {
	t.Helper()
	one, other, microsocks := startSquid(t, basic), startSquid(t, digests), startMicrosocks(t, false)
	running := []*process{one.process, other.process, microsocks.process}
	var tiny, asking, dante [longestRoute]string
	for i := range longestRoute {
		open, closed, socks := startTinyproxy(t, false), startTinyproxy(t, true), startDante(t)
		tiny[i], asking[i], dante[i] = open.address, closed.address, socks.address
		running = append(running, open.process, closed.process, socks.process)
	}
	haproxy, secure := startHAProxy(t, ca, one.behind, tiny[0], tiny[1], tiny[2])
	endTogether(t, append(running, haproxy)...)

	// One configuration for all: it is part of what makes a route another.
	trust := ca.trust()
	proxies := func(scheme string, user *url.Userinfo, addresses ...string) (at [longestRoute]httpx.Proxy) {
		for i := range at {
			var config *tls.Config
			if scheme == "https" {
				config = trust
			}
			at[i] = httpx.Proxy{URL: proxyURL(scheme, addresses[i%len(addresses)], user), TLS: config}
		}
		return at
	}
	account := proxyAccount()
	tunnelled := proxies("http", nil, one.plain)
	for i := range tunnelled {
		tunnelled[i].AlwaysConnect = true
	}
	return []*squid{one, other}, []proxyKind{
		{name: "squid", at: proxies("http", nil, one.plain), squid: one.plain},
		{name: "squid, AlwaysConnect", at: tunnelled, squid: one.plain},
		{name: "squid, Basic", at: proxies("http", account, one.asking), squid: one.asking},
		{name: "squid, Digest", at: proxies("http", account, other.asking), squid: other.asking},
		{name: "tinyproxy", at: proxies("http", nil, tiny[:]...), endsRequests: true},
		{name: "tinyproxy, Basic", at: proxies("http", account, asking[:]...), endsRequests: true},
		{name: "https: squid", at: proxies("https", nil, secure[0]), squid: one.behind},
		{name: "https: tinyproxy", at: proxies("https", nil, secure[1:]...), endsRequests: true},
		{name: "socks5: microsocks", at: proxies("socks5", nil, microsocks.address)},
		{name: "socks5h: dante, password", at: proxies("socks5h", account, dante[:]...)},
	}
}
