package nethttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"time"

	"github.com/gohttpx/httpx"
)

// A crossing is one request of httpx that goes through a RoundTripper, and how
// far it got there, as far as the hooks tell.
type crossing struct {
	req   *httpx.Request
	ctx   context.Context
	began time.Time
	feed  *io.PipeWriter // into a tunnel; nil where none was asked for

	mu       sync.Mutex // guards all below; the hooks are called by anybody
	isTold   bool       // a hook was called: what follows can be trusted
	phase    httpx.Phase
	progress httpx.Progress
	conn     net.Conn
}

// hooks note how far the request got, and pass interim responses on.
func (c *crossing) hooks() *httptrace.ClientTrace {
	hooks := &httptrace.ClientTrace{
		GetConn:           func(string) { c.reach(httpx.PhaseQueue, httpx.NotSent) },
		DNSStart:          func(httptrace.DNSStartInfo) { c.reach(httpx.PhaseResolve, httpx.NotSent) },
		ConnectStart:      func(string, string) { c.reach(httpx.PhaseConnect, httpx.NotSent) },
		TLSHandshakeStart: func() { c.reach(httpx.PhaseTLS, httpx.NotSent) },
		GotConn: func(i httptrace.GotConnInfo) {
			c.reach(httpx.PhaseWrite, httpx.PartlySent) // it may be, from here on
			c.mu.Lock()
			c.conn = i.Conn
			c.mu.Unlock()
		},
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				c.reach(httpx.PhaseFirstByte, httpx.Sent)
			}
		},
		GotFirstResponseByte: func() { c.reach(httpx.PhaseHead, httpx.Answered) },
	}
	if c.req.OnInterim != nil {
		hooks.Got1xxResponse = func(status int, h textproto.MIMEHeader) error {
			c.req.OnInterim(status, fields(http.Header(h)))
			return nil
		}
	}
	return hooks
}

// reach notes a phase, and a progress, which never goes back: of an attempt that
// came to nothing the peer may have seen something.
func (c *crossing) reach(phase httpx.Phase, progress httpx.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isTold = true
	if progress < httpx.PartlySent || phase > c.phase {
		c.phase = phase
	}
	c.progress = max(c.progress, progress)
}

// explain makes an httpx.Error of what RoundTrip or a Read returned.
func (c *crossing) explain(err error) error {
	c.mu.Lock()
	phase, progress := c.phase, c.progress
	if !c.isTold {
		phase, progress = httpx.PhaseWrite, httpx.Sent
	}
	c.mu.Unlock()
	return &httpx.Error{
		Kind:     c.kind(err, phase),
		Phase:    phase,
		Origin:   c.origin(),
		Progress: progress,
		After:    time.Since(c.began),
		Err:      c.cause(err),
	}
}

// kind says what kind of failure err is, by itself and by the phase in which it
// came; nil where neither tells.
func (c *crossing) kind(err error, phase httpx.Phase) error {
	var timeout, broken net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return httpx.ErrTimeout
	case errors.Is(err, httpx.ErrClosed):
		return httpx.ErrClosed
	case phase == httpx.PhaseTLS, errors.As(err, &certificate):
		return httpx.ErrTLS
	case errors.Is(err, io.ErrUnexpectedEOF):
		return httpx.ErrProtocol
	case phase == httpx.PhaseResolve, phase == httpx.PhaseConnect, errors.As(err, &broken), errors.Is(err, io.EOF):
		return httpx.ErrConnect
	case phase >= httpx.PhaseHead:
		return httpx.ErrProtocol
	}
	return nil
}

// cause is err, with the error of the context where that has ended for a reason
// of its own, which net/http gives alone.
func (c *crossing) cause(err error) error {
	ended := c.ctx.Err()
	if ended == nil || errors.Is(err, ended) || !errors.Is(err, context.Cause(c.ctx)) {
		return err
	}
	return fmt.Errorf("%w: %w", ended, err)
}

// origin is where the request went, without whatever else the URL says.
func (c *crossing) origin() string {
	return strings.ToLower(c.req.URL.Scheme + "://" + c.req.URL.Host)
}

// hangUp ends what was to be fed into a tunnel.
func (c *crossing) hangUp() {
	if c.feed != nil {
		c.feed.Close()
	}
}
