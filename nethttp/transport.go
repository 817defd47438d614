package nethttp

import (
	"context"
	"net/http"

	"github.com/gohttpx/httpx"
)

// Transport returns an httpx.Transport that sends through rt: the way to use
// what speaks net/http (HTTP/2, a recorder, a wrapper that signs requests)
// under an httpx.Client. It may be used by several goroutines at once. Close
// closes the idle connections of rt, where it has CloseIdleConnections.
//
// What rt decides is rt's: OnEvent, Timeouts and Route of a request have no
// effect, Exchange and Connection of a response are empty, and an http.Transport
// asks for gzip where the request says nothing of Accept-Encoding. The fields of
// a response come by name, since a map has lost their order.
//
// Errors are an [*httpx.Error] all the same. Phase and Progress follow from the
// hooks of httptrace, as an http.Transport calls them; of an rt that calls none
// Progress is Sent, to be safe, and Kind is nil where nothing is known of the
// cause.
//
// A 101 has a *network.Stream as its Body, and so has a 2xx to a CONNECT without
// Content. The deadlines of a stream work where rt told its connection to a hook.
func Transport(rt http.RoundTripper) httpx.Transport { return &reverse{rt} }

type reverse struct{ rt http.RoundTripper }

// Send converts, sends, and converts back.
func (t *reverse) Send(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
	c := &crossing{req: req, ctx: ctx}
	in, err := c.request()
	if err != nil {
		return nil, err
	}
	out, err := t.rt.RoundTrip(in)
	if err != nil {
		c.hangUp()
		return nil, c.explain(err)
	}
	return c.response(out)
}

// Close closes what idles beneath.
func (t *reverse) Close() error {
	if c, ok := t.rt.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
	return nil
}
