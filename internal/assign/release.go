package assign

import "time"

// Release ends one lease on c. The connection goes to the oldest waiter of its
// key, or is closed for an older one of another key, or idles: for keep at most,
// and Limits.IdleTimeout and what is left of its age. With keep <= 0 it is not
// reusable and is closed, for the reason why, once no other lease is on it.
//
// Every lease ends once. A release of a connection that has none is the owner's
// bug, and so is one after Closed: Release panics. See [Conn.HasLeft].
func (m *Machine[K]) Release(now time.Duration, c *Conn[K], keep time.Duration, why Reason, acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	if c.leases == 0 {
		panic("assign: Release of a connection without a lease, which is " + c.state.String())
	}
	c.leases--
	c.wasLeased = true
	switch {
	case keep <= 0 && why == None:
		m.retire(c, NotReusable)
	case keep <= 0:
		m.retire(c, why)
	case c.tooOld <= now:
		m.retire(c, TooOld)
	}
	if c.retired != None {
		if c.leases > 0 {
			return acts
		}
		return m.end(now, c, c.retired, acts)
	}
	acts, wanted := m.hand(now, c, acts)
	if wanted {
		return acts
	}
	return m.idle(now, c, keep, acts)
}

// hand gives what the connection has room for to those who wait. False: nobody
// wants it and it has no lease.
func (m *Machine[K]) hand(now time.Duration, c *Conn[K], acts []Action[K]) ([]Action[K], bool) {
	g := c.group
	for c.hasRoom() {
		w := g.firstFor(c)
		if w == nil {
			break
		}
		if !w.takes(c) {
			return m.end(now, c, Suspected, acts), true // its slot will do
		}
		if m.mustYield(g, w.ticket) {
			if c.leases == 0 {
				return m.end(now, c, GivenAway, acts), true
			}
			if m.yielding == 0 {
				m.retire(c, GivenAway) // the slot follows when its other leases end
				return acts, true
			}
		}
		acts = m.serve(now, c, w, acts)
	}
	switch {
	case c.leases > 0:
		if c.hasRoom() && !c.inStack.isLinked() {
			g.stack.pushFront(&c.inStack, c)
		}
		return acts, true
	case !m.blocked.isEmpty():
		return m.end(now, c, Evicted, acts), true
	}
	return acts, false
}

// firstFor returns the oldest waiter that c, or else its slot, is for. Those that
// want a new connection, and have a dial under way, wait for that.
func (g *group[K]) firstFor(c *Conn[K]) *Waiter[K] {
	w := g.queue.first()
	for w != nil && !w.takes(c) && w.isCovered {
		w = w.inQueue.after()
	}
	return w
}

// takes reports whether the connection will do.
func (w *Waiter[K]) takes(c *Conn[K]) bool { return !w.wantsNew || !c.wasLeased || c.leases > 0 }

// Closed says that c is gone, whatever it was doing: the peer closed it, or the
// owner did. Its leases end with it; no Close action comes for it. The waiter of
// a dial under way waits on. Nothing happens where c has left.
func (m *Machine[K]) Closed(now time.Duration, c *Conn[K], acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	if c.HasLeft() {
		return acts
	}
	m.detach(c)
	return m.settle(now, acts)
}

// Upgraded says that the one lease on c became an upgraded stream: there is
// nothing to release any more, and c counts as upgraded until Closed.
func (m *Machine[K]) Upgraded(now time.Duration, c *Conn[K]) {
	now = m.monotonic(now)
	switch {
	case c.leases == 0:
		panic("assign: Upgraded of a connection without a lease, which is " + c.state.String())
	case c.capacity > 1:
		panic("assign: Upgraded of a connection that is shared")
	}
	c.leases = 0
	m.move(now, c, Upgraded)
}
