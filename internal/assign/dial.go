package assign

import (
	"math"
	"time"
)

// dial starts a dial for the group, which has a waiter that none covers. There
// must be a slot for it.
func (m *Machine[K]) dial(now time.Duration, g *group[K], acts []Action[K]) []Action[K] {
	w := g.takeUndialled()
	c := &Conn[K]{
		Key:           g.key,
		group:         g,
		state:         Connecting,
		since:         now,
		startedFor:    w,
		startedTicket: w.ticket,
	}
	m.conns.pushBack(&c.inConns, c)
	m.counts[Connecting]++
	g.counts[Connecting]++
	m.cover(g)
	return append(acts, Action[K]{Do: Dial, Conn: c, Waiter: w})
}

// Dialled says that the dial of c ended well. It goes to the oldest waiters of
// its key, whoever they are, or idles. capacity is how many leases it can have
// at once: 1 for HTTP/1.1. maxAge is how long it may take leases from now on,
// this connection's own share of jitter in it; Forever for no limit.
//
// Where c has left, as by Shut, a Close action follows: the new stream is the
// owner's to close.
func (m *Machine[K]) Dialled(now time.Duration, c *Conn[K], capacity int, maxAge time.Duration, acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	switch {
	case c.state == Left && m.isShut:
		return append(acts, Action[K]{Do: Close, Conn: c, Why: Shut})
	case c.state == Left:
		return append(acts, Action[K]{Do: Close, Conn: c, Why: ClosedByOwner})
	case c.state != Connecting:
		panic("assign: Dialled of a connection that is " + c.state.String())
	case capacity < 1:
		panic("assign: Dialled with a capacity of less than 1")
	}
	c.capacity, c.tooOld = int32(min(capacity, math.MaxInt32)), after(now, maxAge)
	c.group.giveBack(c)
	m.move(now, c, Active)
	m.cover(c.group)
	acts, wanted := m.hand(now, c, acts)
	if wanted {
		return acts
	}
	return m.idle(now, c, Forever, acts)
}

// DialFailed says that the dial of c ended badly. The waiter that it was started
// for fails, if it still waits; the slot goes on. Nothing happens where c has
// left, as by Shut.
func (m *Machine[K]) DialFailed(now time.Duration, c *Conn[K], acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	switch c.state {
	case Left:
		return acts
	case Connecting:
	default:
		panic("assign: DialFailed of a connection that is " + c.state.String())
	}
	if w := c.starter(); w != nil {
		acts = m.fail(w, c, DialFailed, acts)
	}
	m.detach(c)
	return m.settle(now, acts)
}
