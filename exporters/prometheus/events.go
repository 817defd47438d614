package prometheus

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/prometheus/client_golang/prometheus"
)

// events counts what only the events of a pool tell: how long phases took, and
// why requests failed. The pool calls take, one event after the other.
type events struct {
	queue    *prometheus.HistogramVec
	dial     *prometheus.HistogramVec
	answer   prometheus.Histogram
	body     prometheus.Histogram
	lifetime prometheus.Histogram
	failures *prometheus.CounterVec
	dropped  prometheus.Counter

	stop func()
}

func newEvents(o *Options) *events {
	histogram := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{
			Name: "httpx_pool_" + name, Help: help, ConstLabels: o.ConstLabels, Buckets: buckets,
		}
	}
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Name: "httpx_pool_" + name, Help: help, ConstLabels: o.ConstLabels}
	}
	return &events{
		queue: prometheus.NewHistogramVec(histogram("queue_seconds",
			"From Send to a connection, a dial included, by whether it is a new or a reused one.", o.Buckets), []string{"connection"}),
		dial: prometheus.NewHistogramVec(histogram("dial_seconds",
			"Phases of dials.", o.Buckets), []string{"phase"}),
		answer: prometheus.NewHistogram(histogram("answer_seconds",
			"From the request written to the head of its response, interim ones aside.", o.Buckets)),
		body: prometheus.NewHistogram(histogram("body_seconds",
			"From the head of a response to the end of its body, read or closed.", o.Buckets)),
		lifetime: prometheus.NewHistogram(histogram("lifetime_seconds",
			"Lives of connections, from the dial to the end.", lifetimeBuckets)),
		failures: prometheus.NewCounterVec(counter("failures_total",
			"Requests that got no response, by the kind of the error and the phase in which it came."), []string{"kind", "phase"}),
		dropped: prometheus.NewCounter(counter("events_dropped_total",
			"Events that came faster than they could be counted, and were not.")),
	}
}

func (e *events) list() []prometheus.Collector {
	return []prometheus.Collector{e.queue, e.dial, e.answer, e.body, e.lifetime, e.failures, e.dropped}
}

func (e *events) describe(ch chan<- *prometheus.Desc) {
	for _, c := range e.list() {
		c.Describe(ch)
	}
}

func (e *events) collect(ch chan<- prometheus.Metric) {
	for _, c := range e.list() {
		c.Collect(ch)
	}
}

// take counts one event.
func (e *events) take(event httpx.Event) {
	e.dropped.Add(float64(event.Dropped))
	took := event.Duration
	switch event.Kind {
	case httpx.EventAssigned:
		e.queue.WithLabelValues(newOrReused(event.Reused)).Observe(took.Seconds())
	case httpx.EventResolved:
		e.dialled("resolve", took)
	case httpx.EventConnected:
		e.dialled("connect", took)
	case httpx.EventTunnelled:
		e.dialled("proxy", took)
	case httpx.EventTLSDone:
		e.dialled("tls", took)
	case httpx.EventAnswered:
		e.answer.Observe(took.Seconds())
	case httpx.EventBodyDone:
		e.body.Observe(took.Seconds())
	case httpx.EventClosed:
		if wasConnected(event.Conn()) {
			e.lifetime.Observe(took.Seconds())
		}
	case httpx.EventFailed:
		e.failures.WithLabelValues(failure(event.Err)).Inc()
	}
}

func (e *events) dialled(phase string, took time.Duration) {
	e.dial.WithLabelValues(phase).Observe(took.Seconds())
}

// wasConnected tells a connection from a dial that was given up.
func wasConnected(c *httpx.Connection) bool { return c != nil && c.RemoteAddr() != nil }

func newOrReused(reused bool) string {
	if reused {
		return "reused"
	}
	return "new"
}

// failure puts an error into words of which there are few.
func failure(err error) (kind, phase string) {
	kind, phase = "other", "other"
	var e *httpx.Error
	if errors.As(err, &e) {
		phase = strings.ToLower(e.Phase.String())
		if e.Kind != nil {
			return e.Kind.Error(), phase
		}
	}
	if errors.Is(err, context.Canceled) {
		kind = "canceled"
	}
	return kind, phase
}
