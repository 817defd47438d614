package exchange

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/ctxwatch"
	"github.com/gohttpx/httpx/network"
)

// A Conn is a stream on which exchanges run, one after another: Do, Read until
// io.EOF or as far as wanted, End.
type Conn struct {
	stream *network.Stream
	watch  ctxwatch.Watch
	reader h1.Reader
	writer h1.Writer
	limits Limits
	tls    bool   // as it was when the Conn was made
	crowd  *Crowd // nil: none

	// head is kept between exchanges: a peer that sends the same block again
	// costs neither parsing nor memory.
	head    h1.ResponseHead
	machine h1.Machine

	// The exchange that runs.
	ctx      context.Context
	timeouts Timeouts
	framing  h1.Framing
	upload   *upload
	input    *[readSize]byte
	wide     *[largeSize]byte // in place of input
	isFull   bool             // the last read took all the room there was
	overflew bool             // it got what would have filled the usual buffer
	habit    habit            // for the next exchange
	bodyErr  error            // what Read gave last, and gives again
	refused  bool             // the request said Connection: close
	unsent   bool             // it did not go out whole, and the answer was read all the same
	wrote    time.Duration
	first    time.Duration
	isWhole  bool // all of the head came with its first byte

	// continueBy is when a body that waits for 100 (Continue) goes without it,
	// by Now; 0: none waits.
	continueBy time.Duration
	onPhase    func(Phase, time.Duration)

	cause atomic.Pointer[cause] // what ended the exchange from outside

	// looked at by others
	phase    atomic.Uint64 // Phase in the lowest 3 bits, above them since when
	progress atomic.Uint32
	served   atomic.Uint64
}

// cause is why an exchange was ended by somebody other than its reader.
type cause struct {
	guilt Guilt
	err   error
}

// New makes a Conn of a stream on which nothing was said yet.
func New(stream *network.Stream, limits Limits) *Conn {
	c := new(Conn)
	c.Init(stream, limits)
	return c
}

// Init is New for a Conn that lies inside another struct; it comes before all
// else but Phase, Progress and Served. A Conn must not be copied.
func (c *Conn) Init(stream *network.Stream, limits Limits) {
	if limits.Interim == 0 {
		limits.Interim = defaultInterim
	}
	c.stream, c.limits = stream, limits
	_, c.tls = stream.TLS()
	c.reader.SetLimits(limits.Head)
	c.reader.Reset((*source)(c))
	c.writer.Reset((*sink)(c))
	c.watch.Reset(stream)
}

// Tell has e told when a context ends that governs an exchange, on a goroutine of
// its own. It comes before the first exchange.
func (c *Conn) Tell(e ctxwatch.Ender) { c.watch.Tell(e) }

// Join makes c one of a crowd; nil is none. It comes before the first exchange.
func (c *Conn) Join(crowd *Crowd) { c.crowd = crowd }

// Stream is the stream beneath.
func (c *Conn) Stream() *network.Stream { return c.stream }

// epoch is where Now counts from: so long before the program began that Now is
// positive by the clock of testing/synctest too, which stands in the year 2000.
var epoch = time.Now().Add(-50 * 365 * 24 * time.Hour)

// Now is the monotonic clock by which phases are told.
func Now() time.Duration { return time.Since(epoch) }

// enter notes that the exchange is in phase p now. One word holds both, so
// that whoever looks sees a phase and its own beginning.
func (c *Conn) enter(p Phase, at time.Duration) {
	c.phase.Store(uint64(at)<<3 | uint64(p))
	if c.onPhase != nil {
		c.onPhase(p, at)
	}
}

// Phase is what the exchange is at. Anyone may ask.
func (c *Conn) Phase() Phase { return Phase(c.phase.Load() & 7) }

// PhaseSince is Phase and when that began, by Now; of Rest that is not told.
// Anyone may ask.
func (c *Conn) PhaseSince() (Phase, time.Duration) {
	v := c.phase.Load()
	return Phase(v & 7), time.Duration(v >> 3)
}

// Progress is how far the request of the exchange got. Anyone may ask.
func (c *Conn) Progress() Progress { return Progress(c.progress.Load()) }

// WrittenAt is when the request had gone, by Now; where its upload goes on
// beside the response, when its head had.
func (c *Conn) WrittenAt() time.Duration { return c.wrote }

// AnsweredAt is when the first byte of the response came, by Now.
func (c *Conn) AnsweredAt() time.Duration { return c.first }

// Ended reports whether the body was read to its end.
func (c *Conn) Ended() bool { return c.bodyErr == io.EOF }

// MayHaveMore reports whether the last read took all the room it had, so that it
// does not tell whether the peer sent more than that.
func (c *Conn) MayHaveMore() bool { return c.isFull }

// Served is how many exchanges were ended well. Anyone may ask.
func (c *Conn) Served() uint64 { return c.served.Load() }

// Abort ends the exchange that runs, from any goroutine: its reads and writes
// fail from now on. The stream must be closed afterwards.
func (c *Conn) Abort() { c.abort(Peer, errAborted) }

// abort ends the exchange for a reason of its own, the first of which counts.
func (c *Conn) abort(g Guilt, err error) {
	c.cause.CompareAndSwap(nil, &cause{g, err})
	c.watch.Abort()
}

// source is what the reader reads from: the stream under its deadlines.
type source Conn

func (s *source) Read(p []byte) (int, error) {
	c := (*Conn)(s)
	for {
		c.watch.SetRead(c.readDeadline())
		n, err := c.stream.Read(p)
		switch phase := c.Phase(); {
		case n == 0:
		case phase == FirstByte:
			c.answered()
		case phase == Head:
			c.isWhole = false
		}
		c.isFull, c.overflew = n == len(p), n >= readSize
		if err != nil && c.framing.Kind == h1.UntilClose && c.Phase() == Body && isCut(c.stream, err) {
			err = errCut
		}
		if err == nil || n > 0 || !c.waitsOn(err) {
			return n, err
		}
	}
}

// readDeadline is when a read that begins now must have got something; the zero
// time: whenever.
func (c *Conn) readDeadline() time.Time {
	limit, isFirst := c.timeouts.Read, c.Phase() == FirstByte
	if isFirst {
		if c.continueBy != 0 {
			return epoch.Add(c.continueBy)
		}
		limit = c.timeouts.FirstByte
	}
	switch {
	case limit <= 0:
		return time.Time{}
	case isFirst && c.upload != nil:
		from, _ := c.upload.wroteAt()
		return epoch.Add(from + limit)
	}
	return epoch.Add(Now() + limit)
}

// waitsOn reports whether a read that ended with err came too early: the wait
// for the first byte begins when the request was written, and its upload went
// on meanwhile.
func (c *Conn) waitsOn(err error) bool {
	if c.upload == nil || c.continueBy != 0 || c.Phase() != FirstByte || !isTimeout(err) ||
		c.watch.Ended() || c.ctxErr() != nil {
		return false
	}
	at, done := c.upload.wroteAt()
	return !done || Now() < at+c.timeouts.FirstByte
}

// answered notes the first byte of a response.
func (c *Conn) answered() {
	c.progress.Store(uint32(Answered))
	c.first = Now()
	c.isWhole = true
	c.enter(Head, c.first)
}

// sink is what the writer writes to.
type sink Conn

// Write writes all of p, as long as there is progress. Where a write ends in
// time with a part of it, that may just have gone, and the time begins anew.
func (s *sink) Write(p []byte) (n int, err error) {
	c := (*Conn)(s)
	limit := c.timeouts.Write
	phase, start := c.PhaseSince()
	if phase != Write {
		start = Now() // an upload's
	}
	for isExact := false; ; {
		if isExact {
			c.watch.SetWrite(epoch.Add(start + limit))
		} else {
			c.limitWrite(start, limit)
		}
		// Before the write: whoever looks beside it must not conclude that nothing went.
		isFirst := c.progress.CompareAndSwap(uint32(NotSent), uint32(PartlySent))
		m, err := c.stream.Write(p[n:])
		n += m
		if isFirst && m == 0 && !c.tls { // of a TLS record a part may have gone
			c.progress.CompareAndSwap(uint32(PartlySent), uint32(NotSent))
		}
		if err == nil || n == len(p) {
			return n, nil
		}
		if c.tls || limit <= 0 || !isTimeout(err) || c.watch.Muted() {
			return n, err // crypto/tls cannot go on after a write that timed out
		}
		switch {
		case m > 0:
			start, isExact = Now(), false
		case isExact:
			return n, err
		default:
			isExact = true // the deadline that passed may be an earlier write's
		}
	}
}

// limitWrite sets the deadline of a write that begins at start. On a plain
// stream one that comes too early is looked at and moved. On TLS it would be the
// end of the connection: there it comes up to a quarter of the limit late, so
// that it need not be set for each request.
func (c *Conn) limitWrite(start, limit time.Duration) {
	switch now := epoch.Add(start); {
	case limit <= 0:
		c.watch.SetWrite(time.Time{})
	case c.tls:
		c.watch.RenewWrite(now.Add(limit), now.Add(limit+limit/4))
	default:
		c.watch.RenewWrite(now, now.Add(limit))
	}
}
