package integration

import (
	"net/url"
	"testing"

	"github.com/gohttpx/httpx"
)

// TestDigest answers squid's challenge on the connection that it came on, which
// squid keeps open, and needs no other challenge for what follows.
func TestDigest(t *testing.T) {
	ca := newAuthority(t)
	origin := startRecordingOrigin(t, "origin", ca)
	const requests = 4
	cases := []struct {
		name, base string
		method     string // as squid sees it
		tunnels    int    // of the connections that are opened, one after the other
	}{
		{"absolute form", origin.plain, "GET", 0},
		{"tunnels", origin.secure, "CONNECT", requests},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			squid := startSquid(t, digests)
			pool := newPool(t, &httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: ca.trust()}})
			route := via("http", squid.asking, proxyAccount())
			for i := range requests {
				answer := send(t, pool, "GET", c.base+"/it", route)
				answer.want(t, 200, []byte("origin /it"))
				// The challenge was the first exchange on the connection.
				if reused := answer.Exchange().Reused; reused != (c.tunnels == 0) {
					t.Errorf("request %d: reused is %t", i, reused)
				}
				if c.tunnels > 0 {
					pool.CloseIdle() // the next one asks for another tunnel
				}
			}
			totals := pool.Snapshot().Totals
			if want := uint64(max(1, c.tunnels)); totals.Opened != want || totals.DialFailures != 0 || totals.Replayed != 0 {
				t.Errorf("the pool's totals are %+v, want %d opened", totals, want)
			}
			if err := pool.Close(); err != nil {
				t.Fatal(err)
			}

			eventually(t, "squid's log is complete", func() bool { return len(squid.log(t)) > requests })
			lines := squid.log(t)
			challenged := 0
			clients := map[string]bool{}
			for _, line := range lines {
				clients[line.client] = true
				if line.status == 407 {
					challenged++
				}
				if line.method != c.method {
					t.Errorf("squid logged %+v, want %s", line, c.method)
				}
			}
			if len(lines) != requests+1 || challenged != 1 || lines[0].status != 407 || len(clients) != max(1, c.tunnels) {
				t.Errorf("squid logged %+v: want one challenge, and %d connections", lines, max(1, c.tunnels))
			}
			if lines[0].client != lines[1].client {
				t.Errorf("the challenge came on port %s, its answer on %s", lines[0].client, lines[1].client)
			}
		})
	}
}

// TestProxyRefusesAccount has a wrong account, and none, where one is wanted.
func TestProxyRefusesAccount(t *testing.T) {
	ca := newAuthority(t)
	origin := startRecordingOrigin(t, "origin", ca)
	proxies := map[string]string{
		"squid, Basic":  startSquid(t, basic).asking,
		"squid, Digest": startSquid(t, digests).asking,
		"tinyproxy":     startTinyproxy(t, true).address,
	}
	for name, address := range proxies {
		for what, user := range map[string]*url.Userinfo{"wrong": url.UserPassword(proxyUser, "looking-glass"), "none": nil} {
			t.Run(name+" "+what, func(t *testing.T) {
				pool := newPool(t, &httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: ca.trust()}})
				route := via("http", address, user)
				_, err := pool.Request(t.Context(), "GET", origin.secure+"/it", route)
				wantProxyError(t, err, "http://"+address)

				// In absolute form the refusal is a response, as any other. To a
				// wrong account tinyproxy says 401.
				response, err := pool.Request(t.Context(), "GET", origin.plain+"/it", route)
				if err != nil || response.StatusCode != 407 && response.StatusCode != 401 {
					t.Errorf("in absolute form: %s (%v), want 407", response, err)
				}
			})
		}
	}
	if saw := origin.all(); len(saw) > 0 {
		t.Errorf("the origin saw %v", saw)
	}
}
