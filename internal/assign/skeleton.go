package assign

import "time"

type group[K comparable] struct{ key K }
type expiryHeap[K comparable] []*Conn[K]
type blockedHeap[K comparable] []*group[K]

// Take leases an available connection of the key, the most recently used one first; nil when there is none. It appends Close actions for expired ones.
func (m *Machine[K]) Take(now time.Duration, key K, acts []Action[K]) (*Conn[K], []Action[K]) {
	return nil, acts
}

// Wait asks for a connection of the key on behalf of w: served, a dial, queued, or failed at once.
func (m *Machine[K]) Wait(now time.Duration, key K, w *Waiter[K], acts []Action[K]) []Action[K] {
	return acts
}

// Leave takes w out of the queue. False: it was served or failed already.
func (m *Machine[K]) Leave(w *Waiter[K]) bool { return false }

// Dialled says that the dial of c ended well. maxAge: how long this connection may live from now (the owner folds the jitter in); Forever for no limit.
func (m *Machine[K]) Dialled(now time.Duration, c *Conn[K], capacity int, maxAge time.Duration, acts []Action[K]) []Action[K] {
	return acts
}

// DialFailed says that the dial of c ended badly.
func (m *Machine[K]) DialFailed(now time.Duration, c *Conn[K], acts []Action[K]) []Action[K] {
	return acts
}

// Release ends a lease on c. keep: idle at most this long; keep <= 0: not reusable, for the reason why.
func (m *Machine[K]) Release(now time.Duration, c *Conn[K], keep time.Duration, why Reason, acts []Action[K]) []Action[K] {
	return acts
}

// Closed says that the connection is gone, whatever it was doing; its leases end with it. No Close action comes for it.
func (m *Machine[K]) Closed(now time.Duration, c *Conn[K], acts []Action[K]) []Action[K] {
	return acts
}

// Upgraded says that the one lease of c became an upgraded stream; it ends with Closed.
func (m *Machine[K]) Upgraded(now time.Duration, c *Conn[K]) {}

// ProbeBatch appends the idle connections whose look is due.
func (m *Machine[K]) ProbeBatch(now time.Duration, dst []*Conn[K]) []*Conn[K] { return dst }

// Probed says what the look at c found; ignored when c left meanwhile.
func (m *Machine[K]) Probed(now time.Duration, c *Conn[K], alive bool, why Reason, acts []Action[K]) []Action[K] {
	return acts
}

// Tick does what is due by now.
func (m *Machine[K]) Tick(now time.Duration, acts []Action[K]) []Action[K] { return acts }

// Wake returns when Tick or ProbeBatch is due next; false: not before another event.
func (m *Machine[K]) Wake() (at time.Duration, ok bool) { return 0, false }

// CloseIdle closes every idle connection.
func (m *Machine[K]) CloseIdle(now time.Duration, acts []Action[K]) []Action[K] { return acts }

// Shut ends everything but leases and upgraded streams.
func (m *Machine[K]) Shut(now time.Duration, acts []Action[K]) []Action[K] { return acts }
