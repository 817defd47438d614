package assign

// Reason says why a connection was closed or a waiter failed.
type Reason uint8

const (
	None Reason = iota

	// Why the machine closes a connection by itself.
	IdleExpired      // idle for as long as Limits.IdleTimeout
	KeepAliveExpired // idle for as long as the keep of its Release, which was less
	TooOld           // past the age given to Dialled
	Evicted          // idle, and another key needed its slot
	OverIdleLimit    // the least recently used of more than Limits.Idle
	GivenAway        // free, but its slot went to a waiter that was overtaken too often
	Suspected        // another one of its key was found dead, and a fresh one needed its slot
	Flushed          // CloseIdle
	Shut             // Shut; also why a waiter fails

	// Why the owner may say that a connection is closed.
	PeerClosed    // the peer closed it
	UnaskedBytes  // bytes came that nobody asked for
	NotReusable   // its last exchange does not allow another
	ClosedByOwner // somebody who holds it closed it

	// Why a waiter fails.
	DialFailed     // the dial that was started for it failed
	AcquireTimeout // it waited for Limits.AcquireTimeout
	QueueFull      // Limits.Waiting callers wait already
)

var reasonWords = [...]string{
	None:             "no reason",
	IdleExpired:      "idle for too long",
	KeepAliveExpired: "idle for as long as the peer keeps it",
	TooOld:           "too old",
	Evicted:          "evicted for another key",
	OverIdleLimit:    "over the limit of idle connections",
	GivenAway:        "given away to an overtaken waiter",
	Suspected:        "closed for a fresh one",
	Flushed:          "idle connections were closed",
	Shut:             "the pool was closed",
	PeerClosed:       "the peer closed it",
	UnaskedBytes:     "the peer sent bytes nobody asked for",
	NotReusable:      "not reusable",
	ClosedByOwner:    "closed by its owner",
	DialFailed:       "the dial failed",
	AcquireTimeout:   "waited for too long",
	QueueFull:        "too many are waiting",
}

// String returns the reason in words.
func (r Reason) String() string {
	if int(r) < len(reasonWords) {
		return reasonWords[r]
	}
	return "unknown reason"
}
