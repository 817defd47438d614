package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// exchange sends req on the connection, which the caller has leased, and fills
// res. The lease goes over to the body of res; where there is an error it has
// ended.
func (c *Connection) exchange(ctx context.Context, req *Request, res *Response) *Error {
	rec := &res.exchange
	c.request.Store(req)
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
	res.body.begin(c, res)
	res.Body = &res.body
	if n, known := c.x.Remaining(); known && n == 0 && c.x.Ended() {
		// Nothing to read: the lease ends here.
		res.body.state.Store(bodyEnded)
		res.body.end()
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
	req := c.request.Swap(nil)
	c.idleSince = rec.finished
	reason := c.x.End()
	if c.isWatched(req) {
		done := Event{Kind: EventBodyDone, Duration: span(rec.answered, rec.finished)}
		if rec.failure != nil {
			done.Err = rec.failure
		}
		c.tell(req, rec, done)
	}
	c.owner.giveBack(c, reason)
	if reason == exchange.Reusable && req != nil && req.OnEvent != nil && c.State() != Closed {
		c.tellRequest(req, rec, Event{Kind: EventReturned})
	}
}

// failed turns the failure of an exchange into an Error, and ends the lease.
func (c *Connection) failed(rec *record, req *Request, err error) *Error {
	e := c.explain(rec, err)
	rec.failed(e)
	rec.finished = exchange.Now()
	e.exchange = rec.export()
	c.idleSince = rec.finished
	c.request.Store(nil)
	var failure *exchange.Failure
	if errors.As(err, &failure) && failure.Untouched {
		if failure.Guilt == exchange.Caller {
			e.isCallers = true
			e.Err = fmt.Errorf("httpx: request %s: %w", req.describe(), failure.Err)
		}
		c.owner.giveBack(c, exchange.Reusable)
		return e
	}
	c.owner.giveBack(c, exchange.Failed)
	return e
}

// bodyError turns what ended a body into an Error.
func (c *Connection) bodyError(rec *record, err error) error {
	e := c.explain(rec, err)
	rec.failed(e)
	rec.finished = exchange.Now()
	e.exchange = rec.export()
	return e
}

// explain makes an Error of the failure of an exchange.
func (c *Connection) explain(rec *record, err error) *Error {
	e := &Error{
		Origin:     c.origin.String(),
		Connection: c.id,
		After:      exchange.Now() - rec.began,
		Err:        err,
	}
	var f *exchange.Failure
	if !errors.As(err, &f) {
		return e
	}
	if !f.Untouched {
		c.because(endings[f.Guilt])
	}
	e.beforeAnswer = f.BeforeAnswer
	e.Phase, e.Progress, e.Err = phases[f.Phase], Progress(f.Progress), f.Err
	switch f.Guilt {
	case exchange.Peer:
		e.Kind = ErrConnect
		if c.State() == Closed {
			e.Kind, e.Err = ErrClosed, errors.New(c.whyClosed())
		}
	case exchange.Protocol:
		e.Kind = ErrProtocol
		if errors.Is(f.Err, h1.ErrTooLarge) {
			e.Err = fmt.Errorf("%w: %w", ErrTooLarge, f.Err)
		}
	case exchange.Timeout:
		e.Kind = ErrTimeout
	case exchange.Context:
		if errors.Is(f.Err, context.DeadlineExceeded) {
			e.Kind = ErrTimeout
		}
	case exchange.Content:
		e.Err = fmt.Errorf("content of the request: %w", f.Err)
	}
	return e
}

// endings say why a connection is closed after a failure.
var endings = [...]string{
	exchange.Peer:     "the peer closed it",
	exchange.Protocol: "protocol error",
	exchange.Timeout:  "timeout",
	exchange.Context:  "context ended",
	exchange.Content:  "content of a request failed",
	exchange.Caller:   "request could not be written",
}

// phases are the exchange's, as the callers know them.
var phases = [...]Phase{
	exchange.Rest:      PhaseDone,
	exchange.Write:     PhaseWrite,
	exchange.FirstByte: PhaseFirstByte,
	exchange.Head:      PhaseHead,
	exchange.Body:      PhaseBody,
}

// isExchangeFailure tells a failure of the exchange from one of a writer that
// the body was copied to.
func isExchangeFailure(err error) bool {
	var f *exchange.Failure
	return errors.As(err, &f)
}

// switched makes the response that changed protocols: its Body is the stream,
// and the lease ends when that is closed.
func (c *Connection) switched(req *Request, res *Response) *Error {
	rec := &res.exchange
	up := &upgraded{protocol: switchedTo(req, res), target: redact.URL(req.URL)}
	if req.method() == "CONNECT" {
		up.target = authorityURL(c.target(req))
	}
	if err := checkSwitch(req, res); err != nil {
		c.x.End()
		return c.failed(rec, req, err)
	}
	s, err := c.x.Switch()
	if err != nil {
		return c.failed(rec, req, err)
	}
	rec.finished = exchange.Now()
	c.request.Store(nil)
	c.upgrade.Store(up)
	c.setState(Upgraded, rec.finished)
	c.owner.isUpgrading(c)
	c.tell(req, rec, Event{Kind: EventUpgraded, Status: res.StatusCode, Reason: up.protocol})
	s.OnClose(func() { c.owner.giveBack(c, exchange.SwitchedAway) })
	res.body.state.Store(bodyNone)
	res.Body = s
	return nil
}

// checkSwitch refuses a 101 to a protocol that was not asked for (RFC 9110
// section 7.8). A peer that does not name one means the first that was.
func checkSwitch(req *Request, res *Response) error {
	if req.method() == "CONNECT" {
		return nil
	}
	got := strings.TrimSpace(res.Headers.Get("Upgrade"))
	if got == "" {
		return nil
	}
	for _, list := range req.Headers.Values("Upgrade") {
		for asked := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(asked), got) {
				return nil
			}
		}
	}
	return &exchange.Failure{
		Guilt: exchange.Protocol, Phase: exchange.Head, Progress: exchange.Answered,
		Err: fmt.Errorf("101 to the protocol %q, but %q was asked for", got, req.Headers.Get("Upgrade")),
	}
}

// switchedTo is the name of the protocol in capitals.
func switchedTo(req *Request, res *Response) string {
	if req.method() == "CONNECT" {
		return "CONNECT"
	}
	name := res.Headers.Get("Upgrade")
	if name == "" {
		name = req.Headers.Get("Upgrade")
	}
	name, _, _ = strings.Cut(name, ",")
	return strings.ToUpper(strings.TrimSpace(name))
}
