package prometheus

import (
	"math"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/prometheus/client_golang/prometheus"
)

// A reading is one series of the pool as a whole: a figure of its snapshot.
type reading struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	read   func(*httpx.PoolSnapshot) float64
	labels []string // the values of those that vary
}

// states are the values of the label state.
var states = [...]struct {
	name string
	of   func(httpx.CountsSnapshot) int
}{
	{"connecting", func(n httpx.CountsSnapshot) int { return n.Connecting }},
	{"active", func(n httpx.CountsSnapshot) int { return n.Active }},
	{"idle", func(n httpx.CountsSnapshot) int { return n.Idle }},
	{"upgraded", func(n httpx.CountsSnapshot) int { return n.Upgraded }},
}

// poolReadings lists what a snapshot tells of a pool as a whole.
func poolReadings(n namer) []reading {
	var list []reading
	gauge := func(name, help string, read func(*httpx.PoolSnapshot) float64) {
		list = append(list, reading{desc: n.desc(name, help), kind: prometheus.GaugeValue, read: read})
	}
	total := func(name, help string, read func(*httpx.TotalsSnapshot) uint64) {
		value := func(s *httpx.PoolSnapshot) float64 { return float64(read(&s.Totals)) }
		list = append(list, reading{desc: n.desc(name, help), kind: prometheus.CounterValue, read: value})
	}
	limit := func(name, help string, read func(*httpx.LimitsSnapshot) float64) {
		gauge(name, help, func(s *httpx.PoolSnapshot) float64 { return read(&s.Limits) })
	}

	connections := n.desc("connections", "Connections by what they do.", "state")
	for _, state := range states {
		value := func(s *httpx.PoolSnapshot) float64 { return float64(state.of(s.Counts)) }
		list = append(list, reading{connections, prometheus.GaugeValue, value, []string{state.name}})
	}
	gauge("waiting", "Callers with neither a connection nor a dial under way for them.",
		func(s *httpx.PoolSnapshot) float64 { return float64(s.Counts.Waiting) })
	gauge("oldest_wait_seconds", "How long the caller that waits longest for a connection has waited, a dial included; 0 where nobody waits.",
		oldestWait)

	limit("max_connections", "Limit of connections.",
		func(l *httpx.LimitsSnapshot) float64 { return count(l.MaxConnections) })
	limit("max_connections_per_origin", "Limit of connections to one origin by one route.",
		func(l *httpx.LimitsSnapshot) float64 { return count(l.MaxConnectionsPerOrigin) })
	limit("max_idle", "Limit of idle connections.",
		func(l *httpx.LimitsSnapshot) float64 { return count(l.MaxIdle) })
	limit("max_waiting", "Limit of callers that wait.",
		func(l *httpx.LimitsSnapshot) float64 { return count(l.MaxWaiting) })
	limit("idle_timeout_seconds", "How long a connection may idle.",
		func(l *httpx.LimitsSnapshot) float64 { return seconds(l.IdleTimeout) })
	limit("max_age_seconds", "How long a connection may live.",
		func(l *httpx.LimitsSnapshot) float64 { return seconds(l.MaxAge) })
	limit("acquire_timeout_seconds", "How long a caller may wait for a connection.",
		func(l *httpx.LimitsSnapshot) float64 { return seconds(l.AcquireTimeout) })

	total("opened_total", "Dials that ended well.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Opened })
	total("dial_failures_total", "Dials that did not end well.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.DialFailures })
	total("reused_total", "Requests that got a connection which had served before.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Reused })
	total("waited_total", "Callers that did not get a connection at once.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Waited })
	total("rejected_total", "Callers that got no connection, for another reason than a failed dial.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Rejected })
	total("replayed_total", "Requests that were sent a second time.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Replayed })
	return list
}

func oldestWait(s *httpx.PoolSnapshot) float64 {
	var oldest time.Duration
	for i := range s.Waiters {
		oldest = max(oldest, s.Waiters[i].For)
	}
	return oldest.Seconds()
}

// count is a limit, of which a negative one is none.
func count(limit int) float64 {
	if limit < 0 {
		return math.Inf(1)
	}
	return float64(limit)
}

// seconds is a limit of time, of which a negative one is none.
func seconds(limit time.Duration) float64 {
	if limit < 0 {
		return math.Inf(1)
	}
	return limit.Seconds()
}
