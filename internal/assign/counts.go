package assign

// Counts says how many connections do what, and how many callers wait.
type Counts struct {
	Connecting int // dials under way
	Active     int // connections with a lease
	Idle       int // connections without one, those being probed among them
	Upgraded   int // connections that left HTTP and are not closed yet
	Waiting    int // callers with neither a connection nor a dial under way for them
}

// Connections returns the number of connections in all.
func (c Counts) Connections() int { return c.Connecting + c.Active + c.Idle + c.Upgraded }

// tally is Counts as they are kept: small, and a connection's count found by its
// State. The first, which is no state's, is of the waiters that no dial covers.
type tally [Left]int32

const waiting = 0

func (t *tally) connections() int {
	return int(t[Connecting] + t[Active] + t[Idle] + t[Upgraded])
}

func (t *tally) public() Counts {
	return Counts{
		Connecting: int(t[Connecting]),
		Active:     int(t[Active]),
		Idle:       int(t[Idle]),
		Upgraded:   int(t[Upgraded]),
		Waiting:    int(t[waiting]),
	}
}
