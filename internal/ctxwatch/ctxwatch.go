// Package ctxwatch is the one place through which the deadlines of a stream go.
//
// A context that can end costs one hook, one that cannot costs nothing. The
// hook and the owner's own timeouts write to the same deadline; the rule that
// keeps a cancellation from being overwritten is small enough to state here:
// the hook stores ended and then sets a deadline in the past; whoever sets a
// later deadline looks at ended again afterwards and puts the past one back.
//
//	w.Reset(conn)
//	w.Start(ctx)
//	w.SetRead(time.Now().Add(timeout))
//	n, err := conn.Read(p)
//	if !w.Stop() {
//		// The context ended while the exchange ran: close conn, never reuse it.
//	}
package ctxwatch

import (
	"context"
	"sync/atomic"
	"time"
)

// Conn is what a Watch needs of a connection: its deadlines. Every net.Conn
// is one.
type Conn interface {
	SetDeadline(time.Time) error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// past is a deadline that has passed on every clock, a virtual one included.
var past = time.Unix(1, 0)

// A Watch guards one connection, one context at a time. Start, Stop and the
// Set methods belong to the goroutine that runs the exchange (those for writes may
// be called by its uploader instead); Ended, Abort and EndWrites by any.
// A Watch must not be copied after Reset.
type Watch struct {
	conn  Conn
	ended atomic.Bool // every read and write is over
	mute  atomic.Bool // every write is over
	stop  func() bool // of the running hook; nil while the context cannot end
	hook  func()      // w.end, made once so that Start does not allocate it
	told  Ender       // hears of the end; nil: nobody

	// limit is the deadline of a context that has one but no Done channel:
	// nothing will call the hook, so the deadline itself is put on the conn.
	limit time.Time

	readSet  bool
	writeSet bool

	// writeUntil is the deadline that RenewWrite left behind; zero: none.
	writeUntil time.Time
}

// An Ender is told that a context ended while it governed the connection.
type Ender interface{ ContextEnded() }

// Tell has e told, on a goroutine of its own, when a context ends; nil is nobody.
// It comes before the first Start.
func (w *Watch) Tell(e Ender) { w.told = e }

// Reset makes w watch conn, with no context.
func (w *Watch) Reset(conn Conn) {
	w.conn = conn
	w.ended.Store(false)
	w.mute.Store(false)
	w.stop = nil
	w.limit = time.Time{}
	w.readSet, w.writeSet = false, false
	w.writeUntil = time.Time{}
}

// Start lets ctx govern the connection until Stop. It returns the context's
// error if that has ended already, and then nothing was started.
func (w *Watch) Start(ctx context.Context) error {
	if ctx.Done() == nil {
		if limit, ok := ctx.Deadline(); ok {
			w.limit = limit
			w.readSet, w.writeSet = true, true
			w.writeUntil = time.Time{}
			return w.conn.SetDeadline(limit)
		}
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.hook == nil {
		w.hook = w.end
	}
	w.stop = context.AfterFunc(ctx, w.hook)
	return nil
}

// Stop ends the rule of the context and clears the deadlines that were set,
// but for one that RenewWrite left. It reports whether the connection is as good as before: false means that
// the context ended, or is just ending, and that the connection must be closed.
func (w *Watch) Stop() bool {
	if !w.Unhook() {
		return false
	}
	w.limit = time.Time{}
	if w.readSet {
		w.readSet = false
		w.conn.SetReadDeadline(time.Time{})
	}
	if w.writeSet {
		w.writeSet = false
		w.writeUntil = time.Time{}
		w.conn.SetWriteDeadline(time.Time{})
	}
	return true
}

// Unhook is Stop for a connection that will be closed: it leaves the deadlines
// alone, which another goroutine may still be setting.
func (w *Watch) Unhook() bool {
	if w.stop != nil {
		stop := w.stop
		w.stop = nil
		if !stop() {
			return false
		}
	}
	return !w.ended.Load() && !w.mute.Load()
}

// EndWrites ends every write of the connection now, for good, and leaves reads
// alone. Anyone may call it.
func (w *Watch) EndWrites() {
	w.mute.Store(true)
	w.conn.SetWriteDeadline(past)
}

// end is the hook of the context.
func (w *Watch) end() {
	w.Abort()
	if w.told != nil {
		w.told.ContextEnded()
	}
}

// Abort ends every read and write of the connection now, for good. The hook of the
// context does it, and anyone else may who wants the same.
func (w *Watch) Abort() {
	w.ended.Store(true)
	w.conn.SetDeadline(past)
}

// Ended reports whether Abort was called, by the context or by others.
func (w *Watch) Ended() bool { return w.ended.Load() }

// Muted reports whether writes are over: EndWrites or Abort was called.
func (w *Watch) Muted() bool { return w.ended.Load() || w.mute.Load() }

// SetRead sets the deadline of reads; the zero time means none.
func (w *Watch) SetRead(t time.Time) error {
	if t.IsZero() && !w.readSet {
		return nil
	}
	t = w.sooner(t)
	w.readSet = !t.IsZero()
	err := w.conn.SetReadDeadline(t)
	if w.ended.Load() {
		return w.conn.SetReadDeadline(past)
	}
	return err
}

// SetWrite sets the deadline of writes; the zero time means none.
func (w *Watch) SetWrite(t time.Time) error {
	if t.IsZero() && !w.writeSet {
		return nil
	}
	t = w.sooner(t)
	w.writeSet = !t.IsZero()
	w.writeUntil = time.Time{}
	err := w.conn.SetWriteDeadline(t)
	if w.ended.Load() || w.mute.Load() {
		return w.conn.SetWriteDeadline(past)
	}
	return err
}

// RenewWrite sees to it that writes have a deadline later than earliest and not
// later than latest. One that an earlier call left and that fits stays as it is:
// setting a deadline costs more than writing a small request needs. Where none
// fits, it is latest. Stop leaves the deadline in place; Clear does not.
func (w *Watch) RenewWrite(earliest, latest time.Time) error {
	if w.writeUntil.After(earliest) && !w.writeUntil.After(latest) && w.limit.IsZero() {
		return nil
	}
	err := w.SetWrite(latest)
	w.writeSet = !w.limit.IsZero()
	w.writeUntil = w.sooner(latest)
	return err
}

// Clear removes every deadline, that of RenewWrite too: the connection goes to
// an owner who knows nothing of a Watch. It must come after Stop said true.
func (w *Watch) Clear() {
	w.writeUntil = time.Time{}
	w.conn.SetDeadline(time.Time{})
}

// sooner bounds t by the context's own deadline.
func (w *Watch) sooner(t time.Time) time.Time {
	if w.limit.IsZero() || (!t.IsZero() && t.Before(w.limit)) {
		return t
	}
	return w.limit
}
