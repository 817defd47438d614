package httpx

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// An Exchange is the record of how a request went: which connection carried
// it, why that one, how long each phase took, and every attempt.
type Exchange struct {
	Connection uint64        // the number of the connection; 0: there was none
	Reused     bool          // it had served before
	Served     uint64        // how many exchanges it had served before
	WhyNew     string        // where it had served none: why the pool gave no other, in words
	Age        time.Duration // of the connection, when the request got it

	Queued time.Duration // from Send to a connection in the hand, a dial included

	// What the dial took, where one was made for this connection and the
	// request waited for it.
	Resolve, Connect, Proxy, TLS time.Duration

	Write     time.Duration // of the request, as far as the response did not overtake it
	FirstByte time.Duration // from there to the first byte of the response
	Body      time.Duration // from the head to the end of the body; 0 while it is open
	Total     time.Duration // from Send to the end of the body, or until now

	// Attempts lists how often the request was tried, the last one being what
	// the caller got. It is empty where no connection was had.
	Attempts []Attempt
}

// An Attempt is one try to send a request.
type Attempt struct {
	Connection uint64
	Reused     bool
	Phase      Phase // where it ended
	Progress   Progress
	Err        error // why it ended; nil: well
}

// record is an Exchange while it is made. It lives inside a Response, without
// a pointer that would have to be followed or a slice to be allocated.
type record struct {
	began     time.Duration // by exchange.Now; so are the others
	assigned  time.Duration
	written   time.Duration
	answered  time.Duration
	finished  time.Duration
	conn      *Connection
	served    uint64
	isDialled bool // by a dial that the request waited for

	// Why there is no connection that was used before.
	isFresh bool        // the request is sent again, on a new one
	busy    int32       // others of the same origin and route, when the request began to wait
	dead    *Connection // idled, and had ended; nil: none

	id  uint64 // the number of the request; 0 while nobody asked
	url string // without secrets, for events; empty until the first

	toProxy *string // the Proxy-Authorization that was sent; nil: not to a proxy

	failure *Error    // how the attempt on conn ended; nil: well
	earlier []Attempt // those before it
}

// requestNumbers counts the requests of the process that somebody watched.
var requestNumbers atomic.Uint64

// number is the number of the request, which it gets when it is first asked.
func (r *record) number() uint64 {
	if r.id == 0 {
		r.id = requestNumbers.Add(1)
	}
	return r.id
}

// urlOf is the URL of the request without secrets. A record makes it once; nil
// is none.
func (r *record) urlOf(req *Request) string {
	if r == nil {
		return redact.URL(req.URL)
	}
	if r.url == "" {
		r.url = redact.URL(req.URL)
	}
	return r.url
}

// begin clears the record for another request.
func (r *record) begin(now time.Duration) { *r = record{began: now} }

// onConnection notes that an attempt begins on c.
func (r *record) onConnection(c *Connection, now time.Duration, isDialled bool) {
	if r.conn != nil {
		r.earlier = append(r.earlier, r.attempt())
	}
	r.assigned = now
	r.failure = nil
	r.written, r.answered, r.finished = 0, 0, 0
	r.conn = c
	r.served = c.served()
	r.isDialled = isDialled
}

// attempt is the one on conn.
func (r *record) attempt() Attempt {
	a := Attempt{Connection: r.conn.id, Reused: r.served > 0, Phase: PhaseDone, Progress: Answered}
	if e := r.failure; e != nil {
		a.Phase, a.Progress, a.Err = e.Phase, e.Progress, e
	}
	return a
}

// failed notes how the attempt ended.
func (r *record) failed(e *Error) { r.failure = e }

func (r *record) export() Exchange {
	if r.began == 0 {
		return Exchange{}
	}
	x := Exchange{Queued: span(r.began, r.assigned)}
	end := r.finished
	if end == 0 {
		end = exchange.Now()
	}
	x.Total = span(r.began, end)
	c := r.conn
	if c == nil {
		x.Queued = x.Total
		return x
	}
	x.Attempts = append(append(x.Attempts, r.earlier...), r.attempt())
	x.Connection, x.Served, x.Reused = c.id, r.served, r.served > 0
	x.Age = span(c.born, r.assigned)
	if !x.Reused {
		x.WhyNew = r.whyNew()
	}
	if r.isDialled {
		x.Resolve, x.Connect, x.Proxy, x.TLS = c.dialled.resolve, c.dialled.connect, c.dialled.proxy, c.dialled.tls
	}
	x.Write = span(r.assigned, r.written)
	x.FirstByte = span(r.written, r.answered)
	x.Body = span(r.answered, r.finished)
	return x
}

// whyNew says why conn, of a pool, is one that had served nobody.
func (r *record) whyNew() string {
	switch {
	case r.conn.owner.lends():
		return "" // there is no other
	case r.isFresh:
		return "a request that is sent again gets a new one"
	case !r.isDialled:
		return "it was dialled for another request, and had served none"
	case r.dead != nil:
		return fmt.Sprintf("connection %d idled, and had ended: %s", r.dead.id, r.dead.whyClosed())
	case r.busy == 1:
		return "the one to the origin was busy"
	case r.busy > 1:
		return fmt.Sprintf("all %d to the origin were busy", r.busy)
	}
	return "there was none to the origin"
}

// span is the time between two readings, 0 where one is missing.
func span(from, to time.Duration) time.Duration {
	if from == 0 || to == 0 || to < from {
		return 0
	}
	return to - from
}
