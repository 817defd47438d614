package opentelemetry

import (
	"context"
	"errors"
	"net/url"
	"sync"

	"github.com/gohttpx/httpx"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
)

// Observe makes the metrics of a pool's connections until stop is called; nil
// options are the defaults. Of several pools with one MeterProvider, each should
// have Attributes that name it.
//
// Each collection takes one snapshot of the pool, so that its figures belong to
// one moment. The durations of connections come from the pool's events, on a
// goroutine that no request waits for. The error is that of a MeterProvider
// which refuses an instrument; nothing is observed then.
func Observe(pool *httpx.ConnectionPool, options *Options) (stop func(), err error) {
	w := &watch{pool: pool, options: options.resolve()}
	registration, err := w.register(w.options.meter())
	if err != nil {
		return nil, err
	}
	stopEvents := pool.Observe(w.take)
	return sync.OnceFunc(func() {
		stopEvents()
		if err := registration.Unregister(); err != nil {
			otel.Handle(err)
		}
	}), nil
}

// A watch is the metrics of one pool.
type watch struct {
	pool    *httpx.ConnectionPool
	options Options

	open     httpconv.ClientOpenConnectionsObservable
	duration httpconv.ClientConnectionDuration
	figures  []figure
	closed   metric.Int64ObservableCounter
}

// A figure is one number of a pool that the conventions have no name for.
type figure struct {
	instrument metric.Int64Observable
	read       func(*httpx.PoolSnapshot) int64
}

// register makes the instruments, and has them read.
func (w *watch) register(meter metric.Meter) (metric.Registration, error) {
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	w.open, err = httpconv.NewClientOpenConnectionsObservable(meter)
	keep(err)
	w.duration, err = httpconv.NewClientConnectionDuration(meter, metric.WithExplicitBucketBoundaries(lifetimeBounds...))
	keep(err)
	w.closed, err = meter.Int64ObservableCounter("httpx.pool.closed", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections that were closed, by the reason of their end."))
	keep(err)

	now := func(name, unit, description string, read func(*httpx.PoolSnapshot) int64) {
		i, err := meter.Int64ObservableUpDownCounter("httpx.pool."+name, metric.WithUnit(unit), metric.WithDescription(description))
		keep(err)
		w.figures = append(w.figures, figure{i, read})
	}
	total := func(name, unit, description string, read func(*httpx.TotalsSnapshot) uint64) {
		i, err := meter.Int64ObservableCounter("httpx.pool."+name, metric.WithUnit(unit), metric.WithDescription(description))
		keep(err)
		w.figures = append(w.figures, figure{i, func(s *httpx.PoolSnapshot) int64 { return int64(read(&s.Totals)) }})
	}
	now("connecting", "{connection}", "Dials under way.",
		func(s *httpx.PoolSnapshot) int64 { return int64(s.Counts.Connecting) })
	now("waiting", "{request}", "Requests with neither a connection nor a dial under way for them.",
		func(s *httpx.PoolSnapshot) int64 { return int64(s.Counts.Waiting) })
	total("opened", "{connection}", "Dials that ended well.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Opened })
	total("dial_failures", "{connection}", "Dials that did not end well.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.DialFailures })
	total("reused", "{request}", "Requests that got a connection which had served before.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Reused })
	total("waited", "{request}", "Requests that did not get a connection at once.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Waited })
	total("rejected", "{request}", "Requests that got no connection, for another reason than a failed dial.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Rejected })
	total("replayed", "{request}", "Requests that were sent a second time.",
		func(t *httpx.TotalsSnapshot) uint64 { return t.Replayed })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}

	instruments := []metric.Observable{w.open.Inst(), w.closed}
	for _, f := range w.figures {
		instruments = append(instruments, f.instrument)
	}
	return meter.RegisterCallback(w.observe, instruments...)
}

// lifetimeBounds are for connections, which live for seconds or for days. The
// conventions name none.
var lifetimeBounds = []float64{.1, 1, 10, 30, 60, 120, 300, 900, 3600, 4 * 3600, 24 * 3600}

// observe reads one snapshot into the instruments.
func (w *watch) observe(_ context.Context, o metric.Observer) error {
	s := w.pool.Snapshot()
	for origin, n := range openByOrigin(s.Origins) {
		about := w.aboutOrigin(origin)
		o.ObserveInt64(w.open.Inst(), n.active, w.with(append(about, semconv.HTTPConnectionStateActive)...))
		o.ObserveInt64(w.open.Inst(), n.idle, w.with(append(about, semconv.HTTPConnectionStateIdle)...))
	}
	for _, f := range w.figures {
		o.ObserveInt64(f.instrument, f.read(&s), w.with())
	}
	for reason, n := range s.Totals.Closed {
		o.ObserveInt64(w.closed, int64(n), w.with(attribute.String("httpx.close.reason", reason)))
	}
	return nil
}

// open counts connections in the states that the conventions know.
type open struct{ active, idle int64 }

// openByOrigin adds up what leads to an origin by several routes. An upgraded
// connection is active: it is in use. One that is being dialled is not open yet.
func openByOrigin(list []httpx.OriginSnapshot) map[string]open {
	sums := make(map[string]open, len(list))
	for i := range list {
		n := sums[list[i].Origin]
		n.active += int64(list[i].Counts.Active + list[i].Counts.Upgraded)
		n.idle += int64(list[i].Counts.Idle)
		sums[list[i].Origin] = n
	}
	return sums
}

// take records the life of a connection that was closed.
func (w *watch) take(e httpx.Event) {
	if e.Kind != httpx.EventClosed || !wasConnected(e.Conn()) {
		return
	}
	about := attribute.NewSet(append(w.aboutOrigin(e.Origin), w.options.Attributes...)...)
	w.duration.RecordSet(context.Background(), e.Duration.Seconds(), about)
}

// wasConnected tells a connection from a dial that was given up.
func wasConnected(c *httpx.Connection) bool { return c != nil && c.RemoteAddr() != nil }

// aboutOrigin is what the conventions want to know of an origin.
func (w *watch) aboutOrigin(origin string) []attribute.KeyValue {
	u, err := url.Parse(origin)
	if err != nil { // a pool has no such origin
		return []attribute.KeyValue{semconv.ServerAddress(origin)}
	}
	address, port := server(u)
	return []attribute.KeyValue{semconv.ServerAddress(address), semconv.ServerPort(port), semconv.URLScheme(u.Scheme)}
}

// with is attributes as an option, and those of the options.
func (w *watch) with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(append(attrs, w.options.Attributes...)...))
}
