package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/redact"
)

// A story is what --verbose tells: of the connections, and of what is sent and
// received, with credentials redacted. Its lines begin as curl's do: * for what
// happens, > for what is sent, < for what is received.
type story struct {
	mu      sync.Mutex // guards w: a dial is told from a goroutine of its own
	w       io.Writer
	isEnded bool // a dial may outlive the request, and is not told any more

	pool *httpx.ConnectionPool

	last *httpx.Connection // the one that carried the last request
}

// say tells one thing that happened.
func (s *story) say(format string, args ...any) { s.write("*", fmt.Sprintf(format, args...)) }

// write writes lines with a mark before each. That standard error is gone is no
// reason to stop.
func (s *story) write(mark string, lines ...string) {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(mark+" "+line, " "))
		b.WriteByte('\n')
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isEnded {
		io.WriteString(s.w, b.String())
	}
}

// tell is the middleware that watches: innermost, where each hop goes out.
func (s *story) tell(next httpx.Transport) httpx.Transport {
	s.pool, _ = next.(*httpx.ConnectionPool)
	return httpx.Wrap(next, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
		h := &hop{story: s}
		watched := *req
		h.req = &watched
		watched.OnEvent = h.onEvent
		watched.OnInterim = h.onInterim
		res, err := next.Send(ctx, &watched)
		if err != nil {
			return nil, err
		}
		s.head(res.Proto, res.StatusCode, res.Reason, res.Headers)
		h.isAnswered = true
		return res, nil
	})
}

// head tells the head of a response.
func (s *story) head(proto string, status int, reason string, h httpx.Headers) {
	line := strings.TrimSpace(fmt.Sprintf("%s %d %s", proto, status, reason))
	s.write("<", append(append([]string{line}, fieldLines(h)...), "")...)
}

// end tells what came behind the body, and what is left.
func (s *story) end(res *httpx.Response) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.isEnded = true
	}()
	if res != nil && len(res.Trailers) > 0 {
		s.write("<", fieldLines(res.Trailers)...)
	}
	if s.last == nil {
		return
	}
	if reason := s.last.Snapshot().Reason; reason != "" {
		s.say("%v: %s", s.last, reason)
	} else {
		s.say("%v", s.last)
	}
	s.say("%v", s.pool)
}

// find returns the connection of that number, nil where the pool has it no more.
func (s *story) find(number uint64) *httpx.Connection {
	if s.pool == nil {
		return nil
	}
	for _, c := range s.pool.Connections() {
		if c.Snapshot().ID == number {
			return c
		}
	}
	return nil
}

// A hop is one request of those that redirects may make of one.
type hop struct {
	*story
	req        *httpx.Request
	isAnswered bool // and the head was told
}

func (h *hop) onEvent(e httpx.Event) {
	took := shortDuration(e.Duration)
	switch e.Kind {
	case httpx.EventDialStarted:
		if c := h.find(e.Connection); c != nil {
			h.say("%v", c)
		}
	case httpx.EventResolved:
		h.say("address found in %v", took)
	case httpx.EventConnected:
		if c := h.find(e.Connection); c != nil {
			h.say("connected to %s in %v", c.Snapshot().Remote, took)
		}
	case httpx.EventTunnelled:
		h.say("through %s in %v", strings.Join(e.Route, ", "), took)
	case httpx.EventTLSDone:
		h.say("TLS in %v", took)
	case httpx.EventAssigned:
		h.onAssigned(e)
	case httpx.EventRequestSent:
		h.say("request sent in %v", took)
	case httpx.EventFirstByte:
		h.say("first byte of the response after %v", took)
	case httpx.EventUpgraded:
		h.say("switched to %s", e.Reason)
	case httpx.EventBodyDone:
		if h.isAnswered { // else there was none
			h.say("end of the body after %v", took)
		}
	case httpx.EventReplayed:
		h.say("the connection had ended: the request is sent again on a new one")
	}
}

func (h *hop) onInterim(status int, fields httpx.Headers) {
	h.head("HTTP/1.1", status, "", fields)
}

// onAssigned tells of the connection, and of the request that is written now.
func (h *hop) onAssigned(e httpx.Event) {
	c := h.find(e.Connection)
	if c != nil {
		h.last = c
		snapshot := c.Snapshot()
		if snapshot.TLS != nil {
			h.say("%s", securityLine(snapshot.TLS))
		}
		if e.Reused {
			h.say("%v reused, it has served %d before", c, snapshot.Served)
		} else {
			h.say("%v new", c)
		}
	}
	h.write(">", append(append([]string{h.requestLine(e)}, fieldLines(h.fields(e))...), "")...)
}

func securityLine(s *httpx.TLSSnapshot) string {
	line := s.Version + ", " + s.Cipher
	if s.ALPN != "" {
		line += ", " + s.ALPN
	}
	if s.Resumed {
		line += ", resumed"
	}
	if !s.CertificateEnd.IsZero() {
		line += ", certificate until " + s.CertificateEnd.UTC().Format(time.DateOnly)
	}
	return line
}

// requestLine is the first line as it goes out: to a proxy that reads the
// request itself the target is the whole URL (RFC 9112 section 3.2.2).
func (h *hop) requestLine(e httpx.Event) string {
	target := h.req.Target
	if target == "" {
		target = h.req.URL.RequestURI()
		if n := len(e.Route); n > 0 && h.req.URL.Scheme == "http" && strings.HasPrefix(e.Route[n-1], "http") {
			target = e.Origin + target
		}
	}
	return h.req.Method + " " + target + " HTTP/1.1"
}

// fields are those of the request with what the connection adds.
func (h *hop) fields(e httpx.Event) httpx.Headers {
	_, host, _ := strings.Cut(e.Origin, "://")
	fields := httpx.Headers{{"Host", host}}
	for name, value := range h.req.Headers.All() {
		if strings.EqualFold(name, "Host") {
			fields.Set("Host", value)
		} else {
			fields.Add(name, value)
		}
	}
	content := h.req.Content
	if content == nil {
		return fields
	}
	if kind := content.ContentType(); kind != "" && !fields.Has("Content-Type") {
		fields.Add("Content-Type", kind)
	}
	if size := content.Size(); size >= 0 {
		fields.Set("Content-Length", fmt.Sprint(size))
	} else {
		fields.Add("Transfer-Encoding", "chunked")
	}
	return fields
}

// fieldLines are fields for people.
func fieldLines(h httpx.Headers) []string {
	lines := make([]string, 0, len(h)+1)
	for name, value := range h.All() {
		lines = append(lines, name+": "+redact.Field(name, value))
	}
	return lines
}
