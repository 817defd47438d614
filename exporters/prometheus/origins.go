package prometheus

import (
	"cmp"
	"slices"
	"sync"

	"github.com/gohttpx/httpx"
	"github.com/prometheus/client_golang/prometheus"
)

// otherOrigins is the label of the origins that have no place of their own. No
// origin reads like it: they have a scheme.
const otherOrigins = "other"

// origins shows what a pool holds for each origin, by whatever route. Only so
// many origins get a label, the first that were seen: the series of a crawler
// would have no end.
type origins struct {
	connections, waiting *prometheus.Desc
	limit                int // less than one: no origins are shown

	mu    sync.Mutex // guards all below
	known map[string]bool
}

func newOrigins(n namer, limit int) *origins {
	return &origins{
		connections: n.desc("origin_connections", "Connections to an origin by what they do.", "origin", "state"),
		waiting:     n.desc("origin_waiting", "Callers that wait for a connection to an origin, with no dial under way for them.", "origin"),
		limit:       limit,
		known:       make(map[string]bool),
	}
}

func (o *origins) describe(ch chan<- *prometheus.Desc) {
	ch <- o.connections
	ch <- o.waiting
}

func (o *origins) collect(ch chan<- prometheus.Metric, list []httpx.OriginSnapshot) {
	if o.limit < 1 {
		return
	}
	for label, n := range o.byLabel(list) {
		for _, state := range states {
			ch <- metric(o.connections, prometheus.GaugeValue, float64(state.of(n)), label, state.name)
		}
		ch <- metric(o.waiting, prometheus.GaugeValue, float64(n.Waiting), label)
	}
}

// byLabel adds up the counts of what has the same label.
func (o *origins) byLabel(list []httpx.OriginSnapshot) map[string]httpx.CountsSnapshot {
	// Of the origins that are new at once, the busiest get the places left.
	slices.SortFunc(list, func(a, b httpx.OriginSnapshot) int {
		return cmp.Or(cmp.Compare(load(b.Counts), load(a.Counts)), cmp.Compare(a.Origin, b.Origin))
	})
	sums := make(map[string]httpx.CountsSnapshot)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range list {
		label := o.label(list[i].Origin)
		sums[label] = add(sums[label], list[i].Counts)
	}
	return sums
}

// label is what an origin is called. The lock is held.
func (o *origins) label(origin string) string {
	switch {
	case o.known[origin]:
		return origin
	case len(o.known) < o.limit:
		o.known[origin] = true
		return origin
	}
	return otherOrigins
}

// load is how much there is of an origin.
func load(n httpx.CountsSnapshot) int {
	return n.Connecting + n.Active + n.Idle + n.Upgraded + n.Waiting
}

func add(a, b httpx.CountsSnapshot) httpx.CountsSnapshot {
	return httpx.CountsSnapshot{
		Connecting: a.Connecting + b.Connecting,
		Active:     a.Active + b.Active,
		Idle:       a.Idle + b.Idle,
		Upgraded:   a.Upgraded + b.Upgraded,
		Waiting:    a.Waiting + b.Waiting,
	}
}
