package assign

import "time"

// A Waiter is one caller in the queue. Its zero value is ready; it belongs to
// the caller, who may use it again once it was served, failed or left. It must
// not be copied while it waits.
type Waiter[K comparable] struct {
	Owner any // the owner's own object

	group     *group[K] // nil: it does not wait
	ticket    uint64    // its place in order of arrival over all keys
	since     time.Duration
	deadline  time.Duration // when its wait is looked at
	isCovered bool          // its place in the queue is below the number of dials under way for its key
	wantsNew  bool          // see WaitFresh
	overtaken int           // younger ones of other keys served while it was the oldest of the blocked

	returnedAt int // its place in its group's heap of those whose dial went elsewhere, from 1; 0: not there

	inQueue     node[Waiter[K]] // of its group
	inDeadlines node[Waiter[K]]
}

// IsWaiting reports whether the waiter is in the queue.
func (w *Waiter[K]) IsWaiting() bool { return w.group != nil }

// Open returns how many connections the key of the waiter has, dials under way
// aside; 0 where it does not wait.
func (w *Waiter[K]) Open() int {
	if w.group == nil {
		return 0
	}
	return w.group.counts.connections() - int(w.group.counts[Connecting])
}

// Held says what holds a waiter back.
type Held uint8

const (
	HeldByNothing  Held = iota // it is not held
	HeldByDial                 // a dial is under way for it
	HeldByTotal                // the limit on connections in all
	HeldByKeyLimit             // the limit on connections of its key
)

// String returns what holds in words.
func (h Held) String() string {
	switch h {
	case HeldByNothing:
		return "nothing"
	case HeldByDial:
		return "a dial under way"
	case HeldByTotal:
		return "the limit on connections in all"
	case HeldByKeyLimit:
		return "the limit on connections of its key"
	}
	return "unknown"
}
