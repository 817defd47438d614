package exchange

import (
	"io"
	"time"

	"github.com/gohttpx/httpx/h1"
)

// The drain: how much of an unread body is read so that the connection may
// serve on, and how long that may take.
const (
	drainBytes = 64 << 10
	drainTime  = 50 * time.Millisecond
)

// End ends the exchange, wherever it stands, and says why the connection
// cannot serve another; the empty Reason means that it can. A known rest of
// the body is read away if it is small (the drain).
func (c *Conn) End() Reason {
	reason := c.settle()
	if reason != Reusable {
		c.giveUp()
		return reason
	}
	if err := c.machine.Next(); err != nil {
		c.giveUp()
		return Failed
	}
	c.rest()
	c.served.Add(1)
	return Reusable
}

// settle finds out how the exchange ended.
func (c *Conn) settle() Reason {
	if c.Switched() {
		return SwitchedAway
	}
	if c.bodyErr == nil {
		c.drain()
	}
	if u := c.upload; u != nil {
		if !u.settle() {
			return UploadUnended
		}
		c.event(h1.Client, h1.End)
	}
	switch {
	case c.unsent:
		return UploadUnended
	case c.bodyErr == nil:
		return BodyUnread
	case c.bodyErr != io.EOF:
		return Failed
	case c.framing.Kind == h1.UntilClose:
		return EndIsTheBody
	case c.refused:
		return WeRefuse
	case !c.machine.CanReuse():
		return PeerRefuses
	case c.reader.Buffered() > 0:
		return BytesUnasked
	case !c.watch.Stop():
		return ContextEnded
	case c.cause.Load() != nil:
		return ClosedMeanwhile
	}
	return Reusable
}

// drain reads a small rest of the body away, as long as drainTime allows. A
// rest of unknown length is only taken as far as it is here already: it is read, or
// seems to be one read away, since the last was full.
func (c *Conn) drain() {
	left, known := c.reader.Remaining()
	if known && left > drainBytes || c.framing.Kind == h1.UntilClose {
		return
	}
	until, isHere := Now()+drainTime, known || c.isFull
	var scratch [2 << 10]byte
	for c.bodyErr == nil {
		mustRead := c.reader.Buffered() == 0
		c.timeouts.Read = until - Now()
		if !isHere {
			c.timeouts.Read = time.Nanosecond // no waiting
		}
		if c.timeouts.Read <= 0 || mustRead && !isHere {
			return
		}
		isHere = known || !mustRead && isHere // one read tells little: a fast peer fills them all
		switch _, err := c.reader.Read(scratch[:]); {
		case err == io.EOF:
			c.bodyEnded(err)
		case err != nil:
			return
		}
	}
}

// giveUp lets go of everything that the exchange holds: the connection will
// not be used again.
func (c *Conn) giveUp() {
	c.watch.Unhook()
	if u := c.upload; u != nil {
		u.stop()
	}
	c.rest()
}

// rest is the state between two exchanges: no buffer, no context.
func (c *Conn) rest() {
	c.reader.Discard(c.reader.Buffered())
	c.putBuffer()
	c.ctx = nil
	c.upload = nil
	c.onPhase = nil
	c.enter(Rest, 0)
}
