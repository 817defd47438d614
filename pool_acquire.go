package httpx

import (
	"context"
	"errors"
	"fmt"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

// A waiter is one caller in the queue. It is kept in the pool's own list when
// it is not used: its channel belongs to the pool.
type waiter struct {
	place  assign.Waiter[poolKey]
	served chan grant // gets one grant a wait, unless the waiter left before

	// For a dial on behalf of this caller.
	ctx    context.Context // its values
	req    *Request        // its timeouts
	number uint64          // of the request, for its events; 0 while nobody asked
}

// A grant is what a wait ends with: a connection that is leased to the waiter,
// or an error.
type grant struct {
	conn      *Connection
	isDialled bool
	err       error
}

// acquire leases a connection to the caller: an idle one, or a new one, or the
// next that becomes free; with fresh, a new one if that is possible. It notes in
// rec how it went.
func (p *ConnectionPool) acquire(ctx context.Context, key poolKey, req *Request, rec *record, fresh bool) (*Connection, error) {
	rec.isFresh, rec.dead = fresh, nil
	for now := rec.began; ; now = exchange.Now() {
		var c *Connection
		var w *waiter
		var space [4]action
		acts := space[:0]

		p.mu.Lock()
		if !fresh {
			var taken *connRecord
			if taken, acts = p.machine.Take(now, key, acts); taken != nil {
				c = taken.Owner.(*Connection)
				p.totals.leased(c)
			}
		}
		if c == nil {
			// What could not be sent is not worth a dial, or a wait.
			if err := req.check(); err != nil {
				p.unlock(acts)
				return nil, err
			}
			w = p.newWaiter(ctx, req, rec)
			p.totals.waited++
			if fresh {
				acts = p.machine.WaitFresh(now, key, &w.place, acts)
			} else {
				acts = p.machine.Wait(now, key, &w.place, acts)
			}
			rec.busy = int32(w.place.Open())
		}
		done := p.seal(acts)
		if c == nil {
			p.tellWait(key, req, rec, Event{Kind: EventQueued}) // before its dial can be told of
		}
		p.carryOut(acts, done)

		var isDialled bool
		if c == nil {
			g, err := p.await(ctx, w)
			if err != nil {
				err = waitFailed(key.origin, rec, err)
				p.tellWait(key, req, rec, Event{Kind: EventFailed, Err: err})
				return nil, err
			}
			c, isDialled = g.conn, g.isDialled
			now = exchange.Now()
		}
		isOpen := c.setState(Active, now)
		if isOpen && (isDialled || c.isGood(now)) {
			rec.onConnection(c, now, isDialled)
			return c, nil
		}
		rec.dead = c
		p.giveBack(c, exchange.Failed) // for the reason that isGood found
	}
}

// isWatched reports whether anybody wants the events of the request.
func (p *ConnectionPool) isWatched(req *Request) bool {
	return req.OnEvent != nil || p.events.isWatched()
}

// tellWait tells of a request that has no connection.
func (p *ConnectionPool) tellWait(key poolKey, req *Request, rec *record, e Event) {
	if p.isWatched(req) {
		e.Origin, e.Route = key.origin.String(), key.route.list()
		p.events.tell(req, rec, e)
	}
}

// newWaiter takes one from the list. The lock is held.
func (p *ConnectionPool) newWaiter(ctx context.Context, req *Request, rec *record) *waiter {
	var w *waiter
	if n := len(p.spare); n > 0 {
		w = p.spare[n-1]
		p.spare = p.spare[:n-1]
	} else {
		w = &waiter{served: make(chan grant, 1)}
		w.place.Owner = w
	}
	w.ctx, w.req, w.number = ctx, req, 0
	if p.isWatched(req) {
		w.number = rec.number()
	}
	return w
}

// maxSpare bounds the waiters that are kept.
const maxSpare = 1024

// await waits for the grant, or for the end of ctx.
func (p *ConnectionPool) await(ctx context.Context, w *waiter) (grant, error) {
	done := ctx.Done()
	if done == nil {
		g := <-w.served
		p.recycle(w)
		return g, g.err
	}
	var g grant
	select {
	case g = <-w.served:
	case <-done:
		p.mu.Lock()
		held := p.machine.Held(&w.place)
		left := p.machine.Leave(&w.place)
		p.mu.Unlock()
		err := contextError(ctx)
		if left {
			err = fmt.Errorf("%w, held by %s", err, p.limitWords(held))
		} else {
			g = <-w.served // it came together with the end of ctx
		}
		if g.conn != nil {
			p.giveBack(g.conn, exchange.Reusable)
		}
		g = grant{err: err}
	}
	p.recycle(w)
	return g, g.err
}

// recycle puts a waiter back into the list.
func (p *ConnectionPool) recycle(w *waiter) {
	w.ctx, w.req = nil, nil
	p.mu.Lock()
	if len(p.spare) < maxSpare {
		p.spare = append(p.spare, w)
	}
	p.mu.Unlock()
}

// contextError is the error of a context that has ended, with its cause.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != nil && cause != err {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// waitError says why a wait ended without a connection.
func (p *ConnectionPool) waitError(a *action) error {
	switch a.Why {
	case assign.DialFailed:
		c := a.Conn.Owner.(*Connection)
		return c.dialError
	case assign.QueueFull:
		return &Error{Kind: ErrPoolFull, Phase: PhaseQueue, Err: fmt.Errorf("%d callers wait already, held by %s", p.options.MaxWaiting, p.limitWords(a.Held))}
	case assign.AcquireTimeout:
		return &Error{Kind: ErrTimeout, Phase: PhaseQueue, Err: fmt.Errorf("no connection within %v, held by %s", p.options.AcquireTimeout, p.limitWords(a.Held))}
	case assign.Shut:
		return &Error{Kind: ErrPoolClosed, Phase: PhaseQueue}
	}
	return &Error{Kind: ErrClosed, Phase: PhaseQueue, Err: fmt.Errorf("%s", a.Why)}
}

// limitWords names a limit as the options do. Where both are one, as by default,
// it is that of all connections.
func (p *ConnectionPool) limitWords(h assign.Held) string {
	if h == assign.HeldByKeyLimit && p.options.MaxConnectionsPerOrigin == p.options.MaxConnections {
		h = assign.HeldByTotal
	}
	switch h {
	case assign.HeldByTotal:
		return fmt.Sprintf("MaxConnections %d", p.options.MaxConnections)
	case assign.HeldByKeyLimit:
		return fmt.Sprintf("MaxConnectionsPerOrigin %d", p.options.MaxConnectionsPerOrigin)
	}
	return h.String()
}

// waitFailed completes what ended a wait: origin, time and record.
func waitFailed(o origin, rec *record, err error) error {
	var full Error
	if e, ok := err.(*Error); ok {
		full = *e // the same error of a dial may not be shared by two callers
	} else {
		full = Error{Phase: PhaseQueue, Err: err}
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			full.Kind = ErrTimeout
		case errors.Is(err, ErrClosed):
			full.Kind = ErrClosed
		}
	}
	full.Origin = o.String()
	rec.finished = exchange.Now()
	full.After = rec.finished - rec.began
	full.exchange = rec.export()
	return &full
}
