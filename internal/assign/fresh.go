package assign

import "time"

// WaitFresh is [Machine.Wait] for a caller that found an idle connection of its
// key dead, and so wants none that has served before, unless others have leases on
// it now. Where a limit leaves no room for a dial, the least recently used idle
// one is closed for it; where there is none, the next of its key that becomes free.
func (m *Machine[K]) WaitFresh(now time.Duration, key K, w *Waiter[K], acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	if w.IsWaiting() {
		panic("assign: WaitFresh of a waiter that waits already")
	}
	if m.isShut {
		return append(acts, Action[K]{Do: Fail, Waiter: w, Why: Shut})
	}
	w.wantsNew = true
	if g := m.byKey[key]; g != nil && !m.hasRoom(g) {
		c := g.leastRecent()
		if c == nil {
			return m.wait(now, key, w, acts) // one that others share may have room
		}
		acts = m.drop(c, Suspected, acts)
	}
	return m.queueUp(now, key, w, acts)
}

// hasRoom reports whether a dial for a newcomer of the group is under way, or
// could be, without closing anything.
func (m *Machine[K]) hasRoom(g *group[K]) bool {
	return g.counts[Connecting] > g.covered || !m.isFull() && g.counts.connections() < m.limits.PerKey
}

// leastRecent returns the available connection of the group that was used least
// recently, or nil. It passes at most Limits.ProbeBatch that are being probed,
// and those that others share.
func (g *group[K]) leastRecent() *Conn[K] {
	c := g.stack.last()
	for c != nil && !c.isAvailable() {
		c = c.inStack.before()
	}
	return c
}
