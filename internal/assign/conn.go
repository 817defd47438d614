package assign

import "time"

// State is what a connection is doing.
type State uint8

const (
	Connecting State = iota + 1 // its dial is under way
	Active                      // it has a lease
	Idle                        // it has none, and may be taken unless it is being probed
	Upgraded                    // it left HTTP
	Left                        // it left the counts; the record means nothing any more
)

// String returns the state in words.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Active:
		return "active"
	case Idle:
		return "idle"
	case Upgraded:
		return "upgraded"
	case Left:
		return "left"
	}
	return "unknown state"
}

// A Conn is the machine's record of one connection. It comes with the Dial
// action, is never used again for another connection, and is the machine's but
// for Owner.
type Conn[K comparable] struct {
	Owner any // the owner's own object, stored when the Dial action comes

	group      *group[K] // nil once it left
	state      State
	isProbing  bool
	wasLeased  bool   // one of its leases has ended
	retired    Reason // not None: takes no more leases and is closed for this when the last one ends
	expireRule Reason // what set expires
	capacity   int32  // leases at once
	leases     int32

	since    time.Duration // when it entered its state
	looked   time.Duration // when it was last used or probed
	expires  time.Duration // of an idle one
	tooOld   time.Duration // from here on it takes no lease
	expiryAt int           // its place in the heap of expiries, from 1; 0: not there

	// Neighbours in these lists mostly are the same: they share cache lines.
	inStack node[Conn[K]] // of its group: can take a lease, or is being probed
	inLRU   node[Conn[K]]
	inLooks node[Conn[K]]

	// From here on, what only its beginning and its end touch.

	Key     K // not to be changed
	inConns node[Conn[K]]

	// The waiter that its dial was started for; see starter.
	startedFor    *Waiter[K]
	startedTicket uint64
}

// HasLeft reports whether the connection left the counts: closed, its dial
// failed or cancelled. No lease on it is left.
func (c *Conn[K]) HasLeft() bool { return c.state == Left }

// State returns what the connection is doing.
func (c *Conn[K]) State() State { return c.state }

// hasRoom reports whether the connection can take one more lease.
func (c *Conn[K]) hasRoom() bool { return c.leases < c.capacity && c.retired == None }

// isAvailable reports whether the connection may be closed for another key.
func (c *Conn[K]) isAvailable() bool { return c.state == Idle && !c.isProbing }

// starter returns the waiter that the dial was started for if that still waits.
// The waiter may have been used again since, here or on another machine: the
// ticket and the group tell.
func (c *Conn[K]) starter() *Waiter[K] {
	w := c.startedFor
	if w != nil && w.group == c.group && w.ticket == c.startedTicket {
		return w
	}
	return nil
}

// move enters a state.
func (m *Machine[K]) move(now time.Duration, c *Conn[K], to State) {
	m.counts[c.state]--
	m.counts[to]++
	c.group.counts[c.state]--
	c.group.counts[to]++
	c.state, c.since = to, now
}

// detach takes the connection out of everything; its leases end with it.
func (m *Machine[K]) detach(c *Conn[K]) {
	g := c.group
	switch c.state {
	case Connecting:
		g.giveBack(c)
	case Idle:
		m.leaveIdle(c)
	}
	if c.inStack.isLinked() {
		g.stack.remove(&c.inStack)
	}
	if c.expiryAt != 0 {
		m.expiries.remove(c.expiryAt)
	}
	if c.retired == GivenAway {
		m.yielding--
	}
	m.conns.remove(&c.inConns)
	m.counts[c.state]--
	g.counts[c.state]--
	c.state, c.leases, c.group = Left, 0, nil
	m.cover(g)
	m.forget(g)
}

// drop closes the connection. Its slot is free: settle, unless it is clear that
// nobody can want it.
func (m *Machine[K]) drop(c *Conn[K], why Reason, acts []Action[K]) []Action[K] {
	m.detach(c)
	return append(acts, Action[K]{Do: Close, Conn: c, Why: why})
}

// end closes the connection and gives its slot to whoever waits for one.
func (m *Machine[K]) end(now time.Duration, c *Conn[K], why Reason, acts []Action[K]) []Action[K] {
	return m.settle(now, m.drop(c, why, acts))
}

// retire makes the connection take no more leases; it is closed for that reason
// when the last one ends. The first reason stays.
func (m *Machine[K]) retire(c *Conn[K], why Reason) {
	if c.retired != None {
		return
	}
	c.retired = why
	if why == GivenAway {
		m.yielding++
	}
	if c.inStack.isLinked() {
		c.group.stack.remove(&c.inStack)
	}
}
