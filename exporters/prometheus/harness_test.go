package prometheus_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/network/networktest"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// inBubble runs a test in virtual time on a network in memory, whose servers all
// say hello unless the test says otherwise.
func inBubble(t *testing.T, test func(t *testing.T, n *networktest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := networktest.New(t)
		n.Handle("*", networktest.Always(200, "hello"))
		test(t, n)
	})
}

// newPool makes a pool on n that is closed at the end.
func newPool(t *testing.T, n *networktest.Network, o httpx.PoolOptions) *httpx.ConnectionPool {
	t.Helper()
	o.Connection.Backend = n
	pool := httpx.NewConnectionPool(&o)
	t.Cleanup(func() { pool.Close() })
	return pool
}

// get gets a URL, whole.
func get(t *testing.T, pool *httpx.ConnectionPool, url string) {
	t.Helper()
	if _, err := pool.Request(t.Context(), "GET", url, httpx.Direct); err != nil {
		t.Fatal(err)
	}
}

// hold begins to get a URL, and keeps its connection until the test's end.
func hold(t *testing.T, pool *httpx.ConnectionPool, url string) *httpx.Response {
	t.Helper()
	res, err := pool.Stream(t.Context(), "GET", url, httpx.Direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Close() })
	return res
}

// wantMetrics compares what is shown under some names, or under all, with a text
// in the exposition format, of which HELP and TYPE may be left out.
func wantMetrics(t *testing.T, g prometheus.Gatherer, want string, names ...string) {
	t.Helper()
	synctest.Wait()
	text := exposition(t, g, names...)
	if got := series(text); got != series(want) {
		t.Errorf("the metrics are\n%s\nwant\n%s", got, series(want))
	}
}

// exposition is what a scrape gets, but for the names that are not asked for.
// Without names it is all.
func exposition(t *testing.T, g prometheus.Gatherer, names ...string) string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range families {
		if len(names) > 0 && !slices.Contains(names, f.GetName()) {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

// series keeps the lines of an exposition that hold values.
func series(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// gatherer is a registry of these collectors alone.
func gatherer(t *testing.T, collectors ...prometheus.Collector) prometheus.Gatherer {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	return r
}
