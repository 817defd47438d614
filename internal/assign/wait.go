package assign

import "time"

// Wait asks for a connection of the key on behalf of w. One of these happens at
// once: w is served; a dial is started for it; an idle connection of another
// key is closed and a dial started; w is queued, as a dial under way will do or
// a limit is reached; w fails, with QueueFull or Shut. What becomes of a queued
// w comes with a later call. The waiter must not be waiting: Wait panics.
func (m *Machine[K]) Wait(now time.Duration, key K, w *Waiter[K], acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	if w.IsWaiting() {
		panic("assign: Wait of a waiter that waits already")
	}
	if m.isShut {
		return append(acts, Action[K]{Do: Fail, Waiter: w, Why: Shut})
	}
	w.wantsNew = false
	return m.wait(now, key, w, acts)
}

// wait serves the waiter if that can be, or queues it up.
func (m *Machine[K]) wait(now time.Duration, key K, w *Waiter[K], acts []Action[K]) []Action[K] {
	if g := m.byKey[key]; g != nil {
		var c *Conn[K]
		if c, acts = m.pick(now, g, acts); c != nil {
			m.countOvertake(g, m.tickets+1)
			m.lease(now, c)
			return append(acts, Action[K]{Do: Serve, Conn: c, Waiter: w})
		}
	}
	return m.queueUp(now, key, w, acts)
}

// queueUp puts the waiter at the end of its key's queue, unless that is full,
// and dials for it if the limits allow.
func (m *Machine[K]) queueUp(now time.Duration, key K, w *Waiter[K], acts []Action[K]) []Action[K] {
	g := m.groupOf(key)
	if int(m.counts[waiting]) >= m.limits.Waiting && !m.canCover(g) {
		held := m.limitOn(g)
		m.forget(g)
		return append(acts, Action[K]{Do: Fail, Waiter: w, Why: QueueFull, Held: held})
	}
	m.tickets++
	w.ticket, w.overtaken = m.tickets, 0
	w.since, w.deadline = now, after(now, m.limits.AcquireTimeout)
	m.enqueue(g, w)
	return m.settle(now, acts)
}

// canCover reports whether a newcomer of the group would have a dial under way
// for it, one that is or a new one, or else a connection that is only being
// looked at: with nothing available, all that idle are.
func (m *Machine[K]) canCover(g *group[K]) bool {
	if g.counts[waiting] < g.counts[Idle] {
		return true
	}
	if g.counts[Connecting] > g.covered {
		return true
	}
	return g.counts.connections() < m.limits.PerKey && (!m.isFull() || m.counts[Idle] > m.probing)
}

// Leave takes w out of the queue: its caller gave up. A dial that was started
// for it goes on. False says that w does not wait: it was served, and the
// caller must give the lease back, or it failed.
func (m *Machine[K]) Leave(w *Waiter[K]) bool {
	g := w.group
	if g == nil {
		return false
	}
	m.dequeue(w)
	m.forget(g)
	return true
}

// serve gives w, which waits for it, a lease on the connection.
func (m *Machine[K]) serve(now time.Duration, c *Conn[K], w *Waiter[K], acts []Action[K]) []Action[K] {
	m.countOvertake(w.group, w.ticket)
	m.dequeue(w)
	m.lease(now, c)
	return append(acts, Action[K]{Do: Serve, Conn: c, Waiter: w})
}

// fail ends the wait of w. The connection, where one is given, is the one whose
// dial failed.
func (m *Machine[K]) fail(w *Waiter[K], c *Conn[K], why Reason, acts []Action[K]) []Action[K] {
	g, held := w.group, m.held(w)
	m.dequeue(w)
	m.forget(g)
	return append(acts, Action[K]{Do: Fail, Conn: c, Waiter: w, Why: why, Held: held})
}

// Held says what holds w back; HeldByNothing where it does not wait.
func (m *Machine[K]) Held(w *Waiter[K]) Held {
	if w.group == nil {
		return HeldByNothing
	}
	return m.held(w)
}

// held says what holds w, which waits.
func (m *Machine[K]) held(w *Waiter[K]) Held {
	if w.isCovered {
		return HeldByDial
	}
	return m.limitOn(w.group)
}

// limitOn says which limit holds a waiter of the group that no dial covers.
func (m *Machine[K]) limitOn(g *group[K]) Held {
	if g.counts.connections() >= m.limits.PerKey {
		return HeldByKeyLimit
	}
	return HeldByTotal
}
