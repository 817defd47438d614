package assign

import "time"

// nextLook returns the idle connection whose look is due next, or nil where
// none is: nothing idles, no probes are wanted, or enough are under way.
func (m *Machine[K]) nextLook() *Conn[K] {
	if m.limits.ProbeEvery <= 0 || m.limits.ProbeEvery == Forever || int(m.probing) >= m.limits.ProbeBatch {
		return nil
	}
	return m.looks.first()
}

// ProbeBatch appends the idle connections that nobody looked at for
// Limits.ProbeEvery, the oldest look first, so many that at most
// Limits.ProbeBatch are being probed. Each counts as idle still and keeps its
// place, but is neither taken nor evicted until [Machine.Probed]; it may be
// closed meanwhile, by an expiry, CloseIdle or Shut.
func (m *Machine[K]) ProbeBatch(now time.Duration, dst []*Conn[K]) []*Conn[K] {
	now = m.monotonic(now)
	for c := m.nextLook(); c != nil && after(c.looked, m.limits.ProbeEvery) <= now; c = m.nextLook() {
		m.looks.remove(&c.inLooks)
		c.isProbing = true
		m.probing++
		dst = append(dst, c)
	}
	return dst
}

// Probed says what the look at c found. A dead one is closed, for the reason
// why; one that lives is available again, to those who wait first. Nothing
// happens where c has left meanwhile.
func (m *Machine[K]) Probed(now time.Duration, c *Conn[K], alive bool, why Reason, acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	if c.HasLeft() {
		return acts
	}
	if !c.isProbing {
		panic("assign: Probed of a connection that is not being probed")
	}
	if !alive {
		return m.end(now, c, why, acts)
	}
	if c.expires <= now {
		return m.end(now, c, c.expireRule, acts)
	}
	c.isProbing = false
	m.probing--
	c.looked = now
	m.looks.pushBack(&c.inLooks, c)
	acts, _ = m.hand(now, c, acts)
	return acts
}
