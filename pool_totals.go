package httpx

import (
	"maps"

	"github.com/gohttpx/httpx/internal/assign"
)

// totals counts what happened in a pool since its beginning. The pool's lock
// guards it.
type totals struct {
	opened       uint64
	dialFailures uint64
	reused       uint64
	waited       uint64
	rejected     uint64
	replayed     uint64
	byReason     map[string]uint64 // connections that were closed
}

// leased counts a lease.
func (t *totals) leased(c *Connection) {
	if c.served() > 0 {
		t.reused++
	}
}

// closed counts a connection that left the pool.
func (t *totals) closed(c *Connection) {
	if t.byReason == nil {
		t.byReason = make(map[string]uint64)
	}
	t.byReason[c.whyClosed()]++
}

// failed counts a caller that leaves the queue without a connection.
func (t *totals) failed(why assign.Reason) {
	if why != assign.DialFailed {
		t.rejected++
	}
}

func (t *totals) snapshot() TotalsSnapshot {
	s := TotalsSnapshot{
		Opened:       t.opened,
		DialFailures: t.dialFailures,
		Reused:       t.reused,
		Waited:       t.waited,
		Rejected:     t.rejected,
		Replayed:     t.replayed,
		Closed:       maps.Clone(t.byReason),
	}
	if s.Closed == nil {
		s.Closed = map[string]uint64{}
	}
	return s
}
