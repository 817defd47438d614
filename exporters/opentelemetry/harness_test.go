package opentelemetry_test

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/exporters/opentelemetry"
	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/network/networktest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A world is a network in memory and what OpenTelemetry was told.
type world struct {
	t      *testing.T
	net    *networktest.Network
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
	o      opentelemetry.Options // that lead here
}

// inWorld runs a test in virtual time; the servers all say hello unless the test
// says otherwise.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: networktest.New(t), spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
		w.net.Handle("*", networktest.Always(200, "hello"))
		w.o = opentelemetry.Options{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans)),
			MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader)),
			Propagator:     propagation.TraceContext{},
		}
		test(t, w)
	})
}

// pool makes a pool that is closed at the end.
func (w *world) pool(o httpx.PoolOptions) *httpx.ConnectionPool {
	_, roots := networktest.Certificate()
	o.Connection.Backend = w.net
	o.Connection.TLS = &tls.Config{RootCAs: roots}
	pool := httpx.NewConnectionPool(&o)
	w.t.Cleanup(func() { pool.Close() })
	return pool
}

// transport is a pool within the middleware.
func (w *world) transport() httpx.Transport {
	return opentelemetry.Middleware(&w.o)(w.pool(httpx.PoolOptions{}))
}

// request makes a request that goes straight.
func (w *world) request(method, url string, options ...httpx.RequestOption) *httpx.Request {
	w.t.Helper()
	req, err := httpx.NewRequest(method, url, append(options, httpx.Direct)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return req
}

// send sends a request; the body of the response is open.
func (w *world) send(t httpx.Transport, method, url string, options ...httpx.RequestOption) *httpx.Response {
	w.t.Helper()
	res, err := t.Send(w.t.Context(), w.request(method, url, options...))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { res.Close() })
	return res
}

// get gets a URL, whole.
func (w *world) get(t httpx.Transport, url string, options ...httpx.RequestOption) {
	w.t.Helper()
	if _, err := w.send(t, "GET", url, options...).Bytes(); err != nil {
		w.t.Fatal(err)
	}
}

// span is the only one that has ended.
func (w *world) span() sdktrace.ReadOnlySpan {
	w.t.Helper()
	synctest.Wait()
	ended := w.spans.Ended()
	if len(ended) != 1 {
		w.t.Fatalf("%d spans have ended, want one", len(ended))
	}
	return ended[0]
}

// wantOpen wants no span to have ended.
func (w *world) wantOpen(why string) {
	w.t.Helper()
	if n := len(w.spans.Ended()); n != 0 {
		w.t.Errorf("%s: %d spans have ended, want none", why, n)
	}
}

// wantAttributes compares attributes, in any order, with lines of name=value.
func wantAttributes(t *testing.T, got []attribute.KeyValue, want ...string) {
	t.Helper()
	if g := list(got); fmt.Sprint(g) != fmt.Sprint(sorted(want)) {
		t.Errorf("the attributes are\n\t%s\nwant\n\t%s", strings.Join(g, "\n\t"), strings.Join(sorted(want), "\n\t"))
	}
}

// wantAttribute wants one among attributes; an empty value wants it not.
func wantAttribute(t *testing.T, got []attribute.KeyValue, name, value string) {
	t.Helper()
	for _, a := range got {
		if string(a.Key) == name {
			if v := a.Value.String(); v != value {
				t.Errorf("%s is %q, want %q", name, v, value)
			}
			return
		}
	}
	if value != "" {
		t.Errorf("%s is not among %v", name, list(got))
	}
}

func list(attrs []attribute.KeyValue) []string {
	var lines []string
	for _, a := range attrs {
		lines = append(lines, string(a.Key)+"="+a.Value.String())
	}
	return sorted(lines)
}

func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return lines
}

// metrics are all data points now, a line each: name{attributes} value, of a
// histogram its count and sum.
func (w *world) metrics(prefix string) []string {
	w.t.Helper()
	synctest.Wait()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(w.t.Context(), &all); err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	line := func(name string, set attribute.Set, value string) {
		if strings.HasPrefix(name, prefix) {
			lines = append(lines, fmt.Sprintf("%s{%s} %s", name, strings.Join(list(set.ToSlice()), ","), value))
		}
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Description == "" || m.Unit == "" {
				w.t.Errorf("%s has the description %q and the unit %q", m.Name, m.Description, m.Unit)
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, fmt.Sprintf("count %d sum %d", p.Count, p.Sum))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, fmt.Sprintf("count %d sum %g", p.Count, p.Sum))
				}
			default:
				w.t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	return sorted(lines)
}

// wantMetrics compares all data points of names that begin so.
func (w *world) wantMetrics(prefix string, want ...string) {
	w.t.Helper()
	if got := w.metrics(prefix); fmt.Sprint(got) != fmt.Sprint(sorted(want)) {
		w.t.Errorf("the metrics are\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(sorted(want), "\n\t"))
	}
}
