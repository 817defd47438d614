package prometheus

import (
	"github.com/gohttpx/httpx"
	"github.com/prometheus/client_golang/prometheus"
)

// A Collector shows one pool to Prometheus. It is a [prometheus.Collector], and
// may be used by several registries and goroutines at once. It holds on to its
// pool; one whose pool was closed shows an empty pool and its totals.
type Collector struct {
	pool     *httpx.ConnectionPool
	readings []reading
	closed   *prometheus.Desc
	origins  *origins
	events   *events // nil where nobody asked
}

var _ prometheus.Collector = (*Collector)(nil)

// New makes the collector of a pool; nil options are the defaults. The options
// are copied. A label or a bucket that Prometheus does not allow is an error of
// Register, or panics as it does in client_golang.
func New(pool *httpx.ConnectionPool, options *Options) *Collector {
	o := options.resolve()
	names := namer(o.ConstLabels)
	c := &Collector{
		pool:     pool,
		readings: poolReadings(names),
		closed:   names.desc("closed_total", "Connections that were closed, by the reason of their end.", "reason"),
		origins:  newOrigins(names, o.MaxOrigins),
	}
	if o.Observe {
		c.events = newEvents(&o)
		c.events.stop = pool.Observe(c.events.take)
	}
	return c
}

// Close ends the observing of Options.Observe: its histograms and counters stay
// as they are. Everything else is shown as before. Twice is nil.
func (c *Collector) Close() error {
	if c.events != nil {
		c.events.stop()
	}
	return nil
}

// Describe implements [prometheus.Collector].
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range c.readings {
		ch <- c.readings[i].desc
	}
	ch <- c.closed
	c.origins.describe(ch)
	if c.events != nil {
		c.events.describe(ch)
	}
}

// Collect implements [prometheus.Collector]: it takes one snapshot of the pool.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	s := c.pool.Snapshot()
	for i := range c.readings {
		r := &c.readings[i]
		ch <- metric(r.desc, r.kind, r.read(&s), r.labels...)
	}
	for reason, n := range s.Totals.Closed {
		ch <- metric(c.closed, prometheus.CounterValue, float64(n), reason)
	}
	c.origins.collect(ch, s.Origins)
	if c.events != nil {
		c.events.collect(ch)
	}
}

// namer makes descriptions with the constant labels.
type namer prometheus.Labels

func (n namer) desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("httpx_pool_"+name, help, labels, prometheus.Labels(n))
}

// metric is a value of the moment. One that Prometheus refuses fails the scrape
// with the reason, and not the program.
func metric(desc *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) prometheus.Metric {
	m, err := prometheus.NewConstMetric(desc, kind, v, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}
