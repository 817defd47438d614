package inspect

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

func TestMetricsText(t *testing.T) {
	w := httptest.NewRecorder()
	serveMetrics(w, httpx.PoolSnapshot{
		Counts: httpx.CountsSnapshot{Connecting: 1, Active: 2, Idle: 3, Upgraded: 4, Waiting: 5},
		Limits: httpx.LimitsSnapshot{MaxConnections: 100, MaxConnectionsPerOrigin: -1, IdleTimeout: 1500 * time.Millisecond, MaxAge: -1},
		Totals: httpx.TotalsSnapshot{Opened: 12345678901, Closed: map[string]uint64{"said \"no\"\n\\": 2, "a": 1}},
		Origins: []httpx.OriginSnapshot{
			{Origin: "http://b.example", Counts: httpx.CountsSnapshot{Idle: 1}},
			// Two routes that differ in their credentials only.
			{Origin: "http://a.example", Route: []string{"http://p.example", "socks5://q.example"}, Counts: httpx.CountsSnapshot{Active: 1}, LearnedIdle: 9 * time.Second},
			{Origin: "http://a.example", Route: []string{"http://p.example", "socks5://q.example"}, Counts: httpx.CountsSnapshot{Active: 2, Waiting: 7}, LearnedIdle: 4 * time.Second},
		},
	})
	lines := strings.Split(w.Body.String(), "\n")
	for _, want := range []string{
		"# TYPE httpx_pool_connections gauge",
		`httpx_pool_connections{state="connecting"} 1`,
		`httpx_pool_connections{state="upgraded"} 4`,
		"httpx_pool_waiting 5",
		"httpx_pool_max_connections 100",
		"httpx_pool_max_connections_per_origin +Inf",
		"httpx_pool_idle_timeout_seconds 1.5",
		"httpx_pool_max_age_seconds +Inf",
		"# TYPE httpx_pool_opened_total counter",
		"httpx_pool_opened_total 1.2345678901e+10",
		`httpx_pool_closed_total{reason="a"} 1`,
		`httpx_pool_closed_total{reason="said \"no\"\n\\"} 2`,
		`httpx_origin_connections{origin="http://a.example",route="http://p.example socks5://q.example",state="active"} 3`,
		`httpx_origin_waiting{origin="http://a.example",route="http://p.example socks5://q.example"} 7`,
		`httpx_origin_learned_idle_seconds{origin="http://a.example",route="http://p.example socks5://q.example"} 4`,
		`httpx_origin_connections{origin="http://b.example",route="",state="idle"} 1`,
	} {
		n := 0
		for _, line := range lines {
			if line == want {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the line is there %d times: %s", n, want)
		}
	}
	// The format wants each name and set of labels once.
	seen := map[string]bool{}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, "} ")
		if strings.Contains(name, "{") && seen[name] {
			t.Errorf("twice: %s", name)
		}
		seen[name] = true
	}
}
