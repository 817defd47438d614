package opentelemetry

import (
	"context"

	"github.com/gohttpx/httpx"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
)

// Middleware makes a span and the metrics of each request that goes through it;
// nil options are the defaults. The options are copied, and the providers asked
// for, when it is called.
//
// Its place is the Middleware of a Client, where it sees each hop of a redirect,
// or around any other Transport. A request is over when the body of its response
// was read to its end or closed, or when the connection switched protocols. Next
// gets a copy of the request where its fields or its OnEvent are added to.
func Middleware(options *Options) httpx.Middleware {
	t := newTelemetry(options.resolve())
	return func(next httpx.Transport) httpx.Transport {
		return httpx.Wrap(next, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
			return t.send(ctx, next, req)
		})
	}
}

// telemetry is what all requests of a Middleware share.
type telemetry struct {
	options Options
	tracer  trace.Tracer

	duration     httpconv.ClientRequestDuration
	active       httpconv.ClientActiveRequests
	requestSize  httpconv.ClientRequestBodySize
	responseSize httpconv.ClientResponseBodySize
}

func newTelemetry(o Options) *telemetry {
	meter := o.meter()
	t := &telemetry{options: o, tracer: o.tracer()}
	var err error
	// What cannot be made is a no-op: a program works without its metrics.
	if t.duration, err = httpconv.NewClientRequestDuration(meter); err != nil {
		otel.Handle(err)
	}
	if t.active, err = httpconv.NewClientActiveRequests(meter); err != nil {
		otel.Handle(err)
	}
	if t.requestSize, err = httpconv.NewClientRequestBodySize(meter); err != nil {
		otel.Handle(err)
	}
	if t.responseSize, err = httpconv.NewClientResponseBodySize(meter); err != nil {
		otel.Handle(err)
	}
	return t
}

func (t *telemetry) send(ctx context.Context, next httpx.Transport, req *httpx.Request) (*httpx.Response, error) {
	c := t.begin(ctx, req)
	res, err := next.Send(c.ctx, c.outgoing(req))
	if err != nil {
		c.failed(err)
		return res, err
	}
	c.answered(res)
	return res, nil
}
