package assign

import "time"

// idle puts a connection without leases that nobody waits for to rest, and
// closes the least recently used one where there are too many.
func (m *Machine[K]) idle(now time.Duration, c *Conn[K], keep time.Duration, acts []Action[K]) []Action[K] {
	expires, rule := m.expiry(now, c, keep)
	if expires <= now {
		return m.end(now, c, rule, acts)
	}
	m.move(now, c, Idle)
	if c.inStack.isLinked() { // shared, it had room before
		c.group.stack.remove(&c.inStack)
	}
	c.group.stack.pushFront(&c.inStack, c)
	m.lru.pushBack(&c.inLRU, c)
	c.looked = now
	m.looks.pushBack(&c.inLooks, c)
	m.setExpiry(c, expires, rule)
	if int(m.counts[Idle]) > m.limits.Idle {
		return m.end(now, m.leastRecent(), OverIdleLimit, acts)
	}
	return acts
}

// leaveIdle takes an idle connection out of what holds idle ones alone.
func (m *Machine[K]) leaveIdle(c *Conn[K]) {
	m.lru.remove(&c.inLRU)
	if c.isProbing {
		c.isProbing = false
		m.probing--
	} else {
		m.looks.remove(&c.inLooks)
	}
}

// leastRecent returns the available connection that was used least recently, or
// nil. It passes at most Limits.ProbeBatch that are being probed.
func (m *Machine[K]) leastRecent() *Conn[K] {
	if m.counts[Idle] == m.probing {
		return nil
	}
	c := m.lru.first()
	for !c.isAvailable() {
		c = c.inLRU.after()
	}
	return c
}

// CloseIdle closes every idle connection, those being probed among them. O(n).
func (m *Machine[K]) CloseIdle(now time.Duration, acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	for c := m.lru.first(); c != nil; c = m.lru.first() {
		acts = m.drop(c, Flushed, acts)
	}
	return m.settle(now, acts)
}
