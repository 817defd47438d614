package integration

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/gohttpx/httpx"
)

// proxyVariables are those of the environment, in capitals; each has a spelling
// in lower case, which wins.
var proxyVariables = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"}

// TestProxiesOfTheEnvironment sets them, and looks who gets the requests of a
// pool that was made without options about them.
func TestProxiesOfTheEnvironment(t *testing.T) {
	ca := newAuthority(t)
	origin := startRecordingOrigin(t, "origin", ca)
	// Loopback addresses never go by the environment's proxies: the origin has
	// names that the proxies know, and a network where they mean something.
	known := map[string]string{
		"one.test:80": addressOf(t, origin.plain), "one.test:443": addressOf(t, origin.secure),
		"two.test:80": addressOf(t, origin.plain), "two.test:443": addressOf(t, origin.secure),
	}
	a, b := startRecordingProxy(t, known, nil), startRecordingProxy(t, known, nil)
	byA, byB := "http://alice:a@"+a.address, "http://"+b.address
	config := ca.trust()
	config.ServerName = "localhost"

	cases := []struct {
		name        string
		environment map[string]string
		url         string
		want        string // "A", "B", or "" for neither
	}{
		{"nothing", nil, "http://one.test/", ""},
		{"http", map[string]string{"HTTP_PROXY": byA, "HTTPS_PROXY": byB}, "http://one.test/", "A"},
		{"https", map[string]string{"HTTP_PROXY": byA, "HTTPS_PROXY": byB}, "https://one.test/", "B"},
		{"https has none", map[string]string{"HTTP_PROXY": byA}, "https://one.test/", ""},
		{"all for http", map[string]string{"ALL_PROXY": byA}, "http://one.test/", "A"},
		{"all for https", map[string]string{"ALL_PROXY": byA}, "https://one.test/", "A"},
		{"the scheme's own wins", map[string]string{"ALL_PROXY": byA, "HTTPS_PROXY": byB}, "https://one.test/", "B"},
		{"lower case wins", map[string]string{"HTTP_PROXY": byA, "http_proxy": byB}, "http://one.test/", "B"},
		{"excepted", map[string]string{"ALL_PROXY": byA, "NO_PROXY": "one.test"}, "http://one.test/", ""},
		{"excepted with its subdomains", map[string]string{"ALL_PROXY": byA, "NO_PROXY": "x.example, test"}, "https://two.test/", ""},
		{"another is excepted", map[string]string{"ALL_PROXY": byA, "NO_PROXY": "one.test"}, "http://two.test/", "A"},
		{"all are excepted", map[string]string{"HTTP_PROXY": byA, "NO_PROXY": "*"}, "http://one.test/", ""},
		{"loopback is excepted", map[string]string{"ALL_PROXY": byA}, origin.plain + "/", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range proxyVariables {
				t.Setenv(name, c.environment[name])
			}
			dials := &dialRecorder{known: known}
			pool := newPool(t, &httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: config, Backend: dials}})
			seenA, seenB := len(a.all()), len(b.all())
			send(t, pool, "GET", c.url).want(t, 200, []byte("origin /"))

			saw := map[string][]sight{"A": a.all()[seenA:], "B": b.all()[seenB:]}
			for name, sights := range saw {
				if got := len(sights) > 0; got != (name == c.want) {
					t.Errorf("proxy %s saw %v", name, sights)
				}
			}
			if c.want == "A" && accountOf(saw["A"][0].account) != "alice" {
				t.Errorf("proxy A saw the account %q", saw["A"][0].account)
			}
			first := map[string]string{"A": a.address, "B": b.address}[c.want]
			if addresses := dials.all(); len(addresses) != 1 || first != "" && addresses[0] != first {
				t.Errorf("connected to %q, want one connection, to %q", addresses, first)
			}
			// Direct is the request's way around them.
			before := len(a.all()) + len(b.all())
			send(t, pool, "GET", c.url, httpx.Direct).want(t, 200, []byte("origin /"))
			if after := len(a.all()) + len(b.all()); after != before {
				t.Error("a request with the route Direct went by a proxy")
			}
		})
	}
}

// addressOf is host:port of a base URL.
func addressOf(t testing.TB, base string) string {
	t.Helper()
	request, err := httpx.NewRequest("GET", base)
	if err != nil {
		t.Fatal(err)
	}
	return request.URL.Host
}

// A dialRecorder is a backend that notes what it is asked for, and knows names
// that nobody else does.
type dialRecorder struct {
	known map[string]string

	mu        sync.Mutex
	addresses []string
}

func (d *dialRecorder) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.addresses = append(d.addresses, address)
	d.mu.Unlock()
	if known, ok := d.known[address]; ok {
		address = known
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (d *dialRecorder) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.addresses)
}
