package httpx

import (
	"context"
	"errors"
	"fmt"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
)

// failed turns the failure of an exchange into an Error, and ends the lease.
func (c *Connection) failed(rec *record, req *Request, err error) *Error {
	e := c.explain(rec, err)
	rec.failed(e)
	rec.finished = exchange.Now()
	e.exchange = rec.export()
	c.idleSince = rec.finished
	c.request.end()
	var failure *exchange.Failure
	if errors.As(err, &failure) && failure.Untouched {
		if failure.Guilt == exchange.Caller {
			e.isCallers = true
			e.Err = fmt.Errorf("httpx: request %s: %w", req.describe(), failure.Err)
		}
		c.owner.giveBack(c, exchange.Reusable)
		return e
	}
	c.owner.giveBack(c, exchange.Failed)
	return e
}

// bodyError turns what ended a body into an Error.
func (c *Connection) bodyError(rec *record, err error) error {
	e := c.explain(rec, err)
	rec.failed(e)
	rec.finished = exchange.Now()
	e.exchange = rec.export()
	return e
}

// explain makes an Error of the failure of an exchange.
func (c *Connection) explain(rec *record, err error) *Error {
	e := &Error{
		Origin:     c.origin.String(),
		Connection: c.id,
		After:      exchange.Now() - rec.began,
		Err:        err,
	}
	var f *exchange.Failure
	if !errors.As(err, &f) {
		return e
	}
	if !f.Untouched {
		c.because(endings[f.Guilt])
	}
	e.beforeAnswer = f.BeforeAnswer
	e.Phase, e.Progress, e.Err = phases[f.Phase], Progress(f.Progress), f.Err
	switch f.Guilt {
	case exchange.Peer:
		e.Kind = ErrConnect
		if c.State() == Closed {
			e.Kind, e.Err = ErrClosed, errors.New(c.whyClosed())
		}
	case exchange.Protocol:
		e.Kind = ErrProtocol
		if errors.Is(f.Err, h1.ErrTooLarge) {
			e.Err = fmt.Errorf("%w: %w", ErrTooLarge, f.Err)
		}
	case exchange.Timeout:
		e.Kind = ErrTimeout
	case exchange.Context:
		if errors.Is(f.Err, context.DeadlineExceeded) {
			e.Kind = ErrTimeout
		}
	case exchange.Content:
		e.Err = fmt.Errorf("content of the request: %w", f.Err)
	}
	return e
}

// endings say why a connection is closed after a failure.
var endings = [...]string{
	exchange.Peer:     "the peer closed it",
	exchange.Protocol: "protocol error",
	exchange.Timeout:  "timeout",
	exchange.Context:  "context ended",
	exchange.Content:  "content of a request failed",
	exchange.Caller:   "request could not be written",
}

// phases are the exchange's, as the callers know them.
var phases = [...]Phase{
	exchange.Rest:      PhaseDone,
	exchange.Write:     PhaseWrite,
	exchange.FirstByte: PhaseFirstByte,
	exchange.Head:      PhaseHead,
	exchange.Body:      PhaseBody,
}

// isExchangeFailure tells a failure of the exchange from one of a writer that
// the body was copied to.
func isExchangeFailure(err error) bool {
	var f *exchange.Failure
	return errors.As(err, &f)
}
