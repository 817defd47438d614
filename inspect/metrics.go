package inspect

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
)

// serveMetrics writes a snapshot in the text format of Prometheus, version
// 0.0.4. The names are stable.
func serveMetrics(w http.ResponseWriter, s httpx.PoolSnapshot) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	var m metricsText
	m.counts(s.Counts)
	m.limits(s.Limits)
	m.totals(s.Totals)
	m.origins(s.Origins)
	w.Write(m.Bytes())
}

// metricsText is a text that grows by metrics.
type metricsText struct{ bytes.Buffer }

// family begins a metric: what it means, and its type.
func (m *metricsText) family(name, kind, help string) {
	m.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// value is one value of the metric. labels are names and values by turns.
func (m *metricsText) value(name string, v float64, labels ...string) {
	m.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		if i == 0 {
			m.WriteByte('{')
		} else {
			m.WriteByte(',')
		}
		m.WriteString(labels[i] + `="` + escapeLabel(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		m.WriteByte('}')
	}
	m.WriteByte(' ')
	m.WriteString(metricNumber(v))
	m.WriteByte('\n')
}

// single is a metric of one value.
func (m *metricsText) single(name, kind, help string, v float64) {
	m.family(name, kind, help)
	m.value(name, v)
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func escapeLabel(value string) string {
	return labelEscapes.Replace(strings.ToValidUTF8(value, "\uFFFD"))
}

func metricNumber(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (m *metricsText) counts(n httpx.CountsSnapshot) {
	const connections = "httpx_pool_connections"
	m.family(connections, "gauge", "Connections, by what they do.")
	for state, count := range connectionCounts(n) {
		m.value(connections, float64(count), "state", state)
	}
	m.single("httpx_pool_waiting", "gauge", "Callers with neither a connection nor a dial under way for them.", float64(n.Waiting))
}

// connectionCounts are the counts of connections with their names, in order.
func connectionCounts(n httpx.CountsSnapshot) func(func(string, int) bool) {
	return func(yield func(string, int) bool) {
		_ = yield("connecting", n.Connecting) && yield("active", n.Active) && yield("idle", n.Idle) && yield("upgraded", n.Upgraded)
	}
}

func (m *metricsText) limits(l httpx.LimitsSnapshot) {
	const help = " +Inf: no limit."
	count := func(name, what string, n int) { m.single(name, "gauge", what+help, limitValue(n, 1)) }
	count("httpx_pool_max_connections", "Most connections in all.", l.MaxConnections)
	count("httpx_pool_max_connections_per_origin", "Most connections to one origin by one route.", l.MaxConnectionsPerOrigin)
	count("httpx_pool_max_idle", "Most idle connections.", l.MaxIdle)
	count("httpx_pool_max_waiting", "Most waiting callers.", l.MaxWaiting)
	seconds := func(name, what string, d time.Duration) {
		m.single(name, "gauge", what+help, limitValue(d, float64(time.Second)))
	}
	seconds("httpx_pool_idle_timeout_seconds", "How long a connection may be idle.", l.IdleTimeout)
	seconds("httpx_pool_max_age_seconds", "How long a connection may live.", l.MaxAge)
	seconds("httpx_pool_acquire_timeout_seconds", "How long a caller may wait.", l.AcquireTimeout)
}

// limitValue is a limit in units; -1 stands for none.
func limitValue[T ~int | ~int64](limit T, unit float64) float64 {
	if limit < 0 {
		return math.Inf(1)
	}
	return float64(limit) / unit
}

func (m *metricsText) totals(t httpx.TotalsSnapshot) {
	count := func(name, help string, n uint64) { m.single(name, "counter", help, float64(n)) }
	count("httpx_pool_opened_total", "Connections that were opened.", t.Opened)
	count("httpx_pool_dial_failures_total", "Connections that could not be opened.", t.DialFailures)
	count("httpx_pool_reused_total", "Requests that got a connection which had served before.", t.Reused)
	count("httpx_pool_waited_total", "Callers that did not get a connection at once.", t.Waited)
	count("httpx_pool_rejected_total", "Callers that got no connection, but for a failed dial.", t.Rejected)
	count("httpx_pool_replayed_total", "Requests that were sent a second time.", t.Replayed)
	const closed = "httpx_pool_closed_total"
	m.family(closed, "counter", "Connections that were closed, by the reason.")
	for _, reason := range slices.Sorted(maps.Keys(t.Closed)) {
		m.value(closed, float64(t.Closed[reason]), "reason", reason)
	}
}

// An originKey is what tells the origins apart in labels. A pool tells more of
// them apart: routes that differ in what is not shown, as their credentials.
type originKey struct{ origin, route string }

func (m *metricsText) origins(all []httpx.OriginSnapshot) {
	sums := make(map[originKey]httpx.OriginSnapshot)
	for _, o := range all {
		key := originKey{o.Origin, strings.Join(o.Route, " ")}
		sums[key] = addOrigin(sums[key], o)
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b originKey) int {
		return cmp.Or(cmp.Compare(a.origin, b.origin), cmp.Compare(a.route, b.route))
	})

	const connections = "httpx_origin_connections"
	m.family(connections, "gauge", "Connections to an origin by a route, by what they do.")
	for _, key := range keys {
		for state, count := range connectionCounts(sums[key].Counts) {
			m.value(connections, float64(count), "origin", key.origin, "route", key.route, "state", state)
		}
	}
	const waiting = "httpx_origin_waiting"
	m.family(waiting, "gauge", "Callers that wait for a connection to an origin by a route.")
	for _, key := range keys {
		m.value(waiting, float64(sums[key].Counts.Waiting), "origin", key.origin, "route", key.route)
	}
	const learned = "httpx_origin_learned_idle_seconds"
	m.family(learned, "gauge", "How long an origin was seen to keep an idle connection.")
	for _, key := range keys {
		if d := sums[key].LearnedIdle; d > 0 {
			m.value(learned, d.Seconds(), "origin", key.origin, "route", key.route)
		}
	}
}

// addOrigin adds the counts of b to a. Of what was learned the least holds.
func addOrigin(a, b httpx.OriginSnapshot) httpx.OriginSnapshot {
	a.Counts.Connecting += b.Counts.Connecting
	a.Counts.Active += b.Counts.Active
	a.Counts.Idle += b.Counts.Idle
	a.Counts.Upgraded += b.Counts.Upgraded
	a.Counts.Waiting += b.Counts.Waiting
	if a.LearnedIdle == 0 || b.LearnedIdle != 0 && b.LearnedIdle < a.LearnedIdle {
		a.LearnedIdle = b.LearnedIdle
	}
	return a
}
