package httpx

import (
	"time"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

func (p *ConnectionPool) lends() bool { return false }

// giveBack ends a lease: the machine hands the connection to a waiter, lets it
// idle, or has it closed.
func (p *ConnectionPool) giveBack(c *Connection, reason exchange.Reason) {
	c.leaseOver()
	keep := c.keepIdle()
	why := assign.None
	number := c.returning
	c.returning = 0
	switch {
	case reason == exchange.SwitchedAway:
		p.gone(c, closedByStream)
		return
	case reason != exchange.Reusable:
		keep, why = 0, assign.NotReusable
		c.die(string(reason))
	case !c.setState(Idle, c.idleSince):
		keep, why = 0, assign.ClosedByOwner
	case p.events.isWatched():
		c.tell(nil, nil, Event{Kind: EventReturned, Request: number})
	}
	var space [4]action
	p.mu.Lock()
	if c.record.HasLeft() {
		p.mu.Unlock()
		return
	}
	p.unlock(p.machine.Release(c.idleSince, c.record, keep, why, space[:0]))
}

// keepIdle is how long the connection may idle as far as its peer is concerned.
func (c *Connection) keepIdle() time.Duration {
	learned := c.lesson.keep()
	if isLearned := learned < c.keep; isLearned != c.isLearned.Load() {
		c.isLearned.Store(isLearned)
	}
	return min(c.keep, learned)
}

// gone takes a connection that is closed out of the counts.
func (p *ConnectionPool) gone(c *Connection, reason string) {
	c.die(reason)
	var space [4]action
	p.mu.Lock()
	c.leaseOver()
	if c.record.HasLeft() {
		p.mu.Unlock()
		return
	}
	if c.record.State() != assign.Connecting {
		p.totals.closed(c) // it has its reason
	}
	p.unlock(p.machine.Closed(exchange.Now(), c.record, space[:0]))
	c.tellClosed()
}

// forsaken takes the connection out of the counts, whoever holds it: nobody may
// ever read or close the body, or come back from a Write of it.
func (p *ConnectionPool) forsaken(c *Connection, reason string) { p.gone(c, reason) }

func (p *ConnectionPool) isUpgrading(c *Connection) {
	p.mu.Lock()
	if !c.record.HasLeft() { // closed in this very moment
		p.machine.Upgraded(exchange.Now(), c.record)
	}
	p.mu.Unlock()
}

// closeConnection is Connection.Close: the stream ends now. A lease on it ends
// when its holder finds out; one that is idle or being dialled leaves at once.
func (p *ConnectionPool) closeConnection(c *Connection) error {
	switch c.kill(closedByCaller) {
	case Active, Closed:
	default:
		p.gone(c, closedByCaller)
	}
	return nil
}
