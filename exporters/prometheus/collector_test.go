package prometheus_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	httpxprom "github.com/gohttpx/httpx/exporters/prometheus"
	"github.com/gohttpx/httpx/network/networktest"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func TestEmptyPool(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		wantMetrics(t, gatherer(t, httpxprom.New(pool, nil)), `
			httpx_pool_acquire_timeout_seconds 30
			httpx_pool_connections{state="active"} 0
			httpx_pool_connections{state="connecting"} 0
			httpx_pool_connections{state="idle"} 0
			httpx_pool_connections{state="upgraded"} 0
			httpx_pool_dial_failures_total 0
			httpx_pool_idle_timeout_seconds 90
			httpx_pool_max_age_seconds +Inf
			httpx_pool_max_connections 100
			httpx_pool_max_connections_per_origin 100
			httpx_pool_max_idle 100
			httpx_pool_max_waiting 1024
			httpx_pool_oldest_wait_seconds 0
			httpx_pool_opened_total 0
			httpx_pool_rejected_total 0
			httpx_pool_replayed_total 0
			httpx_pool_reused_total 0
			httpx_pool_waited_total 0
			httpx_pool_waiting 0
		`)
	})
}

// A pool in every state at once: what is shown is what its snapshot says.
func TestPoolInEveryState(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("chat.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(101, "", "Connection: Upgrade", "Upgrade: websocket")
			p.WaitClosed()
		})
		n.Delay("slow.example:80", 10*time.Second)
		pool := newPool(t, n, httpx.PoolOptions{MaxConnectionsPerOrigin: 1, MaxConnections: 8})
		get(t, pool, "http://idle.example/")
		hold(t, pool, "http://active.example/")
		stream, _, err := pool.Upgrade(t.Context(), "GET", "http://chat.example/", httpx.Headers{{"Upgrade", "websocket"}}, httpx.Direct)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		for _, url := range []string{"http://slow.example/", "http://active.example/"} {
			go pool.Request(t.Context(), "GET", url, httpx.Direct)
			synctest.Wait()
			time.Sleep(time.Second)
		}
		if got, want := pool.String(), "<ConnectionPool [1 connecting, 1 active, 1 idle, 1 upgraded, 1 waiting]>"; got != want {
			t.Fatalf("the pool is %s, want %s", got, want)
		}

		wantMetrics(t, gatherer(t, httpxprom.New(pool, nil)), `
			httpx_pool_connections{state="active"} 1
			httpx_pool_connections{state="connecting"} 1
			httpx_pool_connections{state="idle"} 1
			httpx_pool_connections{state="upgraded"} 1
			httpx_pool_oldest_wait_seconds 2
			httpx_pool_origin_connections{origin="http://active.example",state="active"} 1
			httpx_pool_origin_connections{origin="http://active.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://active.example",state="idle"} 0
			httpx_pool_origin_connections{origin="http://active.example",state="upgraded"} 0
			httpx_pool_origin_connections{origin="http://chat.example",state="active"} 0
			httpx_pool_origin_connections{origin="http://chat.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://chat.example",state="idle"} 0
			httpx_pool_origin_connections{origin="http://chat.example",state="upgraded"} 1
			httpx_pool_origin_connections{origin="http://idle.example",state="active"} 0
			httpx_pool_origin_connections{origin="http://idle.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://idle.example",state="idle"} 1
			httpx_pool_origin_connections{origin="http://idle.example",state="upgraded"} 0
			httpx_pool_origin_connections{origin="http://slow.example",state="active"} 0
			httpx_pool_origin_connections{origin="http://slow.example",state="connecting"} 1
			httpx_pool_origin_connections{origin="http://slow.example",state="idle"} 0
			httpx_pool_origin_connections{origin="http://slow.example",state="upgraded"} 0
			httpx_pool_origin_waiting{origin="http://active.example"} 1
			httpx_pool_origin_waiting{origin="http://chat.example"} 0
			httpx_pool_origin_waiting{origin="http://idle.example"} 0
			httpx_pool_origin_waiting{origin="http://slow.example"} 0
			httpx_pool_waiting 1
		`, "httpx_pool_connections", "httpx_pool_oldest_wait_seconds", "httpx_pool_waiting",
			originConnections, "httpx_pool_origin_waiting")
		time.Sleep(10 * time.Second) // the dial ends
	})
}

func TestLimitsThatAreNone(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{
			MaxConnections: httpx.Unlimited, MaxIdle: httpx.None, MaxWaiting: httpx.Unlimited,
			IdleTimeout: httpx.None, AcquireTimeout: httpx.None, MaxAge: time.Minute,
		})
		wantMetrics(t, gatherer(t, httpxprom.New(pool, nil)), `
			httpx_pool_acquire_timeout_seconds +Inf
			httpx_pool_idle_timeout_seconds +Inf
			httpx_pool_max_age_seconds 60
			httpx_pool_max_connections +Inf
			httpx_pool_max_connections_per_origin +Inf
			httpx_pool_max_idle 0
			httpx_pool_max_waiting +Inf
		`, "httpx_pool_acquire_timeout_seconds", "httpx_pool_idle_timeout_seconds", "httpx_pool_max_age_seconds",
			"httpx_pool_max_connections", "httpx_pool_max_connections_per_origin", "httpx_pool_max_idle", "httpx_pool_max_waiting")
	})
}

func TestTotals(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("down.example:80", nil)
		pool := newPool(t, n, httpx.PoolOptions{MaxConnections: 1, AcquireTimeout: time.Second, IdleTimeout: time.Minute})
		g := gatherer(t, httpxprom.New(pool, &httpxprom.Options{MaxOrigins: httpx.None}))
		get(t, pool, "http://a.example/")
		get(t, pool, "http://a.example/")
		if _, err := pool.Request(t.Context(), "GET", "http://down.example/", httpx.Direct); err == nil {
			t.Fatal("a refused dial is no error")
		}
		res := hold(t, pool, "http://a.example/")
		if _, err := pool.Request(t.Context(), "GET", "http://a.example/", httpx.Direct); err == nil {
			t.Fatal("a wait for a connection that is held is no error")
		}
		res.Close()
		time.Sleep(2 * time.Minute)
		wantMetrics(t, g, `
			httpx_pool_closed_total{reason="evicted for another key"} 1
			httpx_pool_closed_total{reason="idle for too long"} 1
			httpx_pool_dial_failures_total 1
			httpx_pool_opened_total 2
			httpx_pool_rejected_total 1
			httpx_pool_reused_total 1
			httpx_pool_waited_total 4
		`, "httpx_pool_closed_total", "httpx_pool_dial_failures_total", "httpx_pool_opened_total",
			"httpx_pool_rejected_total", "httpx_pool_reused_total", "httpx_pool_waited_total")
	})
}

// Two pools in one registry, told apart by a constant label, as a server's text
// says and a parser reads it.
func TestTwoPools(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		one, two := newPool(t, n, httpx.PoolOptions{}), newPool(t, n, httpx.PoolOptions{})
		named := func(pool *httpx.ConnectionPool, name string) prometheus.Collector {
			return httpxprom.New(pool, &httpxprom.Options{ConstLabels: prometheus.Labels{"pool": name}, Observe: true})
		}
		g := gatherer(t, named(one, "one"), named(two, "two"))
		get(t, one, "http://www.example.com/")
		get(t, one, "http://www.example.com/")
		get(t, two, "http://www.example.com/")
		synctest.Wait()

		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(exposition(t, g)))
		if err != nil {
			t.Fatal(err)
		}
		answers := make(map[string]uint64)
		for name, family := range families {
			if family.GetHelp() == "" {
				t.Errorf("%s has no help", name)
			}
			for _, m := range family.Metric {
				var pool string
				for _, l := range m.Label {
					if l.GetName() == "pool" {
						pool = l.GetValue()
					}
				}
				if pool != "one" && pool != "two" {
					t.Errorf("%s is of the pool %q: %v", name, pool, m)
				}
				if name == "httpx_pool_answer_seconds" {
					answers[pool] = m.Histogram.GetSampleCount()
				}
			}
		}
		if answers["one"] != 2 || answers["two"] != 1 {
			t.Errorf("the answers are %v, want two of one and one of two", answers)
		}
	})
}

func TestLabelsThatAreNotAllowed(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		c := httpxprom.New(pool, &httpxprom.Options{ConstLabels: prometheus.Labels{"state": "x"}})
		if err := prometheus.NewRegistry().Register(c); err == nil {
			t.Error("a constant label of the name of one that varies is registered")
		}
	})
}

// The names are as Prometheus wants them.
func TestNames(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("down.example:80", nil)
		pool := newPool(t, n, httpx.PoolOptions{})
		c := httpxprom.New(pool, &httpxprom.Options{Observe: true})
		get(t, pool, "http://www.example.com/")
		pool.Request(t.Context(), "GET", "http://down.example/", httpx.Direct)
		synctest.Wait()
		problems, err := testutil.CollectAndLint(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	})
}

// A pool that is closed still tells what it did.
func TestClosedPool(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		g := gatherer(t, httpxprom.New(pool, nil))
		get(t, pool, "http://www.example.com/")
		pool.Close()
		wantMetrics(t, g, `
			httpx_pool_closed_total{reason="the pool was closed"} 1
			httpx_pool_opened_total 1
		`, "httpx_pool_closed_total", "httpx_pool_opened_total", "httpx_pool_origin_connections")
	})
}
