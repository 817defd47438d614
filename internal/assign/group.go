package assign

// group is what the machine knows of one key: it exists while the key has a
// connection or a waiter.
//
// The first waiters of the queue are covered, as many as dials are under way
// for the key: a finished dial goes to the oldest, so the n-th waiter has its
// connection once n dials have ended. The others are what Counts calls Waiting.
//
// A dial is started for the oldest waiter that has none of its own, and its
// failure is that one's alone. Those that never had one are the end of the
// queue; those before whose dial went to an older waiter stand in a heap.
type group[K comparable] struct {
	// What every Take and Release touches stands first, in one cache line.

	stack  list[Conn[K]]   // connections with room for a lease, and idle ones being probed; the last used first
	queue  list[Waiter[K]] // in order of arrival
	counts tally

	covered   int32      // waiters that are covered
	uncovered *Waiter[K] // the first one that is not, or nil

	undialled *Waiter[K]      // the first one that no dial was ever started for, or nil
	returned  heap[Waiter[K]] // those whose dial ended without them, the oldest on top

	key       K
	blockedAt int // its place in the heap of blocked groups, from 1; 0: not there
	inKeys    node[group[K]]
}

// spareGroups is how many groups are kept to be used again, at most.
const spareGroups = 256

// groupOf returns the key's group, a new one where there is none.
func (m *Machine[K]) groupOf(key K) *group[K] {
	if g := m.byKey[key]; g != nil {
		return g
	}
	var g *group[K]
	if n := len(m.spare); n > 0 {
		g, m.spare = m.spare[n-1], m.spare[:n-1]
	} else {
		g = new(group[K])
	}
	g.key = key
	m.byKey[key] = g
	m.keys.pushBack(&g.inKeys, g)
	return g
}

// forget drops the group if nothing is left of it.
func (m *Machine[K]) forget(g *group[K]) {
	if g.counts.connections() > 0 || !g.queue.isEmpty() {
		return
	}
	delete(m.byKey, g.key)
	m.keys.remove(&g.inKeys)
	*g = group[K]{returned: heap[Waiter[K]]{g.returned.entries[:0]}} // empty, with its room
	if len(m.spare) < spareGroups {
		m.spare = append(m.spare, g)
	}
}

// enqueue puts the waiter at the end of the group's queue.
func (m *Machine[K]) enqueue(g *group[K], w *Waiter[K]) {
	w.group = g
	g.queue.pushBack(&w.inQueue, w)
	m.deadlines.pushBack(&w.inDeadlines, w)
	g.counts[waiting]++
	m.counts[waiting]++
	if g.uncovered == nil {
		g.uncovered = w
	}
	if g.undialled == nil {
		g.undialled = w
	}
	m.cover(g)
}

// dequeue takes the waiter out, wherever it stands. The caller forgets the
// group if it may be the last of it.
func (m *Machine[K]) dequeue(w *Waiter[K]) {
	g := w.group
	if w.isCovered {
		g.covered--
	} else {
		g.counts[waiting]--
		m.counts[waiting]--
		if g.uncovered == w {
			g.uncovered = w.inQueue.after()
		}
	}
	if g.undialled == w {
		g.undialled = w.inQueue.after()
	}
	if w.returnedAt != 0 {
		g.returned.remove(w.returnedAt)
	}
	g.queue.remove(&w.inQueue)
	m.deadlines.remove(&w.inDeadlines)
	w.group, w.isCovered = nil, false
	m.cover(g)
}

// takeUndialled returns the oldest waiter of the group without a dial of its
// own, for one to be started. There is one whenever a waiter is not covered:
// fewer dials are under way than callers wait.
func (g *group[K]) takeUndialled() *Waiter[K] {
	if !g.returned.isEmpty() {
		w := g.returned.top()
		g.returned.remove(w.returnedAt)
		return w
	}
	w := g.undialled
	g.undialled = w.inQueue.after()
	return w
}

// giveBack notes that the dial of c has ended: the waiter that it was started
// for, if that still waits, has none of its own any more.
func (g *group[K]) giveBack(c *Conn[K]) {
	if w := c.starter(); w != nil {
		g.returned.push(int64(w.ticket), w, &w.returnedAt)
	}
	c.startedFor = nil
}

// cover makes the first waiters covered that are to be, and the others not,
// after the queue, the dials or the connections of the group changed. One step
// mostly, as events change one of them by one.
func (m *Machine[K]) cover(g *group[K]) {
	for g.covered < g.counts[Connecting] && g.uncovered != nil {
		w := g.uncovered
		w.isCovered = true
		g.covered++
		g.uncovered = w.inQueue.after()
		g.counts[waiting]--
		m.counts[waiting]--
	}
	for g.covered > g.counts[Connecting] {
		w := g.queue.last()
		if g.uncovered != nil {
			w = g.uncovered.inQueue.before()
		}
		w.isCovered = false
		g.covered--
		g.uncovered = w
		g.counts[waiting]++
		m.counts[waiting]++
	}
	m.placeBlocked(g)
}
