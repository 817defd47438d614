package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// dialTimes is what each phase of a dial took.
type dialTimes struct{ resolve, connect, proxy, tls time.Duration }

// dialFault is a dial that failed, and in which phase.
type dialFault struct {
	phase Phase
	kind  error
	err   error
}

func (f *dialFault) Error() string { return f.err.Error() }
func (f *dialFault) Unwrap() error { return f.err }

// dial opens the stream: connects to the first hop, or the origin, walks the
// route, and starts TLS. ctx ends every phase; plain is the context of the
// connecting itself, which a pool bounds by a deadline only.
func (c *Connection) dial(ctx, plain context.Context, timeouts Timeouts, config *tls.Config) error {
	c.tellDial(Event{Kind: EventDialStarted})
	s, err := c.reach(ctx, plain, timeouts)
	if err != nil {
		return err
	}
	if c.origin.isSecure() {
		began := exchange.Now()
		if err := startTLS(ctx, s, timeouts.TLS, config); err != nil {
			s.Close()
			return c.unreadFault(err)
		}
		c.dialled.tls = exchange.Now() - began
		c.tellDial(Event{Kind: EventTLSDone, Duration: c.dialled.tls})
		if state, ok := s.TLS(); ok {
			c.security.Store(securityOf(state))
		}
	}
	c.x.Init(s, c.config.limits)
	c.x.Join(c.config.crowd)
	c.x.Tell((*contextual)(c))
	return nil
}

// maxWalks is how often a route is begun: a proxy may close the connection with
// each challenge that it answers a walk with.
const maxWalks = 3

// reach opens a stream to the origin, along the route.
func (c *Connection) reach(ctx, plain context.Context, timeouts Timeouts) (*network.Stream, error) {
	for walks := 1; ; walks++ {
		began := exchange.Now()
		conn, err := c.connect(ctx, plain, timeouts)
		if err != nil {
			return nil, err
		}
		s := network.NewStream(conn)
		c.stream.Store(s)
		if c.State() == Closed {
			s.Close()
			return nil, &dialFault{PhaseConnect, ErrClosed, errors.New(c.whyClosed())}
		}
		c.dialled.connect = exchange.Now() - began - c.dialled.resolve
		c.tellDial(Event{Kind: EventConnected, Duration: c.dialled.connect})
		if c.route == nil {
			return s, nil
		}
		began = exchange.Now()
		err = c.walk(ctx, s)
		c.dialled.proxy += exchange.Now() - began
		if err == nil {
			c.tellDial(Event{Kind: EventTunnelled, Duration: c.dialled.proxy})
			return s, nil
		}
		s.Close()
		if walks == maxWalks || !c.route.walker.Again(errors.Unwrap(err)) {
			return nil, err
		}
	}
}

// tellDial tells of the dial to those who observe, and to the request that it
// was started for.
func (c *Connection) tellDial(e Event) {
	e.Request = c.dialNumber
	c.tell(c.dialRequest, nil, e)
}

// connect opens the bytes beneath, by the two phases of a backend that has
// them.
func (c *Connection) connect(ctx, plain context.Context, timeouts Timeouts) (net.Conn, error) {
	host, port := c.firstHop()
	phased, ok := c.config.backend.(network.Phased)
	if !ok {
		limit := sum(timeouts.Resolve, timeouts.Connect)
		plain, cancel := bounded(plain, limit)
		defer cancel()
		conn, err := c.config.backend.DialContext(plain, "tcp", net.JoinHostPort(host, port))
		return conn, connectFault(ctx, PhaseConnect, limit, err)
	}
	ip, err := netip.ParseAddr(host)
	ips := []netip.Addr{ip}
	if err != nil {
		began := exchange.Now()
		resolving, cancel := bounded(ctx, timeouts.Resolve)
		ips, err = phased.Resolve(resolving, "tcp", host)
		cancel()
		c.dialled.resolve = exchange.Now() - began
		if err != nil {
			return nil, connectFault(ctx, PhaseResolve, timeouts.Resolve, err)
		}
		c.tellDial(Event{Kind: EventResolved, Duration: c.dialled.resolve})
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &dialFault{PhaseResolve, ErrConnect, fmt.Errorf("port %q of %s", port, host)}
	}
	addresses := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addresses[i] = netip.AddrPortFrom(ip, uint16(number))
	}
	plain, cancel := bounded(plain, timeouts.Connect)
	defer cancel()
	conn, err := phased.DialAddresses(plain, "tcp", addresses)
	return conn, connectFault(ctx, PhaseConnect, timeouts.Connect, err)
}

// firstHop is where the connection goes to.
func (c *Connection) firstHop() (host, port string) {
	if c.route == nil {
		return c.origin.split()
	}
	return c.route.proxies[0].split()
}

// startTLS runs a handshake within its time.
func startTLS(ctx context.Context, s *network.Stream, limit time.Duration, config *tls.Config) error {
	bound, cancel := bounded(ctx, limit)
	defer cancel()
	err := s.StartTLS(bound, config)
	switch {
	case err == nil:
		return checkProtocol(s)
	case hasEnded(ctx):
		return contextFault(ctx, PhaseTLS)
	case isTimeout(err) && limit > 0:
		return &dialFault{PhaseTLS, ErrTimeout, fmt.Errorf("no TLS within %v: %w", limit, err)}
	}
	return &dialFault{PhaseTLS, ErrTLS, err}
}

// connectFault says what kind of failure err is; nil stays nil. ctx is that of
// the whole dial, limit that of the phase.
func connectFault(ctx context.Context, phase Phase, limit time.Duration, err error) error {
	switch {
	case err == nil:
		return nil
	case hasEnded(ctx):
		return contextFault(ctx, phase)
	case isTimeout(err) && limit > 0:
		what := "connection"
		if phase == PhaseResolve {
			what = "address"
		}
		return &dialFault{phase, ErrTimeout, fmt.Errorf("no %s within %v: %w", what, limit, err)}
	case isTimeout(err):
		return &dialFault{phase, ErrTimeout, err}
	}
	return &dialFault{phase, ErrConnect, err}
}

// hasEnded reports whether ctx has ended, or is late in saying so: who dials
// looks at its deadline by a clock of his own.
func hasEnded(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// contextFault is the end of a dial by its context.
func contextFault(ctx context.Context, phase Phase) error {
	switch {
	case ctx.Err() == nil:
		return &dialFault{phase, ErrTimeout, context.DeadlineExceeded}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &dialFault{phase, ErrTimeout, contextError(ctx)}
	}
	return &dialFault{phase, nil, contextError(ctx)}
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &ne) && ne.Timeout()
}

// failedDial is the Error of a dial that failed.
func (c *Connection) failedDial(err error, began time.Duration) *Error {
	e := &Error{Phase: PhaseConnect, Kind: ErrConnect, Origin: c.origin.String(), Connection: c.id, Err: err}
	var f *dialFault
	if errors.As(err, &f) {
		e.Phase, e.Kind, e.Err = f.phase, f.kind, f.err
	}
	e.After = exchange.Now() - began
	return e
}

// bounded bounds a context by a timeout; less than one is none. A context that
// is bound by a deadline alone stays so, which costs a dial nine allocations
// less.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return ctx, func() {}
	}
	if d, ok := ctx.(*deadlineContext); ok {
		d.deadline = time.Now().Add(limit)
		return d, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// A deadlineContext has the values of another context, a deadline of its own,
// and no Done channel: a dial under it does not end with its first caller.
type deadlineContext struct {
	values   context.Context
	deadline time.Time // zero: none
}

func (c *deadlineContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }
func (c *deadlineContext) Done() <-chan struct{}       { return nil }
func (c *deadlineContext) Value(key any) any           { return c.values.Value(key) }

func (c *deadlineContext) Err() error {
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// A valueContext ends with one context and has the values of another.
type valueContext struct {
	context.Context
	values context.Context
}

func (c valueContext) Value(key any) any { return c.values.Value(key) }

// sum adds timeouts; one that is none makes all of it none.
func sum(limits ...time.Duration) (total time.Duration) {
	for _, d := range limits {
		if d <= 0 {
			return None
		}
		total += d
	}
	return total
}
