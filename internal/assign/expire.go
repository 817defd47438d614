package assign

import "time"

// The heap of expiries is kept lazily: an entry stays when its connection is
// taken, and is put right when its time comes. So Take and Release mostly leave
// the heap alone, and Wake may be early, never late.

// ticksAtOnce bounds what one Tick does, so that the lock is held for
// microseconds when thousands are due at once.
const ticksAtOnce = 256

// Tick closes the idle connections that have expired and fails the waiters whose
// time is over, 256 at most; where more are due, Wake says so. A waiter that a
// dial under way covers gets its time anew: a dial has bounds of its own.
func (m *Machine[K]) Tick(now time.Duration, acts []Action[K]) []Action[K] {
	now = m.monotonic(now)
	for range ticksAtOnce {
		if !m.expiries.isEmpty() && m.expiries.rank(1) <= int64(now) {
			acts = m.expire(now, m.expiries.top(), acts)
			continue
		}
		w := m.deadlines.first()
		if w == nil || w.deadline > now {
			break
		}
		acts = m.timeOut(now, w, acts)
	}
	return acts
}

// Wake returns when Tick or ProbeBatch is due next; false: not before another
// event. It may be early, never late. O(1).
func (m *Machine[K]) Wake() (at time.Duration, ok bool) {
	at = Forever
	if !m.expiries.isEmpty() {
		at = time.Duration(m.expiries.rank(1))
	}
	if w := m.deadlines.first(); w != nil {
		at = min(at, w.deadline)
	}
	if c := m.nextLook(); c != nil {
		at = min(at, after(c.looked, m.limits.ProbeEvery))
	}
	return at, at != Forever
}

// expiry says when a connection that idles from now on is closed, and by which
// rule.
func (m *Machine[K]) expiry(now time.Duration, c *Conn[K], keep time.Duration) (time.Duration, Reason) {
	at, rule := after(now, m.limits.IdleTimeout), IdleExpired
	if keep < m.limits.IdleTimeout {
		at, rule = after(now, keep), KeepAliveExpired
	}
	if c.tooOld < at {
		at, rule = c.tooOld, TooOld
	}
	return at, rule
}

// setExpiry gives an idle connection its expiry and sees to it that the heap
// wakes no later. An entry that is there wakes no later than the expiry before.
func (m *Machine[K]) setExpiry(c *Conn[K], at time.Duration, rule Reason) {
	before := c.expires
	c.expires, c.expireRule = at, rule
	switch {
	case c.expiryAt == 0 && at != Forever:
		m.expiries.push(int64(at), c, &c.expiryAt)
	case c.expiryAt == 0 || at >= before:
	case m.expiries.rank(c.expiryAt) > int64(at):
		m.expiries.update(c.expiryAt, int64(at))
	}
}

// expire closes the connection at the top of the heap, whose time has come, if
// it has really expired; else it puts its entry right.
func (m *Machine[K]) expire(now time.Duration, c *Conn[K], acts []Action[K]) []Action[K] {
	switch {
	case c.state != Idle:
		m.expiries.remove(c.expiryAt)
	case c.expires > now:
		m.expiries.update(c.expiryAt, int64(c.expires))
	default:
		acts = m.end(now, c, c.expireRule, acts)
	}
	return acts
}

// timeOut fails the waiter, or gives it its time anew.
func (m *Machine[K]) timeOut(now time.Duration, w *Waiter[K], acts []Action[K]) []Action[K] {
	if !w.isCovered {
		return m.fail(w, nil, AcquireTimeout, acts)
	}
	w.deadline = after(now, m.limits.AcquireTimeout)
	m.deadlines.remove(&w.inDeadlines)
	m.deadlines.pushBack(&w.inDeadlines, w)
	return acts
}
