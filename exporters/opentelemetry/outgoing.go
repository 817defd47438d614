package opentelemetry

import (
	"github.com/gohttpx/httpx"
	"go.opentelemetry.io/otel/propagation"
)

// outgoing is the request that goes on: with the fields of the propagator, and
// with its events told to the span.
func (c *call) outgoing(req *httpx.Request) *httpx.Request {
	carrier := carrier{req: req}
	c.options.Propagator.Inject(c.ctx, &carrier)
	if c.span.IsRecording() && !c.options.NoEvents {
		carrier.copy()
		carrier.req.OnEvent = recordEvents(c.span, req.OnEvent)
	}
	return carrier.req
}

// A carrier is a request as a propagator sees it. A Request belongs to its
// sender: the first change is made to a copy.
type carrier struct {
	req *httpx.Request
	own bool
}

var _ propagation.TextMapCarrier = (*carrier)(nil)

func (c *carrier) Get(name string) string { return c.req.Headers.Get(name) }

func (c *carrier) Set(name, value string) {
	c.copy()
	c.req.Headers.Set(name, value)
}

func (c *carrier) Keys() []string {
	names := make([]string, len(c.req.Headers))
	for i, f := range c.req.Headers {
		names[i] = f[0]
	}
	return names
}

func (c *carrier) copy() {
	if c.own {
		return
	}
	own := *c.req
	own.Headers = own.Headers.Clone()
	c.req, c.own = &own, true
}
