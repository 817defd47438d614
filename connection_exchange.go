package httpx

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
)

// exchange sends req on the connection, which the caller has leased, and fills
// res. The lease goes over to the body of res; where there is an error it has
// ended.
func (c *Connection) exchange(ctx context.Context, req *Request, res *Response) *Error {
	rec := &res.exchange
	c.request.begin(req)
	call := exchange.Call{
		Method:   req.method(),
		Host:     c.origin.host,
		Fields:   req.Headers,
		Trailers: req.Trailers,
		At:       rec.assigned,
		Timeouts: c.timeoutsFor(req),
	}
	call.Target = c.target(req)
	setContent(&call, req.Content)
	if req.OnInterim != nil {
		call.OnInterim = func(status int, fields [][2]string) { req.OnInterim(status, fields) }
	}
	if c.isAbsolute {
		c.proxied(&call, rec)
	} else if req.Headers.Has("Proxy-Authorization") && !isForProxy(req) {
		call.Fields = req.Headers.Clone()
		(*Headers)(&call.Fields).Del("Proxy-Authorization")
	}
	watched := c.isWatched(req)
	if watched {
		c.watch(&call, req, rec)
	}
	head, err := c.x.Do(ctx, &call)
	if err != nil {
		return c.failed(rec, req, err)
	}
	rec.answered = c.x.AnsweredAt()
	rec.written = c.x.WrittenAt()
	res.fill(head, req)
	c.keep = keepAfter(head)
	if watched {
		c.tell(req, rec, Event{Kind: EventAnswered, Status: head.Status, Duration: span(rec.written, rec.answered)})
	}
	if c.x.Switched() {
		return c.switched(req, res)
	}
	res.Body = &res.body
	if n, known := c.x.Remaining(); known && n == 0 && c.x.Ended() {
		res.body.skip(c, res)
	} else {
		res.body.begin(c, res)
	}
	return nil
}

// watch has the events of the exchange told.
func (c *Connection) watch(call *exchange.Call, req *Request, rec *record) {
	assigned := Event{Kind: EventAssigned, Reused: rec.served > 0, Duration: span(rec.began, rec.assigned)}
	if assigned.Reused {
		assigned.Idle = max(0, rec.assigned-c.idleSince)
	}
	c.tell(req, rec, assigned)
	call.OnPhase = c.tellPhase(req, rec)
	onInterim := call.OnInterim
	call.OnInterim = func(status int, fields [][2]string) {
		c.tell(req, rec, Event{Kind: EventInterim, Status: status})
		if onInterim != nil {
			onInterim(status, fields)
		}
	}
}

// isForProxy reports whether the caller speaks with a proxy by hand: by CONNECT,
// or in absolute form. Any other request goes to an origin, which a proxy's
// credentials are none of the business of (RFC 9110 section 11.7.2).
func isForProxy(req *Request) bool {
	return req.method() == "CONNECT" || strings.Contains(req.Target, "://")
}

// setContent tells the call of the request's body.
func setContent(call *exchange.Call, content Content) {
	content = bare(content)
	if content == nil {
		return
	}
	call.ContentType = content.ContentType()
	if m, ok := content.(inMemory); ok {
		call.InMemory = true
		call.Bytes, call.Text = m.memory()
		return
	}
	call.Content = content
	call.Ready = isReady(content)
}

// target is the request target: what the request asks for, else the URL's path
// and query.
func (c *Connection) target(req *Request) string {
	if req.Target != "" {
		return req.Target
	}
	return requestTarget(req.URL)
}

func (c *Connection) timeoutsFor(req *Request) exchange.Timeouts {
	t := &c.config.timeouts
	if req.Timeouts != nil {
		merged := req.Timeouts.or(*t)
		t = &merged
	}
	return exchange.Timeouts{Write: t.Write, FirstByte: t.FirstByte, Read: t.Read}
}

// keepMargin is taken off what a server says it keeps an idle connection for:
// a request must not meet its close halfway.
const keepMargin = time.Second

// keepAfter is how long the connection may idle, as far as the server says.
func keepAfter(head *h1.ResponseHead) time.Duration {
	timeout, ok := head.KeepAliveTimeout()
	if !ok {
		return forever
	}
	return timeout - min(keepMargin, timeout/2)
}

// fill copies the head into the response.
func (r *Response) fill(head *h1.ResponseHead, req *Request) {
	r.StatusCode, r.Reason = head.Status, head.Reason
	r.Proto = protoText(head.Version)
	r.Request = req
	if r.Headers == nil {
		r.Headers = r.inline[:0]
	}
	r.Headers = append(r.Headers[:0], head.Fields...)
}

func protoText(v h1.Version) string {
	switch v {
	case h1.Version{Major: 1, Minor: 1}:
		return "HTTP/1.1"
	case h1.Version{Major: 1, Minor: 0}:
		return "HTTP/1.0"
	}
	return v.String()
}

// renew ends the exchange that r was filled by, and makes r ready for another.
func (r *Response) renew() {
	if r.Body != nil && r.Body != io.ReadCloser(&r.body) {
		r.Body.Close()
	}
	r.body.settle()
	r.StatusCode, r.Reason, r.Proto = 0, "", ""
	r.Headers = r.Headers[:0]
	r.Trailers = r.Trailers[:0]
	r.Body, r.Request = nil, nil
	r.History = nil
	r.content = contents{}
	r.decoded = false
}

// endExchange ends the exchange that runs, and with it the lease.
func (c *Connection) endExchange(rec *record) {
	rec.finished = exchange.Now()
	req := c.request.end()
	c.idleSince = rec.finished
	reason := c.x.End()
	if c.isWatched(req) {
		done := Event{Kind: EventBodyDone, Duration: span(rec.answered, rec.finished)}
		if rec.failure != nil {
			done.Err = rec.failure
		}
		c.tell(req, rec, done)
	}
	c.returning = rec.id
	c.owner.giveBack(c, reason)
	if reason == exchange.Reusable && req != nil && req.OnEvent != nil && c.State() != Closed {
		c.tellRequest(req, rec, Event{Kind: EventReturned})
	}
}
