package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	"github.com/gohttpx/httpx/h1"
)

// Phase is what an exchange is at.
type Phase uint8

// The phases of an exchange, in their order.
const (
	Rest      Phase = iota // no exchange runs
	Write                  // the request is being written
	FirstByte              // the response is awaited
	Head                   // a byte of it was read
	Body                   // its body is being read
)

// Progress is how far a request got.
type Progress uint8

// How far a request got.
const (
	NotSent Progress = iota
	PartlySent
	Sent
	Answered
)

// Guilt says whose fault a failure was.
type Guilt uint8

// Whose fault a failure was.
const (
	Peer     Guilt = iota // the connection was lost
	Protocol              // what the peer sent is not HTTP/1.1, or not what was asked for
	Timeout               // one of Timeouts ran out
	Context               // the context ended
	Content               // the content of the request failed, or was not of its size
	Caller                // the call could not be written
)

// A Failure is the error of an exchange. The stream must be closed, unless it
// is Untouched.
type Failure struct {
	Guilt    Guilt
	Phase    Phase
	Progress Progress
	Err      error

	// BeforeAnswer is set where the peer ended the connection before the
	// first byte of a response: the case in which a request on a reused
	// connection may be sent again (RFC 9112 section 9.3.1).
	BeforeAnswer bool

	// Untouched is set where nothing was begun: the call could not be written,
	// or its context had ended before. The stream serves on.
	Untouched bool
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// errAborted is the cause where Abort ended an exchange.
var errAborted = errors.New("closed during the exchange")

// fail ends the exchange after err and says what that means.
func (c *Conn) fail(err error) *Failure {
	if u := c.upload; u != nil {
		u.stop() // no write begins from here on, so that Progress is the last word
	}
	f := &Failure{Phase: c.Phase(), Progress: c.Progress(), Err: err}
	c.explain(f)
	c.giveUp()
	return f
}

// explain finds the guilt. What ended the exchange from outside comes first:
// the error of a read or write is then only its echo.
func (c *Conn) explain(f *Failure) {
	var wire *h1.Error
	var length *h1.BodyLengthError
	cause := c.cause.Load()
	switch {
	case cause != nil:
		f.Guilt, f.Err = cause.guilt, cause.err
		if f.Guilt == Timeout || f.Guilt == Content {
			f.Phase = Write // of the upload, whatever the response was at
		}
	case c.ctxErr() != nil && (isTimeout(f.Err) || c.watch.Ended()):
		f.Guilt, f.Err = Context, c.ctxErr()
	case c.watch.Ended():
		f.Guilt, f.Err = Peer, errAborted
	case errors.As(f.Err, &length):
		f.Guilt = Content
	case isTimeout(f.Err):
		f.Guilt, f.Err = Timeout, c.timeoutError(f.Phase)
	case errors.Is(f.Err, io.ErrUnexpectedEOF):
		f.Guilt = Protocol
	case errors.As(f.Err, &wire):
		f.Guilt = Protocol
	default:
		f.Guilt = Peer
		f.BeforeAnswer = f.Progress != Answered && isPeerEnd(f.Err)
		if f.Err == io.EOF {
			f.Err = errEndedEarly
		}
	}
}

var errEndedEarly = errors.New("the peer closed the connection before the response")

// ctxErr is the error of the context that governs the exchange, and its cause.
func (c *Conn) ctxErr() error {
	if c.ctx == nil {
		return nil
	}
	err := c.ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(c.ctx); cause != nil && cause != err {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}

// timeoutError says which of the timeouts ran out.
func (c *Conn) timeoutError(p Phase) error {
	switch p {
	case Write:
		return fmt.Errorf("nothing could be written for %v: %w", c.timeouts.Write, os.ErrDeadlineExceeded)
	case FirstByte:
		return fmt.Errorf("no response within %v: %w", c.timeouts.FirstByte, os.ErrDeadlineExceeded)
	}
	return fmt.Errorf("nothing could be read for %v: %w", c.timeouts.Read, os.ErrDeadlineExceeded)
}

func isTimeout(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// isPeerEnd reports whether err is how a connection looks that the other end
// has left.
func isPeerEnd(err error) bool {
	if err == io.EOF || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	var number syscall.Errno
	return errors.As(err, &number) && slices.Contains(peerEnds, number)
}
