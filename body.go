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
//	bodyEnded    read to the end, or to an error; the lease is over
//	bodyClosed   closed before its end; the lease is over
//
// The move out of bodyOpen or bodyReading ends the lease, and whoever makes it
// does so, once.
type body struct {
	state atomic.Uint32
	conn  *Connection
	res   *Response
	err   error // what Read gives in bodyEnded, io.EOF where nil
}

const (
	bodyNone uint32 = iota
	bodyOpen
	bodyReading
	bodyEnded
	bodyClosed
)

var errReadTwice = errors.New("httpx: two Reads of one body at once")

// begin opens the body of an exchange on c.
func (b *body) begin(c *Connection, res *Response) {
	b.conn, b.res, b.err = c, res, nil
	b.state.Store(bodyOpen)
}

// enter claims the exchange for a Read.
func (b *body) enter() error {
	if b.state.CompareAndSwap(bodyOpen, bodyReading) {
		return nil
	}
	switch b.state.Load() {
	case bodyReading:
		return errReadTwice
	case bodyClosed:
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
	next := bodyOpen
	if err != nil {
		next = bodyEnded
		if err != io.EOF {
			err = b.conn.bodyError(&b.res.exchange, err)
			b.err = err
		}
	}
	closed := !b.state.CompareAndSwap(bodyReading, next)
	if closed || next == bodyEnded {
		b.end()
	}
	if closed {
		return errBodyClosed
	}
	return err
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
	n, err := b.conn.x.WriteTo(w)
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
			if b.state.CompareAndSwap(bodyOpen, bodyClosed) {
				b.end()
				return nil
			}
		case bodyReading:
			if b.state.CompareAndSwap(bodyReading, bodyClosed) {
				b.conn.cut()
				return nil
			}
		default:
			return nil
		}
	}
}

// remaining is how many bytes are still to come, -1 where that is not known.
func (b *body) remaining() int64 {
	switch b.state.Load() {
	case bodyOpen:
		if n, known := b.conn.x.Remaining(); known {
			return n
		}
		return -1
	case bodyReading:
		return -1
	}
	return 0
}
