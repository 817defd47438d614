package httpx

import "context"

// A Transport sends requests. *Client, *ConnectionPool, *Connection and what a
// [Middleware] returns are all Transports: any floor can stand where another
// stands. It may be used by several goroutines at once.
type Transport interface {
	// Send writes the request and returns when the head of the response was
	// received; the body is still streaming and must be read to its end or
	// closed. ctx governs the exchange until then. The error is an *Error
	// unless the request itself was at fault.
	Send(ctx context.Context, req *Request) (*Response, error)

	// Close ends the transport and what it owns.
	Close() error
}

// A Middleware wraps a Transport to see and change what goes through it.
type Middleware func(next Transport) Transport

// Wrap returns a Transport that sends with send. Close is forwarded to next,
// and the result has Unwrap() Transport, which returns next.
func Wrap(next Transport, send func(context.Context, *Request) (*Response, error)) Transport {
	return &wrapped{next: next, send: send}
}

type wrapped struct {
	next Transport
	send func(context.Context, *Request) (*Response, error)
}

func (w *wrapped) Send(ctx context.Context, req *Request) (*Response, error) { return w.send(ctx, req) }
func (w *wrapped) Close() error                                              { return w.next.Close() }
func (w *wrapped) Unwrap() Transport                                         { return w.next }

// beneath finds the first transport of type T under t, t itself included.
func beneath[T Transport](t Transport) (found T, ok bool) {
	for t != nil {
		if found, ok = t.(T); ok {
			return found, true
		}
		u, unwraps := t.(interface{ Unwrap() Transport })
		if !unwraps {
			break
		}
		t = u.Unwrap()
	}
	return found, false
}
