package assign

import "time"

// Shut ends the machine: waiters fail, dials are cancelled, idle connections are
// closed, leased ones when their last lease ends. Upgraded ones stay until
// Closed. Every later Wait fails; [Machine.Empty] says when nothing is left.
// A second Shut does nothing. O(n).
func (m *Machine[K]) Shut(now time.Duration, acts []Action[K]) []Action[K] {
	m.monotonic(now)
	m.isShut = true
	for w := m.deadlines.first(); w != nil; w = m.deadlines.first() {
		acts = m.fail(w, nil, Shut, acts)
	}
	for c := m.conns.first(); c != nil; {
		next := c.inConns.after()
		switch c.state {
		case Connecting:
			m.detach(c)
			acts = append(acts, Action[K]{Do: CancelDial, Conn: c, Why: Shut})
		case Idle:
			acts = m.drop(c, Shut, acts)
		case Active:
			m.retire(c, Shut)
		}
		c = next
	}
	return acts
}
