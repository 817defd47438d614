package httpx

// totals counts what happened in a pool since its beginning. The pool's lock
// guards it.
type totals struct {
	opened       uint64
	dialFailures uint64
	replayed     uint64
	byReason     map[string]uint64 // connections that were closed
}

// closed counts a connection that left the pool.
func (t *totals) closed(c *Connection) {
	if t.byReason == nil {
		t.byReason = make(map[string]uint64)
	}
	t.byReason[c.whyClosed()]++
}
