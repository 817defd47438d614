package httpx

import (
	"math/rand/v2"
	"runtime"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

// connecting makes the connection of a dial that is about to begin on behalf of
// w. It can be seen from here on. The lock is held.
func (p *ConnectionPool) connecting(record *connRecord, w *waiter) {
	c := newConnection(record.Key.origin, record.Key.route, &p.config, p)
	c.record = record
	c.events = &p.events
	c.lesson = p.lessons.of(record.Key)
	c.dialFor, c.dialNumber, c.dialTimeouts = w.ctx, w.number, p.timeoutsOf(w.req)
	if p.isWatched(w.req) {
		c.dialRequest = w.req.told()
	}
	record.Owner = c
}

// told copies what a dial tells of the request: it may go on when the request is its
// caller's again, to be changed.
func (r *Request) told() *Request {
	target := *r.URL
	return &Request{Method: r.Method, URL: &target, OnEvent: r.OnEvent}
}

// dialContexts are what a dial of a pool is made under, in one allocation.
type dialContexts struct {
	whole valueContext    // ends with the pool
	plain deadlineContext // of the connecting itself: ends in time only
}

// dial opens the connection and reports to the machine. The dial belongs to the
// pool: it goes on if its first caller gives up, under that caller's values and
// the pool's own end.
func (p *ConnectionPool) dial(c *Connection) {
	deepenStack()
	began := exchange.Now()
	under := &dialContexts{whole: valueContext{p.base, c.dialFor}, plain: deadlineContext{values: c.dialFor}}
	err := c.dial(&under.whole, &under.plain, *c.dialTimeouts, p.tls.of(c.record.Key, &p.config))

	var space [4]action
	acts := space[:0]
	now := exchange.Now()
	var isCut bool // somebody closed the connection, and takes it out of the counts
	if err != nil {
		isCut = c.kill(closedByDial) == Closed
		c.dialError = c.failedDial(err, began)
		c.tellDial(Event{Kind: EventDialFailed, Err: c.dialError, Duration: c.dialError.After})
	}
	c.dialFor, c.dialRequest, c.dialTimeouts = nil, nil, nil
	p.mu.Lock()
	switch {
	case c.record.HasLeft(), isCut:
		// The pool was closed meanwhile, or the connection.
	case err != nil:
		p.totals.dialFailures++
		acts = p.machine.DialFailed(now, c.record, acts)
	default:
		p.totals.opened++
		c.idleSince = now
		c.setState(Idle, now)
		acts = p.machine.Dialled(now, c.record, 1, jittered(p.options.MaxAge, rand.Float64()), acts)
	}
	left := c.record.HasLeft()
	p.unlock(acts)
	if left && err == nil {
		c.die(assign.Shut.String())
	}
}

// deepenStack makes the stack of a goroutine that has just begun as large as a
// dial needs it, which is 8 KiB. Later, where a dozen calls are open, the runtime
// would have to look at each of them to move them, and twice.
//
//go:noinline
func deepenStack() {
	var room [4 << 10]byte
	runtime.KeepAlive(&room)
}
