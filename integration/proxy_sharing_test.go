package integration

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gohttpx/httpx"
)

// TestProxyConnectionsAreNotShared sends to several origins, by several proxies,
// with several accounts, at once and again, and lists what each server saw: a
// connection to a proxy is for one origin, with one account.
func TestProxyConnectionsAreNotShared(t *testing.T) {
	ca := newAuthority(t)
	origins := map[string]*recordingOrigin{}
	var urls []string
	for _, name := range []string{"one", "two"} {
		origins[name] = startRecordingOrigin(t, name, ca)
		urls = append(urls, origins[name].plain+"/"+name, origins[name].secure+"/"+name)
	}
	proxies := map[string]*recordingProxy{
		"http A":  startRecordingProxy(t, nil, nil),
		"http B":  startRecordingProxy(t, nil, nil),
		"https C": startRecordingProxy(t, nil, &tls.Config{Certificates: []tls.Certificate{ca.issue(t)}}),
	}
	squids := []*squid{startSquid(t, basic), startSquid(t, digests)}

	// Every way there is: accounts are part of it, so is the TLS configuration.
	accounts := map[string]*url.Userinfo{"": nil, "alice": url.UserPassword("alice", "a"), "bob": url.UserPassword("bob", "b")}
	var ways []httpx.Route
	for name, proxy := range proxies {
		scheme, _, _ := strings.Cut(name, " ")
		for _, account := range accounts {
			way := via(scheme, proxy.address, account)
			if scheme == "http" {
				ways = append(ways, way)
				continue
			}
			for range 2 {
				way := slices.Clone(way)
				way[0].TLS = ca.trust()
				ways = append(ways, way)
			}
		}
	}
	for _, squid := range squids {
		ways = append(ways, via("http", squid.plain, nil), via("http", squid.asking, proxyAccount()))
	}

	pool := newPool(t, &httpx.PoolOptions{MaxConnections: len(ways) * len(urls), Connection: httpx.ConnectionOptions{TLS: ca.trust()}})
	const rounds = 3
	for range rounds {
		var round sync.WaitGroup
		for _, way := range ways {
			for _, url := range urls {
				round.Go(func() {
					response, err := pool.Request(t.Context(), "GET", url, way)
					if err != nil {
						t.Error(err)
						return
					}
					name := url[strings.LastIndexByte(url, '/')+1:]
					if text, err := response.Text(); err != nil || text != name+" /"+name {
						t.Errorf("%s by %s answered %q (%v)", url, way, text, err)
					}
				})
			}
		}
		round.Wait()
	}
	// Each way to each URL has a connection of its own, which served every round.
	if snapshot, want := pool.Snapshot(), len(ways)*len(urls); snapshot.Counts.Idle != want || snapshot.Totals.Opened != uint64(want) {
		t.Errorf("%d connections were opened and %d are idle, want %d", snapshot.Totals.Opened, snapshot.Counts.Idle, want)
	}
	for _, c := range pool.Snapshot().Connections {
		isChallenged := c.Served == rounds+1 && c.Route[0] == "http://"+squids[1].asking && c.TLS == nil
		if c.Served != rounds && !isChallenged {
			t.Errorf("%s served %d requests, want %d", c.Text, c.Served, rounds)
		}
	}

	for name, proxy := range proxies {
		seen := newSightings()
		for _, s := range proxy.all() {
			seen.add(s.connection, s.host, accountOf(s.account))
		}
		want := len(accounts) * len(urls)
		if strings.HasPrefix(name, "https") {
			want *= 2 // configurations
		}
		seen.check(t, "proxy "+name, want)
	}
	for name, origin := range origins {
		// It sees nothing that was for a proxy.
		for _, s := range origin.all() {
			if s.account != "" {
				t.Errorf("origin %s saw the account %s", name, s)
			}
			if s.target != "/"+name {
				t.Errorf("origin %s saw %s", name, s)
			}
		}
	}

	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	for i, squid := range squids {
		// It logs a tunnel when that has ended.
		lines := func() []squidLine { return successes(squid.log(t)) }
		const ways = 2
		perWay := len(origins)*rounds + len(origins) // requests in absolute form, and tunnels
		eventually(t, "squid's log is complete", func() bool { return len(lines()) >= ways*perWay })
		seen := newSightings()
		for _, line := range lines() {
			target := strings.TrimPrefix(line.target, "http://")
			target, _, _ = strings.Cut(target, "/")
			seen.add(line.client, target, line.user)
			if asks := line.port == squid.asking; asks != (line.user == proxyUser) {
				t.Errorf("squid saw the account %q: %+v", line.user, line)
			}
		}
		seen.check(t, fmt.Sprintf("squid %d", i), ways*len(urls))
	}
}

// sightings are what a server saw, by connection: origins and accounts.
type sightings map[any]map[string]int

func newSightings() sightings { return sightings{} }

func (s sightings) add(connection any, origin, account string) {
	if s[connection] == nil {
		s[connection] = map[string]int{}
	}
	s[connection][fmt.Sprintf("%s for %q", origin, account)]++
}

// check wants so many connections, each for one thing.
func (s sightings) check(t testing.TB, server string, connections int) {
	t.Helper()
	if len(s) != connections {
		t.Errorf("%s saw %d connections, want %d", server, len(s), connections)
	}
	var list []string
	for connection, saw := range s {
		list = append(list, fmt.Sprintf("%6v: %v", connection, saw))
		if len(saw) != 1 {
			t.Errorf("%s saw on one connection %v", server, slices.Sorted(maps.Keys(saw)))
		}
	}
	slices.Sort(list)
	t.Logf("%s saw, by connection:\n%s", server, strings.Join(list, "\n"))
}
