package advise

import (
	"time"

	"github.com/gohttpx/httpx/internal/assign"
)

// A Result is what a pool under some limits would have done.
type Result struct {
	Limits Limits

	Requests    int
	Served      int // got a connection
	Waited      int // but not at once
	Waits       Waits
	Dials       int
	DialsFailed int
	Evicted     int // idle connections closed because another key needed their slot
	Rejected    int // MaxWaiting callers waited already
	TimedOut    int // waited for AcquireTimeout
	Peak        int // the most connections at one time
	PeakIdle    int // and of idle ones
	PeakOrigin  int // and of one origin by one route

	// Idle is the sum of the times for which connections idled, in all: two for
	// a second each are two seconds. IdleTLS is the part of those with TLS.
	Idle, IdleTLS time.Duration

	// Span is from the beginning of the recording to the end of the last
	// exchange.
	Span time.Duration

	// Each is the wait of each request of the trace, in their order; -1: it got
	// no connection.
	Each []time.Duration
}

// Waits describes how long the callers waited that got a connection, those
// among them that got one at once. A dial counts as waiting.
type Waits struct{ P50, P99, Max time.Duration }

// Replay drives the pool's machine with the trace under the limits.
func (t *Trace) Replay(l Limits) Result {
	r := &replay{
		trace:   t,
		machine: l.machine(),
		maxAge:  orForever(l.MaxAge),
		dialled: make(map[string]int),
		open:    make(map[string]int),
		result:  Result{Limits: l, Requests: len(t.Requests), Each: make([]time.Duration, len(t.Requests))},
	}
	if r.maxAge != assign.Forever {
		r.maxAge -= r.maxAge / 20 // the pool takes off up to a tenth, by chance
	}
	for i := range t.Requests {
		r.result.Each[i] = -1
		c := &call{request: &t.Requests[i], number: i}
		c.waiter.Owner = c
		r.at(c.request.At, step{do: arrive, call: c})
	}
	r.run()
	return r.finish()
}

// A replay is one run.
type replay struct {
	trace   *Trace
	machine *assign.Machine[string]
	maxAge  time.Duration
	now     time.Duration
	steps   schedule
	acts    []action
	dialled map[string]int // dials so far, by key
	open    map[string]int // connections now, dials among them, by key
	conns   []*conn        // every one there ever was
	result  Result
}

type action = assign.Action[string]

// A call is a request on its way through the replay.
type call struct {
	request *Request
	number  int
	waiter  assign.Waiter[string]
}

// A conn is a connection of the replay.
type conn struct {
	record *assign.Conn[string]

	isIdle bool
	since  time.Duration // it idles
}

// run goes from one event to the next until nothing is left to happen before the
// end of the trace, and nobody waits.
func (r *replay) run() {
	for {
		wake, wakes := r.machine.Wake()
		next, ok := r.steps.next()
		switch {
		case ok && (!wakes || next <= wake):
			r.now = next
			r.do(r.steps.pop())
		case wakes && (ok || r.isAwaited() || wake <= r.trace.end):
			r.now = max(r.now, wake)
			r.acts = r.machine.Tick(r.now, r.acts[:0])
		default:
			return
		}
		r.act()
		n := r.machine.Counts()
		r.result.Peak = max(r.result.Peak, n.Connections())
		r.result.PeakIdle = max(r.result.PeakIdle, n.Idle)
	}
}

// isAwaited reports whether somebody still waits for a connection.
func (r *replay) isAwaited() bool { return r.machine.Counts().Waiting > 0 }

// do lets one event happen. What the machine makes of it is in acts.
func (r *replay) do(s step) {
	r.acts = r.acts[:0]
	switch s.do {
	case arrive:
		r.arrive(s.call)
	case leave:
		r.machine.Leave(&s.call.waiter)
	case giveBack:
		r.giveBack(s.call, s.conn)
	case dialEnds:
		r.dialEnds(s.conn, s.failed)
	}
}

func (r *replay) arrive(c *call) {
	key := c.request.key()
	if !c.request.Fresh {
		var taken *assign.Conn[string]
		if taken, r.acts = r.machine.Take(r.now, key, r.acts); taken != nil {
			r.lease(c, taken.Owner.(*conn))
			return
		}
	}
	if c.request.Outcome == Gone {
		r.at(c.request.At+c.request.Wait, step{do: leave, call: c})
	}
	if c.request.Fresh {
		r.acts = r.machine.WaitFresh(r.now, key, &c.waiter, r.acts)
	} else {
		r.acts = r.machine.Wait(r.now, key, &c.waiter, r.acts)
	}
	if c.waiter.IsWaiting() {
		r.result.Waited++
	}
}

// lease gives the call its connection, for as long as it holds one.
func (r *replay) lease(c *call, on *conn) {
	r.endIdle(on)
	r.result.Served++
	r.result.Each[c.number] = r.now - c.request.At
	if c.request.Outcome == Upgraded {
		r.machine.Upgraded(r.now, on.record)
	}
	r.at(r.now+r.trace.holdOf(c.request), step{do: giveBack, call: c, conn: on})
}

func (r *replay) giveBack(c *call, from *conn) {
	switch c.request.Outcome {
	case Upgraded:
		r.open[from.record.Key]--
		r.acts = r.machine.Closed(r.now, from.record, r.acts)
	case Closed, Failed, Open:
		r.acts = r.machine.Release(r.now, from.record, 0, assign.NotReusable, r.acts)
	default:
		keep, ok := r.trace.patience[from.record.Key]
		if !ok {
			keep = assign.Forever
		}
		r.acts = r.machine.Release(r.now, from.record, keep, assign.None, r.acts)
	}
	r.beginIdle(from)
}

func (r *replay) dialEnds(c *conn, failed bool) {
	if failed {
		r.result.DialsFailed++
		r.open[c.record.Key]--
		r.acts = r.machine.DialFailed(r.now, c.record, r.acts)
		return
	}
	r.acts = r.machine.Dialled(r.now, c.record, 1, r.maxAge, r.acts)
	r.beginIdle(c)
}

// act carries out what the machine decided.
func (r *replay) act() {
	for i := range r.acts {
		switch a := &r.acts[i]; a.Do {
		case assign.Serve:
			r.lease(a.Waiter.Owner.(*call), a.Conn.Owner.(*conn))
		case assign.Dial:
			r.dial(a.Conn)
		case assign.Close:
			r.endIdle(a.Conn.Owner.(*conn))
			r.open[a.Conn.Key]--
			if a.Why == assign.Evicted || a.Why == assign.GivenAway {
				r.result.Evicted++
			}
		case assign.Fail:
			switch a.Why {
			case assign.QueueFull:
				r.result.Rejected++
			case assign.AcquireTimeout:
				r.result.TimedOut++
			}
		}
	}
	r.acts = r.acts[:0]
}

// dial begins one, which goes as the recorded one in its place went. Where there
// was none it takes what those of its key took, mostly.
func (r *replay) dial(record *assign.Conn[string]) {
	c := &conn{record: record}
	record.Owner = c
	r.conns = append(r.conns, c)
	r.result.Dials++
	r.open[record.Key]++
	r.result.PeakOrigin = max(r.result.PeakOrigin, r.open[record.Key])
	n := r.dialled[record.Key]
	r.dialled[record.Key]++
	recorded := r.trace.dials[record.Key]
	if n < len(recorded) {
		r.at(r.now+recorded[n].Took, step{do: dialEnds, conn: c, failed: recorded[n].Failed})
		return
	}
	took, ok := r.trace.usual[record.Key]
	if !ok {
		took = r.trace.usualAll
	}
	r.at(r.now+took, step{do: dialEnds, conn: c})
}

func (r *replay) beginIdle(c *conn) {
	if c.record.State() == assign.Idle {
		c.isIdle, c.since = true, r.now
	}
}

func (r *replay) endIdle(c *conn) {
	if !c.isIdle {
		return
	}
	c.isIdle = false
	r.result.Idle += r.now - c.since
	if isSecure(c.record.Key) {
		r.result.IdleTLS += r.now - c.since
	}
}

// finish sums up.
func (r *replay) finish() Result {
	r.now = max(r.now, r.trace.end)
	for _, c := range r.conns {
		r.endIdle(c)
	}
	r.result.Span = r.now
	var waits []time.Duration
	for _, wait := range r.result.Each {
		if wait >= 0 {
			waits = append(waits, wait)
		}
	}
	r.result.Waits = Waits{P50: percentile(waits, 50), P99: percentile(waits, 99), Max: percentile(waits, 100)}
	return r.result
}
