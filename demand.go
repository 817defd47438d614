package httpx

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gohttpx/httpx/internal/advise"
)

// A DemandRecorder writes what a pool is asked for, and what came of it, to be
// replayed under other limits: the command "httpx advise" does that.
//
//	demand := httpx.RecordDemand(file)
//	stop := pool.Observe(demand.Observe)
//	...
//	stop()
//	err := demand.Close() // writes what is left
//
// It writes a line of JSON for each request, when its connection is given back,
// and one for each connection that was dialled or closed; kind says which.
// Times are nanoseconds since the recording began, durations nanoseconds; the
// names are stable. Of a request:
//
//	at          when it came to the pool
//	origin      scheme://host, with the port where it is not the scheme's
//	route       the proxies, hop by hop
//	wait        how long it waited for a connection, a dial included
//	connection  the number of that; absent: it got none
//	reused      whether it had served before
//	dial        what the dial took and its phases (took, resolve, connect,
//	            proxy, tls), where the request was the first on the connection
//	hold        how long it had the connection
//	outcome     served, closed, failed, upgraded, open; without a connection
//	            "dial failed", "timed out", rejected, gone, shut
//	fresh       it was sent a second time, and wanted a new connection
//
// There are no paths, fields or credentials in it.
//
// A recorder is for one pool. All methods may be called by several goroutines
// at once.
type DemandRecorder struct {
	began time.Time

	mu        sync.Mutex // guards all below
	w         *bufio.Writer
	json      *json.Encoder
	err       error // the first one; nothing is written after it
	hasLimits bool
	calls     map[uint64]*demandCall // by the number of the request
	conns     map[uint64]*demandConn // by that of the connection
}

// RecordDemand begins a recording, which [DemandRecorder.Observe] is to be told
// the events of. It writes to w in blocks; Close or Flush writes the rest.
func RecordDemand(w io.Writer) *DemandRecorder {
	r := &DemandRecorder{
		began: time.Now(),
		w:     bufio.NewWriterSize(w, 64<<10),
		calls: make(map[uint64]*demandCall),
		conns: make(map[uint64]*demandConn),
	}
	r.json = json.NewEncoder(r.w)
	r.json.SetEscapeHTML(false)
	return r
}

// A demandCall is a request that is not over.
type demandCall struct {
	line     advise.Request
	number   uint64
	assigned time.Time // zero: it waits
	ended    time.Time // its body; what becomes of the connection is about to be told
	conn     *demandConn
	upgraded bool
}

// A demandConn is a connection that is not closed.
type demandConn struct {
	dial   advise.Dial
	began  time.Time // its dial
	isOpen bool      // the dial ended well
	isNew  bool      // no request had it yet
	call   *demandCall
	idleAt time.Time // it idles since then
}

// Observe takes an event: it is the function for [ConnectionPool.Observe].
func (r *DemandRecorder) Observe(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	if e.Dropped > 0 {
		r.write(advise.Gap{Kind: advise.KindGap, At: r.since(e.Time), Dropped: e.Dropped})
		clear(r.calls) // how they went on is not known
		clear(r.conns)
	}
	r.noteLimits(e)
	switch e.Kind {
	case EventQueued:
		r.callOf(e)
	case EventAssigned:
		r.assigned(e)
	case EventBodyDone:
		if call := r.calls[e.Request]; call != nil {
			call.ended = e.Time
		}
	case EventUpgraded:
		if call := r.calls[e.Request]; call != nil {
			call.upgraded = true
		}
	case EventReplayed:
		if call := r.calls[e.Request]; call != nil {
			r.finish(call, e.Time, advise.Failed)
		}
		r.callOf(e).line.Fresh = true
	case EventFailed:
		r.failed(e)
	default:
		r.observeConnection(e)
	}
}

// observeConnection takes an event that is about a connection alone.
func (r *DemandRecorder) observeConnection(e Event) {
	if e.Kind == EventDialStarted {
		c := &demandConn{began: e.Time, isNew: true}
		c.dial = advise.Dial{Kind: advise.KindDial, At: r.since(e.Time), Origin: e.Origin, Route: e.Route, Connection: e.Connection}
		r.conns[e.Connection] = c
		return
	}
	c := r.conns[e.Connection]
	if c == nil {
		return
	}
	switch e.Kind {
	case EventResolved:
		c.dial.Resolve = e.Duration
	case EventConnected:
		c.dial.Connect = e.Duration
		c.isOpen = e.Route == nil && !c.isSecure()
	case EventTunnelled:
		c.dial.Proxy = e.Duration
		c.isOpen = !c.isSecure()
	case EventTLSDone:
		c.dial.TLS = e.Duration
		c.isOpen = true
	case EventDialFailed:
		c.dial.Failed = true
		c.dial.Took = e.Time.Sub(c.began)
		r.write(c.dial)
		delete(r.conns, e.Connection)
		return
	case EventReturned:
		if c.call != nil {
			r.finish(c.call, e.Time, advise.Served)
		}
		c.idleAt = e.Time
		return
	case EventClosed:
		r.closed(c, e)
		return
	default:
		return
	}
	// The last of them ends the dial.
	c.dial.Took = e.Time.Sub(c.began)
	c.idleAt = e.Time
}

// isSecure reports whether the dial ends with a handshake.
func (c *demandConn) isSecure() bool { return strings.HasPrefix(c.dial.Origin, "https:") }

// closed takes the end of a connection, which is that of its request too.
func (r *DemandRecorder) closed(c *demandConn, e Event) {
	delete(r.conns, e.Connection)
	r.writeDial(c)
	line := advise.Close{Kind: advise.KindClosed, At: r.since(e.Time), Origin: e.Origin, Route: e.Route, Connection: e.Connection, Reason: e.Reason}
	switch call := c.call; {
	case call == nil && !c.idleAt.IsZero():
		line.Idle = e.Time.Sub(c.idleAt)
	case call == nil:
	case call.upgraded:
		r.finish(call, e.Time, advise.Upgraded)
	case call.ended.IsZero():
		r.finish(call, e.Time, advise.Failed)
	default:
		r.finish(call, call.ended, advise.Closed)
	}
	r.write(line)
}

// callOf is the request of an event; one that was not known comes with it.
func (r *DemandRecorder) callOf(e Event) *demandCall {
	call := r.calls[e.Request]
	if call == nil {
		call = &demandCall{number: e.Request}
		call.line = advise.Request{Kind: advise.KindRequest, At: r.since(e.Time), Origin: e.Origin, Route: e.Route}
		r.calls[e.Request] = call
	}
	return call
}

// assigned takes that a request got its connection.
func (r *DemandRecorder) assigned(e Event) {
	call := r.callOf(e)
	c := r.conns[e.Connection]
	if c == nil {
		c = new(demandConn) // older than the recording
		r.conns[e.Connection] = c
	}
	call.assigned, call.conn = e.Time, c
	call.line.Wait = r.since(e.Time) - call.line.At
	call.line.Connection, call.line.Reused = e.Connection, e.Reused
	if c.isNew {
		times := c.dial.DialTimes
		call.line.Dial = &times
	}
	r.writeDial(c)
	c.call = call
	c.idleAt = time.Time{}
}

// failed takes the failure of a request. Where it had a connection, the end of
// that was told before, and ended it.
func (r *DemandRecorder) failed(e Event) {
	call := r.calls[e.Request]
	if call == nil {
		return
	}
	if call.conn == nil {
		call.line.Wait = r.since(e.Time) - call.line.At
	}
	r.finish(call, e.Time, outcomeOf(call, e.Err))
}

// outcomeOf says why a request got no connection, or no answer on it.
func outcomeOf(call *demandCall, err error) advise.Outcome {
	var failure *Error
	switch {
	case call.conn != nil:
		return advise.Failed
	case !errors.As(err, &failure):
		return advise.Gone
	case failure.Phase > PhaseQueue:
		return advise.DialFailed
	case failure.Kind == ErrPoolFull:
		return advise.Rejected
	case errors.Is(failure.Kind, ErrClosed):
		return advise.Shut
	case failure.Kind == ErrTimeout && !errors.Is(failure.Err, context.DeadlineExceeded):
		return advise.TimedOut // the pool's, not the caller's
	}
	return advise.Gone
}

// finish writes a request whose time with its connection ended at end.
func (r *DemandRecorder) finish(call *demandCall, end time.Time, outcome advise.Outcome) {
	delete(r.calls, call.number)
	if call.conn != nil {
		call.conn.call = nil
		call.line.Hold = end.Sub(call.assigned)
	}
	call.line.Outcome = outcome
	r.write(call.line)
}

// writeDial writes the dial of a connection, once. What a dial would have taken
// that was cut short is not known.
func (r *DemandRecorder) writeDial(c *demandConn) {
	if c.isNew && c.isOpen {
		c.isNew = false
		r.write(c.dial)
	}
}

// noteLimits writes the limits of the pool when it is first known.
func (r *DemandRecorder) noteLimits(e Event) {
	if r.hasLimits || e.conn == nil {
		return
	}
	if p, ok := e.conn.owner.(*ConnectionPool); ok {
		r.hasLimits = true
		r.write(advise.LimitsLine{Kind: advise.KindLimits, Limits: advise.Limits(p.limits())})
	}
}

func (r *DemandRecorder) since(t time.Time) time.Duration { return max(0, t.Sub(r.began)) }

func (r *DemandRecorder) write(line any) {
	if r.err == nil {
		r.err = r.json.Encode(line)
	}
}

// Flush writes what is buffered. The error is the first one that there was.
func (r *DemandRecorder) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flush()
}

func (r *DemandRecorder) flush() error {
	if r.err == nil {
		r.err = r.w.Flush()
	}
	return r.err
}

// errRecorded ends a recording: nothing is written after Close.
var errRecorded = errors.New("httpx: the recording is closed")

// Close ends the recording: what has a connection still is written as open, and
// all of it flushed. It does not close the writer. Later events are ignored,
// and a second Close is nil.
func (r *DemandRecorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == errRecorded {
		return nil
	}
	now := time.Now()
	for _, number := range slices.Sorted(maps.Keys(r.conns)) {
		c := r.conns[number]
		r.writeDial(c)
		if c.call != nil {
			r.finish(c.call, now, advise.Open)
		}
	}
	err := r.flush()
	r.err = errRecorded
	return err
}
