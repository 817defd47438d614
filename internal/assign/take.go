package assign

import "time"

// Take leases an available connection of the key, the most recently used first,
// and returns nil when there is none: then [Machine.Wait] is next, under the
// same lock. Expired connections that it comes across are closed.
func (m *Machine[K]) Take(now time.Duration, key K, acts []Action[K]) (*Conn[K], []Action[K]) {
	now = m.monotonic(now)
	g := m.byKey[key]
	if g == nil {
		return nil, acts
	}
	c, acts := m.pick(now, g, acts)
	if c != nil {
		m.countOvertake(g, m.tickets+1)
		m.lease(now, c)
	}
	return c, acts
}

// pick returns the connection that a newcomer of the group may have a lease on,
// or nil. It closes expired ones on the way, and the group may be forgotten
// with the last of them. Nobody waits for their slots: with an idle connection
// available there are no blocked groups.
func (m *Machine[K]) pick(now time.Duration, g *group[K], acts []Action[K]) (*Conn[K], []Action[K]) {
	for c := g.stack.first(); c != nil; {
		next := c.inStack.after()
		switch {
		case c.isProbing:
			// At most Limits.ProbeBatch of these are passed.
		case c.state == Idle && c.expires <= now:
			acts = m.drop(c, c.expireRule, acts)
		case c.state == Active && c.tooOld <= now:
			m.retire(c, TooOld)
		case m.yielding == 0 && m.mustYield(g, m.tickets+1):
			m.retire(c, GivenAway) // shared by others, or it would not be here
		default:
			return c, acts
		}
		c = next
	}
	return nil, acts
}

// lease adds one lease to a connection that has room for it.
func (m *Machine[K]) lease(now time.Duration, c *Conn[K]) {
	if c.state == Idle {
		m.leaveIdle(c)
	}
	if c.state != Active {
		m.move(now, c, Active)
	}
	c.leases++
	if c.leases == 1 {
		c.since = now // also where it goes from one caller to the next at once
	}
	if c.leases == c.capacity && c.inStack.isLinked() {
		c.group.stack.remove(&c.inStack)
	}
}
