package nethttp

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"

	"github.com/gohttpx/httpx"
)

// A tracer calls the hooks of one request. Those of DNS and of connecting are
// net's own: a dial has the values of its first caller's context.
type tracer struct {
	hooks *httptrace.ClientTrace
	trip  *trip

	mu      sync.Mutex // guards all below; no hook is called under it
	attempt attempt
}

// attempt is what was told of one try to send the request.
type attempt struct {
	headersSent, bodyClosed, wrote, answered bool

	bodyErr error
}

// watch has the hooks called, if the request's context has any.
func (x *trip) watch() {
	hooks := httptrace.ContextClientTrace(x.ctx)
	if hooks == nil {
		return
	}
	t := &tracer{hooks: hooks, trip: x}
	x.content.tracer = t
	x.req.OnEvent = t.event
	if hooks.Got1xxResponse != nil || hooks.Got100Continue != nil {
		x.req.OnInterim = t.interim
	}
	t.getConn()
}

func (t *tracer) getConn() {
	if t.hooks.GetConn != nil {
		t.hooks.GetConn(hostPort(t.trip.in.URL.Host, t.trip.in.URL.Scheme))
	}
}

// event is httpx.Request.OnEvent: the events of the request, on its own
// goroutine, and those of the dial that was made for it, on the dial's.
func (t *tracer) event(e httpx.Event) {
	switch e.Kind {
	case httpx.EventConnected, httpx.EventTunnelled:
		if startsTLS(e) && t.hooks.TLSHandshakeStart != nil {
			t.hooks.TLSHandshakeStart()
		}
	case httpx.EventTLSDone:
		if t.hooks.TLSHandshakeDone != nil {
			state, _ := e.Conn().TLS()
			t.hooks.TLSHandshakeDone(state, nil)
		}
	case httpx.EventDialFailed:
		if t.hooks.TLSHandshakeDone != nil && phaseOf(e.Err) == httpx.PhaseTLS {
			t.hooks.TLSHandshakeDone(tls.ConnectionState{}, e.Err)
		}
	case httpx.EventAssigned:
		t.gotConn(e)
	case httpx.EventRequestSent:
		t.requestSent()
	case httpx.EventFirstByte:
		t.firstByte()
	case httpx.EventReturned:
		if t.hooks.PutIdleConn != nil {
			t.hooks.PutIdleConn(nil)
		}
	case httpx.EventReplayed:
		t.failed(e.Err)
		t.getConn()
	case httpx.EventFailed:
		t.failed(e.Err)
	}
}

func (t *tracer) gotConn(e httpx.Event) {
	t.mu.Lock()
	t.attempt = attempt{}
	t.mu.Unlock()
	if t.hooks.GotConn != nil {
		t.hooks.GotConn(httptrace.GotConnInfo{
			Conn: seen{e.Conn()}, Reused: e.Reused, WasIdle: e.Reused, IdleTime: e.Idle,
		})
	}
}

// requestSent is told when the request has gone, or its head where the body goes
// beside the response; for a replay it is told again.
func (t *tracer) requestSent() {
	x := t.trip
	t.mu.Lock()
	again := t.attempt.headersSent
	t.attempt.headersSent = true
	t.mu.Unlock()
	if again {
		return
	}
	if hook := t.hooks.WroteHeaderField; hook != nil {
		for _, f := range x.req.Headers {
			hook(f[0], []string{f[1]})
		}
	}
	if t.hooks.WroteHeaders != nil {
		t.hooks.WroteHeaders()
	}
	if t.hooks.Wait100Continue != nil && x.req.Content != nil && hasToken(x.in.Header["Expect"], "100-continue") {
		t.hooks.Wait100Continue()
	}
	t.wroteIfDone()
}

// bodyClosed is told when the body of the request was read as far as it will be.
func (t *tracer) bodyClosed(err error) {
	t.mu.Lock()
	t.attempt.bodyClosed = true
	t.attempt.bodyErr = err
	t.mu.Unlock()
	t.wroteIfDone()
}

// wroteIfDone tells that head and body have gone, once both have.
func (t *tracer) wroteIfDone() {
	t.mu.Lock()
	done := t.attempt.headersSent && (t.attempt.bodyClosed || t.trip.req.Content != httpx.Content(&t.trip.content))
	err := t.attempt.bodyErr
	t.mu.Unlock()
	if done {
		t.wrote(err)
	}
}

// failed is told that the attempt ended with err, which counts for the writing
// where that was not done.
func (t *tracer) failed(err error) {
	if phase := phaseOf(err); phase == httpx.PhaseWrite {
		t.wrote(err)
	}
}

// wrote tells how the writing of the request ended, once an attempt.
func (t *tracer) wrote(err error) {
	t.mu.Lock()
	again := t.attempt.wrote
	t.attempt.wrote = true
	t.mu.Unlock()
	if !again && t.hooks.WroteRequest != nil {
		if err == io.EOF {
			err = nil
		}
		t.hooks.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

// firstByte tells of the first byte of a response, an interim one too.
func (t *tracer) firstByte() {
	t.mu.Lock()
	again := t.attempt.answered
	t.attempt.answered = true
	t.mu.Unlock()
	if !again && t.hooks.GotFirstResponseByte != nil {
		t.hooks.GotFirstResponseByte()
	}
}

// interim is httpx.Request.OnInterim. The error of the hook ends the request.
func (t *tracer) interim(status int, h httpx.Headers) {
	if status == 100 && t.hooks.Got100Continue != nil {
		t.hooks.Got100Continue()
	}
	if t.hooks.Got1xxResponse == nil {
		return
	}
	fields, _ := header(h, make([]string, len(h)))
	if err := t.hooks.Got1xxResponse(status, textproto.MIMEHeader(fields)); err != nil {
		t.trip.cancel(err)
	}
}

// startsTLS reports whether the handshake with the origin comes next.
func startsTLS(e httpx.Event) bool {
	isDirect := len(e.Route) == 0
	return strings.HasPrefix(e.Origin, "https://") && isDirect == (e.Kind == httpx.EventConnected)
}

func phaseOf(err error) httpx.Phase {
	var e *httpx.Error
	if errors.As(err, &e) {
		return e.Phase
	}
	return httpx.PhaseQueue
}

func hostPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if scheme == "https" {
		return net.JoinHostPort(host, "443")
	}
	return net.JoinHostPort(host, "80")
}
