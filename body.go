package httpx

import (
	"errors"
	"io"
	"sync/atomic"
)

// A body is what Response.Body is: the rest of an exchange on a connection. Its
// states:
//
//	bodyNone     there is nothing to read: the zero body, and one without bytes
//	bodyOpen     nobody reads now
//	bodyReading  a Read runs; only its goroutine touches the exchange
//	bodyEnding   that Read came to the end, or to an error, and ends the lease
//	bodyCut      a Close came, and ends the lease, or leaves that to the Read beside it
//	bodyAwaited  bodyEnding or bodyCut, and a SendInto waits until it is over
//	bodyEnded    read to the end, or to an error; the lease is over
//	bodyClosed   closed before its end; the lease is over
//
// The move out of bodyOpen or bodyReading says who ends the lease, once.
type body struct {
	state atomic.Uint32
	conn  *Connection
	res   *Response
	err   error         // what Read gives in bodyEnded, io.EOF where nil
	left  chan struct{} // closed when bodyAwaited is over
}

const (
	bodyNone uint32 = iota
	bodyOpen
	bodyReading
	bodyEnding
	bodyCut
	bodyAwaited
	bodyEnded
	bodyClosed
)

var errReadTwice = errors.New("httpx: two Reads of one body at once")

// begin opens the body of an exchange on c. From here on a Close, by whoever has
// an old Body of the same Response, may end it.
func (b *body) begin(c *Connection, res *Response) {
	b.conn, b.res, b.err = c, res, nil
	b.state.Store(bodyOpen)
}

// skip is for an exchange without a body to read: the lease ends here, and it is
// never open.
func (b *body) skip(c *Connection, res *Response) {
	b.conn, b.res, b.err = c, res, nil
	b.state.Store(bodyEnded)
	b.end()
}

// enter claims the exchange for a Read.
func (b *body) enter() error {
	if b.state.CompareAndSwap(bodyOpen, bodyReading) {
		return nil
	}
	switch b.state.Load() {
	case bodyReading, bodyEnding:
		return errReadTwice
	case bodyCut, bodyAwaited, bodyClosed:
		return errBodyClosed
	case bodyEnded:
		if b.err != nil {
			return b.err
		}
	}
	return io.EOF
}

var errBodyClosed = &closedBodyError{}

// closedBodyError is ErrClosed, in words that say what was.
type closedBodyError struct{}

func (*closedBodyError) Error() string { return "httpx: read of a closed body" }
func (*closedBodyError) Unwrap() error { return ErrClosed }

// leave gives the exchange back after a Read that ended with err. A Close that
// came meanwhile left the end of the lease to us.
func (b *body) leave(err error) error {
	if err == nil && b.state.CompareAndSwap(bodyReading, bodyOpen) {
		return nil
	}
	last := bodyEnded
	switch {
	case err == nil || !b.state.CompareAndSwap(bodyReading, bodyEnding):
		// The Close may not have come that far yet, and must not cut what the
		// connection does next.
		b.conn.cut()
		err, last = errBodyClosed, bodyClosed
	case err != io.EOF:
		err = b.conn.bodyError(&b.res.exchange, err)
		b.err = err
	}
	b.end()
	b.over(last)
	return err
}

// over enters the last state, and wakes who waits for it.
func (b *body) over(last uint32) {
	if b.state.Swap(last) == bodyAwaited {
		close(b.left)
	}
}

// end ends the exchange and the lease.
func (b *body) end() {
	if trailers := b.conn.x.Trailers(); trailers != nil {
		b.res.Trailers = append(b.res.Trailers[:0], trailers...)
	}
	b.conn.endExchange(&b.res.exchange)
}

// Read reads the body. At its end the connection is given back.
func (b *body) Read(p []byte) (int, error) {
	if err := b.enter(); err != nil {
		return 0, err
	}
	n, err := b.conn.x.Read(p)
	return n, b.leave(err)
}

// WriteTo writes the rest of the body to w.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if err := b.enter(); err != nil {
		if err == io.EOF {
			err = nil
		}
		return 0, err
	}
	isBack := false
	defer func() {
		if !isBack { // w panicked
			b.Close()
			b.leave(nil)
		}
	}()
	n, err := b.conn.x.WriteTo(w)
	isBack = true
	switch {
	case err == nil:
		if err = b.leave(io.EOF); err == io.EOF {
			err = nil
		}
	case isExchangeFailure(err):
		err = b.leave(err)
	default: // of w: the body can be read on
		if left := b.leave(nil); left != nil {
			err = left
		}
	}
	return n, err
}

// Close ends the exchange: a known small rest is read away so that the
// connection can serve on. Beside a Read it closes the connection, which ends
// the Read. Twice is nil.
func (b *body) Close() error {
	for {
		switch b.state.Load() {
		case bodyOpen:
			if b.state.CompareAndSwap(bodyOpen, bodyCut) {
				b.end()
				b.over(bodyClosed)
				return nil
			}
		case bodyReading:
			c := b.conn // the Response may be used again as soon as the Read is over
			if b.state.CompareAndSwap(bodyReading, bodyCut) {
				c.cut()
				c.owner.forsaken(c, closedByCut)
				return nil
			}
		default:
			return nil
		}
	}
}

// abandon closes the connection for a reason, where the body is open: what is
// left of it is not worth reading away.
func (b *body) abandon(reason string) {
	if b.state.CompareAndSwap(bodyOpen, bodyCut) {
		b.conn.die(reason)
		b.end()
		b.over(bodyClosed)
	}
}

// settle is Close, and waits for a Read on another goroutine to be over: the
// memory of the body will be used again.
func (b *body) settle() {
	b.Close()
	for {
		state := b.state.Load()
		if state != bodyCut && state != bodyEnding {
			return
		}
		b.left = make(chan struct{})
		if b.state.CompareAndSwap(state, bodyAwaited) {
			<-b.left
			return
		}
	}
}

// remaining is how many bytes are still to come, -1 where that is not known.
func (b *body) remaining() int64 {
	if err := b.enter(); err != nil {
		if err == io.EOF {
			return 0
		}
		return -1
	}
	n, known := b.conn.x.Remaining()
	if b.leave(nil) != nil || !known {
		return -1
	}
	return n
}
