package assign

import "time"

// Blocked groups have a waiter that no dial covers and room under the limit of
// their key: only the limit on connections in all holds them. While there is
// one, that limit is reached and no idle connection is available, so that a
// free slot needs no search: it goes to the top.

// isBlocked reports whether only the total limit holds the group.
func (m *Machine[K]) isBlocked(g *group[K]) bool {
	return g.uncovered != nil && g.counts.connections() < m.limits.PerKey
}

// placeBlocked puts the group where it belongs in the heap, or out of it.
func (m *Machine[K]) placeBlocked(g *group[K]) {
	switch is := m.isBlocked(g); {
	case !is && g.blockedAt == 0:
	case !is:
		m.blocked.remove(g.blockedAt)
	case g.blockedAt == 0:
		m.blocked.push(int64(g.uncovered.ticket), g, &g.blockedAt)
	case m.blocked.rank(g.blockedAt) != int64(g.uncovered.ticket):
		m.blocked.update(g.blockedAt, int64(g.uncovered.ticket))
	}
}

// settle dials for blocked groups while there is a free slot, or an idle
// connection to be closed for one.
func (m *Machine[K]) settle(now time.Duration, acts []Action[K]) []Action[K] {
	for !m.blocked.isEmpty() {
		if m.isFull() {
			c := m.leastRecent()
			if c == nil {
				break
			}
			acts = m.drop(c, Evicted, acts)
		}
		acts = m.dial(now, m.blocked.top(), acts)
	}
	return acts
}

// olderBlocked returns the oldest blocked waiter if it is of another group and
// older than the ticket, or nil: whom a lease for that ticket would overtake.
func (m *Machine[K]) olderBlocked(g *group[K], ticket uint64) *Waiter[K] {
	if m.blocked.isEmpty() {
		return nil
	}
	top := m.blocked.top()
	if top == g || top.uncovered.ticket > ticket {
		return nil
	}
	return top.uncovered
}

// mustYield reports whether a lease in the group for that ticket would overtake
// a waiter that was overtaken often enough.
func (m *Machine[K]) mustYield(g *group[K], ticket uint64) bool {
	w := m.olderBlocked(g, ticket)
	return w != nil && w.overtaken >= Overtakes
}

// countOvertake counts a lease in the group for that ticket.
func (m *Machine[K]) countOvertake(g *group[K], ticket uint64) {
	if w := m.olderBlocked(g, ticket); w != nil {
		w.overtaken++
	}
}
