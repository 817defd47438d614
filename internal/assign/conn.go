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
	Key   K   // not to be changed

	group      *group[K] // nil once it left
	state      State
	isProbing  bool
	retired    Reason // not None: takes no more leases and is closed for this when the last one ends
	expireRule Reason // what set expires
	capacity   int    // leases at once
	leases     int

	// Neighbours in these lists mostly are the same: they share cache lines.
	inStack node[Conn[K]] // of its group: can take a lease, or is being probed
	inLRU   node[Conn[K]]
	inLooks node[Conn[K]]

	since    time.Duration // when it entered its state
	looked   time.Duration // when it was last used or probed
	expires  time.Duration // of an idle one
	tooOld   time.Duration // from here on it takes no lease
	expiryAt int           // its place in the heap of expiries, from 1; 0: not there
	inConns  node[Conn[K]]

	startedFor *Waiter[K] // of a connecting one: nil when that waiter is gone
}

// HasLeft reports whether the connection left the counts: closed, its dial
// failed or cancelled. No lease on it is left.
func (c *Conn[K]) HasLeft() bool { return c.state == Left }

// State returns what the connection is doing.
func (c *Conn[K]) State() State { return c.state }
