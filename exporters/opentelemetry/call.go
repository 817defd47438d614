package opentelemetry

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
)

// A call is one request under way.
type call struct {
	*telemetry
	ctx   context.Context // with the span
	span  trace.Span
	began time.Time

	method    httpconv.RequestMethodAttr
	sent      int64                // bytes of the request's content; -1: not known
	inFlight  attribute.Set        // what it counts as while it is under way
	about     []attribute.KeyValue // what the metrics say of it
	isOver    atomic.Bool
	hasFailed bool // a status says so
}

// begin starts the span of a request and counts it.
func (t *telemetry) begin(ctx context.Context, req *httpx.Request) *call {
	c := &call{telemetry: t, began: time.Now(), sent: contentSize(req.Content)}
	method, known := methods[methodOf(req)]
	if !known {
		method = httpconv.RequestMethodOther
	}
	c.method = method

	address, port := server(req.URL)
	c.about = append(make([]attribute.KeyValue, 0, len(t.options.Attributes)+8), t.options.Attributes...)
	c.about = append(c.about,
		semconv.HTTPRequestMethodKey.String(string(method)), semconv.ServerAddress(address), semconv.ServerPort(port))
	name := string(method)
	if !known {
		name = "HTTP" // as the conventions name a span whose method is _OTHER
	}
	if template := t.options.Template(req); template != "" {
		name += " " + template
		c.about = append(c.about, semconv.URLTemplate(template))
	}
	c.inFlight = attribute.NewSet(c.about...)

	attrs := append(make([]attribute.KeyValue, 0, len(c.about)+2), c.about...)
	if req.URL != nil {
		attrs = append(attrs, semconv.URLFull(t.options.URL(req.URL)))
	}
	if !known {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(req.Method))
	}
	c.ctx, c.span = t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(c.began), trace.WithAttributes(attrs...))
	t.active.AddSet(c.ctx, 1, c.inFlight)
	return c
}

// failed ends a call that got no response.
func (c *call) failed(err error) {
	var e *httpx.Error
	if c.span.IsRecording() && errors.As(err, &e) {
		c.tellExchange(e.Exchange())
	}
	c.end(err, -1)
}

// answered notes the head of the response. The call goes on until the body ends,
// if there is one to come.
func (c *call) answered(res *httpx.Response) {
	status := res.StatusCode
	c.hasFailed = status >= 400
	c.note(semconv.HTTPResponseStatusCode(status))
	if version, ok := protocolVersion(res.Proto); ok {
		c.note(semconv.NetworkProtocolVersion(version))
	}
	if c.hasFailed {
		c.note(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		c.span.SetStatus(codes.Error, "") // the status code says it
	}
	if c.span.IsRecording() {
		c.tellExchange(res.Exchange())
		c.tellPeer(res.Connection())
	}
	switch {
	case isSwitched(res):
		c.end(nil, -1)
	case hasNoBody(res):
		c.end(nil, 0)
	default:
		res.Body = &body{inner: res.Body, call: c}
	}
}

// note says something of the call to its span and to its metrics.
func (c *call) note(a attribute.KeyValue) {
	c.span.SetAttributes(a)
	c.about = append(c.about, a)
}

// tellExchange tells the span on which connection the request went, and whether
// it was sent again.
func (c *call) tellExchange(x httpx.Exchange) {
	if x.Connection != 0 {
		c.span.SetAttributes(attribute.Int64("httpx.connection", int64(x.Connection)),
			attribute.Bool("httpx.reused", x.Reused))
	}
	if resent := len(x.Attempts) - 1; resent > 0 {
		c.span.SetAttributes(semconv.HTTPRequestResendCount(resent))
	}
}

// tellPeer tells the span who the other end of the connection is: the first
// proxy, where there is one.
func (c *call) tellPeer(conn *httpx.Connection) {
	if conn == nil || conn.RemoteAddr() == nil {
		return
	}
	address := conn.RemoteAddr().String()
	host, port, err := net.SplitHostPort(address)
	if err != nil { // of a Unix socket, say
		c.span.SetAttributes(semconv.NetworkPeerAddress(address))
		return
	}
	c.span.SetAttributes(semconv.NetworkPeerAddress(host))
	if n, err := strconv.Atoi(port); err == nil {
		c.span.SetAttributes(semconv.NetworkPeerPort(n))
	}
}

// end ends the call, once: with the error that it ended with, and the bytes of
// the body, -1 where they are not known.
func (c *call) end(err error, received int64) {
	if c.isOver.Swap(true) {
		return
	}
	now := time.Now()
	if err != nil {
		c.tellError(err)
	}
	about := attribute.NewSet(c.about...)
	c.active.AddSet(c.ctx, -1, c.inFlight)
	c.duration.RecordSet(c.ctx, now.Sub(c.began).Seconds(), about)
	if c.sent >= 0 {
		c.requestSize.RecordSet(c.ctx, c.sent, about)
	}
	if received >= 0 {
		c.responseSize.RecordSet(c.ctx, received, about)
	}
	c.span.End(trace.WithTimestamp(now))
}

// tellError says why the call failed. A status that is an error came first.
func (c *call) tellError(err error) {
	if !c.hasFailed {
		c.note(semconv.ErrorTypeKey.String(errorType(err)))
	}
	c.span.SetStatus(codes.Error, err.Error())
	var e *httpx.Error
	if errors.As(err, &e) {
		c.span.SetAttributes(attribute.String("httpx.phase", e.Phase.String()),
			attribute.String("httpx.progress", e.Progress.String()))
	}
}

func methodOf(req *httpx.Request) string {
	if req.Method == "" {
		return "GET"
	}
	return req.Method
}

// contentSize is how many bytes the body of the request has, -1 where that is
// not known.
func contentSize(c httpx.Content) int64 {
	if body, ok := c.(httpx.Body); ok {
		c = body.Content
	}
	if c == nil {
		return 0
	}
	return max(c.Size(), -1)
}

// protocolVersion is the version in "HTTP/1.1".
func protocolVersion(proto string) (version string, ok bool) {
	const prefix = "HTTP/"
	if len(proto) <= len(prefix) || proto[:len(prefix)] != prefix {
		return "", false
	}
	return proto[len(prefix):], true
}

// isSwitched reports whether the connection speaks another protocol now: what
// follows belongs to whoever asked for it.
func isSwitched(res *httpx.Response) bool {
	_, ok := res.Body.(*network.Stream)
	return ok
}

// hasNoBody reports whether nothing follows the head (RFC 9110 section 6.4.1):
// such a body is often not even closed.
func hasNoBody(res *httpx.Response) bool {
	switch {
	case res.Body == nil, res.StatusCode == 204, res.StatusCode == 304:
		return true
	case res.Request != nil && res.Request.Method == "HEAD":
		return true
	}
	return res.Headers.Get("Content-Length") == "0"
}

// methods are those that the conventions know; any other is _OTHER, so that
// there are few.
var methods = map[string]httpconv.RequestMethodAttr{
	"CONNECT": httpconv.RequestMethodConnect,
	"DELETE":  httpconv.RequestMethodDelete,
	"GET":     httpconv.RequestMethodGet,
	"HEAD":    httpconv.RequestMethodHead,
	"OPTIONS": httpconv.RequestMethodOptions,
	"PATCH":   httpconv.RequestMethodPatch,
	"POST":    httpconv.RequestMethodPost,
	"PUT":     httpconv.RequestMethodPut,
	"QUERY":   httpconv.RequestMethodQuery,
	"TRACE":   httpconv.RequestMethodTrace,
}
