package opentelemetry

import (
	"github.com/gohttpx/httpx"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// recordEvents is a Request.OnEvent that tells the span, after own, which is
// that of the sender and may be nil. Those of a dial come from its goroutine,
// maybe after the span has ended, which then does not take them.
func recordEvents(span trace.Span, own func(httpx.Event)) func(httpx.Event) {
	return func(e httpx.Event) {
		if own != nil {
			own(e)
		}
		span.AddEvent(e.Kind.String(), trace.WithTimestamp(e.Time), trace.WithAttributes(eventAttributes(e)...))
	}
}

// eventAttributes are the fields of an event that are set. What the span says
// already is left out.
func eventAttributes(e httpx.Event) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 6)
	add := func(set bool, a attribute.KeyValue) {
		if set {
			attrs = append(attrs, a)
		}
	}
	add(e.Connection != 0, attribute.Int64("httpx.connection", int64(e.Connection)))
	add(len(e.Route) > 0, attribute.StringSlice("httpx.route", e.Route))
	add(e.Kind == httpx.EventAssigned, attribute.Bool("httpx.reused", e.Reused))
	add(e.Status != 0, semconv.HTTPResponseStatusCode(e.Status))
	add(e.Duration != 0, attribute.Float64("httpx.duration", e.Duration.Seconds()))
	add(e.Reason != "", attribute.String("httpx.reason", e.Reason))
	if e.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)), semconv.ExceptionMessage(e.Err.Error()))
	}
	return attrs
}
