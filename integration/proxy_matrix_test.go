package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestProxyMatrix goes through every kind of proxy: alone, behind every other,
// and behind every two others, to an origin in the clear and to one in TLS. It
// logs the table of what worked.
func TestProxyMatrix(t *testing.T) {
	ca := newAuthority(t)
	squids, kinds := startProxies(t, ca)
	m := &matrix{kinds: kinds, origin: startRecordingOrigin(t, "origin", ca), good: map[string]int{}, logged: map[squidCount]int{}}

	all := len(kinds)
	// Up to two hops, all connections idle at once, and each is used again.
	m.run(t, m.newPool(t, ca, 4*all*all), routesOf(all, 1), 2)
	m.run(t, m.newPool(t, ca, 4*all*all), routesOf(all, 2), 2)
	// Of three hops there are so many that the pool has to close some for others.
	triples := routesOf(all, 3)
	if inBrief() {
		triples = sample(triples, all*all)
	}
	m.run(t, m.newPool(t, ca, 50), triples, 1)
	m.logTable(t, len(triples)/all/all)

	// The proxies saw what the routes say, no more and no less.
	log := func() (lines []squidLine) {
		for _, squid := range squids {
			lines = append(lines, squid.log(t)...)
		}
		return lines
	}
	eventually(t, "squid's log is complete", func() bool { return len(successes(log())) >= total(m.logged) })
	saw := map[squidCount]int{}
	for _, line := range successes(log()) {
		saw[squidCount{line.port, line.method}]++
	}
	if !maps.Equal(saw, m.logged) {
		t.Errorf("by port and method, squid let through %v, want %v", saw, m.logged)
	}
	for _, line := range log() {
		switch asks := line.port == squids[0].asking || line.port == squids[1].asking; {
		case line.status == 407 && line.port == squids[1].asking: // by Digest
		case line.status != 200:
			t.Errorf("squid refused: %+v", line)
		case asks != (line.user == proxyUser):
			t.Errorf("squid saw the account %q: %+v", line.user, line)
		}
	}
}

// A matrix collects what became of every route.
type matrix struct {
	kinds  []proxyKind
	origin *recordingOrigin

	mu     sync.Mutex
	good   map[string]int     // requests that went well, by the first hops; see countKey
	logged map[squidCount]int // what squid has to have logged
}

// A squidCount is what squid's successes are counted by.
type squidCount struct{ port, method string }

func (m *matrix) newPool(t testing.TB, ca *authority, connections int) *httpx.ConnectionPool {
	t.Helper()
	return newPool(t, &httpx.PoolOptions{
		MaxConnections: connections,
		Connection:     httpx.ConnectionOptions{TLS: ca.trust()},
	})
}

// run sends so many requests by each route to each origin, some routes at a
// time, and ends the pool's connections.
func (m *matrix) run(t *testing.T, pool *httpx.ConnectionPool, routes [][]int, requests int) {
	t.Helper()
	const atOnce = 8
	jobs := make(chan []int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for route := range jobs {
				for _, base := range []string{m.origin.plain, m.origin.secure} {
					m.try(t, pool, route, base, requests)
				}
			}
		})
	}
	for _, route := range routes {
		jobs <- route
	}
	close(jobs)
	workers.Wait()
	pool.CloseIdle()
	if text := pool.String(); text != "<ConnectionPool [0 active]>" {
		t.Errorf("when all is done the pool is %s", text)
	}
}

// try sends requests by one route to one origin, one after the other.
func (m *matrix) try(t *testing.T, pool *httpx.ConnectionPool, route []int, base string, requests int) {
	var hops httpx.Route
	for position, i := range route {
		hops = append(hops, m.kinds[i].at[position])
	}
	last := m.kinds[route[len(route)-1]]
	isAbsolute := last.takesAbsolute() && base == m.origin.plain
	ends := isAbsolute && last.endsRequests
	for number := range requests {
		path := fmt.Sprintf("/%v/%d", route, number)
		path = strings.ReplaceAll(path, " ", "-")
		response, err := pool.Request(t.Context(), "GET", base+path, hops)
		if err != nil {
			t.Errorf("%s by %s: %v", base, m.name(route), err)
			return
		}
		body, err := response.Bytes()
		if want := "origin " + path; err != nil || response.StatusCode != 200 || string(body) != want {
			t.Errorf("%s by %s: %s with body %.60q (%v), want %q", base, m.name(route), response, body, err, want)
			return
		}
		isFirst := number == 0 || ends // on its connection, but for a challenge
		exchange := response.Exchange()
		if number > 0 && exchange.Reused != !ends {
			t.Errorf("%s by %s, request %d: reused is %t", base, m.name(route), number, exchange.Reused)
		}
		if exchange.Total > 5*time.Second {
			t.Logf("%s by %s, request %d, was slow: %+v", base, m.name(route), number, exchange)
		}
		if want := m.text(route, base); requests > 1 && !ends && response.Connection().String() != want {
			t.Errorf("by %s: %s, want %s", m.name(route), response.Connection(), want)
		}
		m.note(route, isAbsolute, isFirst)
	}
}

// text is how a connection looks when its request is done.
func (m *matrix) text(route []int, base string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<Connection "%s/"`, base)
	for position, i := range route {
		u := m.kinds[i].at[position].URL
		fmt.Fprintf(&b, ` VIA "%s://%s"`, u.Scheme, u.Host)
	}
	b.WriteString(" IDLE>")
	return b.String()
}

// note counts a request that went well, and what squid logs of it.
func (m *matrix) note(route []int, isAbsolute, isFirst bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.good[countKey(route)]++
	for i, hop := range route {
		kind := m.kinds[hop]
		switch isLast := i == len(route)-1; {
		case kind.squid == "":
		case isLast && isAbsolute:
			m.logged[squidCount{kind.squid, "GET"}]++
		case isFirst:
			m.logged[squidCount{kind.squid, "CONNECT"}]++
		}
	}
}

// countKey is the cell of the table that a route is in.
func countKey(route []int) string { return fmt.Sprint(len(route), route[:min(2, len(route))]) }

func (m *matrix) name(route []int) string {
	names := make([]string, len(route))
	for i, hop := range route {
		names[i] = m.kinds[hop].name
	}
	return strings.Join(names, " → ")
}

// logTable shows how many requests went well: by one proxy; by two; and by
// three, where a cell is all thirds behind the same two.
func (m *matrix) logTable(t testing.TB, thirds int) {
	t.Helper()
	var b strings.Builder
	bad := 0
	cell := func(want int, route ...int) {
		good := m.good[countKey(route)]
		text := fmt.Sprint(good)
		if good != want {
			text, bad = fmt.Sprintf("%d/%d", good, want), bad+1
		}
		fmt.Fprintf(&b, " %6s", text)
	}
	heading := func(format string, args ...any) {
		fmt.Fprintf(&b, "\n%-28s", fmt.Sprintf(format, args...))
	}
	heading("alone, http and https, twice")
	for i, kind := range m.kinds {
		heading("%2d %s", i+1, kind.name)
		cell(4, i)
	}
	for _, length := range []int{2, 3} {
		want := 4
		if length == 3 {
			want = 2 * thirds
		}
		heading("\n%d hops: first, then second →", length)
		for i := range m.kinds {
			fmt.Fprintf(&b, " %6d", i+1)
		}
		for i, kind := range m.kinds {
			heading("%2d %s", i+1, kind.name)
			for j := range m.kinds {
				if length == 3 {
					cell(want, i, j, 0)
				} else {
					cell(want, i, j)
				}
			}
		}
	}
	t.Logf("requests that went well:%s", b.String())
	if bad > 0 {
		t.Errorf("%d cells of the table are not full", bad)
	}
}

// routesOf lists every route of a length over n kinds.
func routesOf(n, length int) [][]int {
	if length == 0 {
		return [][]int{nil}
	}
	var routes [][]int
	for _, head := range routesOf(n, length-1) {
		for i := range n {
			routes = append(routes, append(slices.Clone(head), i))
		}
	}
	return routes
}

// sample takes so many of the routes, which are a multiple of that: one of each
// group, another from group to group.
func sample(routes [][]int, n int) [][]int {
	size := len(routes) / n
	var chosen [][]int
	for i := range n {
		chosen = append(chosen, routes[i*size+(i+i/size)%size])
	}
	return chosen
}

func successes(lines []squidLine) []squidLine {
	return slices.DeleteFunc(lines, func(l squidLine) bool { return l.status != 200 })
}

func total(counts map[squidCount]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}
