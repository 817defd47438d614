package opentelemetry

import (
	"net/url"

	"github.com/gohttpx/httpx"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Options says where spans and metrics go, and what they tell. The zero value
// means the defaults.
type Options struct {
	// TracerProvider makes the spans; nil: the program's, otel.GetTracerProvider.
	TracerProvider trace.TracerProvider

	// MeterProvider takes the metrics; nil: the program's, otel.GetMeterProvider.
	MeterProvider metric.MeterProvider

	// Propagator writes the context of the span into the fields of the
	// request; nil: the program's, otel.GetTextMapPropagator. An empty
	// composite one writes nothing.
	Propagator propagation.TextMapPropagator

	// Template gives the pattern of a request's URL, "/users/{id}" say: it is
	// part of the span's name, and an attribute of it and of the metrics. Its
	// results should be few; empty is none. It may be called by several
	// goroutines at once. nil: no request has one.
	Template func(*httpx.Request) string

	// URL gives the attribute url.full of a span. nil: the URL without user
	// information and fragment, with each value of its query as REDACTED.
	URL func(*url.URL) string

	// NoEvents leaves the events of a request out of its span.
	NoEvents bool

	// Attributes are put on every span and metric: the name of a pool, say,
	// where there are several.
	Attributes []attribute.KeyValue
}

// scope names this package to the providers.
const scope = "github.com/gohttpx/httpx/exporters/opentelemetry"

// resolve puts every default in its place.
func (o *Options) resolve() Options {
	var r Options
	if o != nil {
		r = *o
	}
	if r.TracerProvider == nil {
		r.TracerProvider = otel.GetTracerProvider()
	}
	if r.MeterProvider == nil {
		r.MeterProvider = otel.GetMeterProvider()
	}
	if r.Propagator == nil {
		r.Propagator = otel.GetTextMapPropagator()
	}
	if r.Template == nil {
		r.Template = func(*httpx.Request) string { return "" }
	}
	if r.URL == nil {
		r.URL = redacted
	}
	r.Attributes = append([]attribute.KeyValue(nil), r.Attributes...)
	return r
}

func (o *Options) tracer() trace.Tracer {
	return o.TracerProvider.Tracer(scope,
		trace.WithInstrumentationVersion(httpx.Version), trace.WithSchemaURL(semconv.SchemaURL))
}

func (o *Options) meter() metric.Meter {
	return o.MeterProvider.Meter(scope,
		metric.WithInstrumentationVersion(httpx.Version), metric.WithSchemaURL(semconv.SchemaURL))
}
