package nethttp

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/gohttpx/httpx"
)

// body is Response.Body: that of httpx, plain where it was compressed for us,
// with the errors and the trailers of net/http. Its states:
//
//	bodyOpen     nobody reads now
//	bodyReading  a Read runs
//	bodyEnded    read to the end
//	bodyClosed   closed before that
//
// Who moves it out of bodyOpen or bodyReading to an end is the last to touch the
// response of httpx, and gives it back; but where a Close came beside a Read
// both hold it, and neither does.
type body struct {
	trip   *trip
	answer *answer
	held   *held // what the end gives back; nil for nothing
	res    *httpx.Response
	from   io.ReadCloser // res.Body, or what unpacks it
	state  atomic.Uint32
}

const (
	bodyOpen uint32 = iota
	bodyReading
	bodyEnded
	bodyClosed
)

var errReadTwice = errors.New("nethttp: two Reads of one body at once")

// open begins the body of a response.
func (b *body) open(x *trip, a *answer, res *httpx.Response, h *held) {
	b.trip, b.answer, b.held, b.res, b.from = x, a, h, res, res.Body
	out := &a.out
	if x.gzip && a.isGzip() {
		delete(out.Header, "Content-Encoding")
		delete(out.Header, "Content-Length")
		out.ContentLength = -1
		out.Uncompressed = true
		b.from = &gunzip{body: res.Body}
	}
	out.Body = b
}

// isGzip reports whether the body is compressed in the way that we asked for.
func (a *answer) isGzip() bool {
	codings := a.get("Content-Encoding")
	return codings != nil && strings.EqualFold(codings[0], "gzip")
}

// Read reads the body. At its end the connection is given back.
func (b *body) Read(p []byte) (int, error) {
	if err := b.enter(); err != nil {
		return 0, err
	}
	n, err := b.from.Read(p)
	return n, b.leave(err)
}

// WriteTo keeps the shortcut of the body beneath.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if err := b.enter(); err == io.EOF {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, b.from)
	switch err {
	case nil:
		if err = b.leave(io.EOF); err == io.EOF {
			err = nil
		}
	case io.EOF: // w's: the body can be read on
		if left := b.leave(nil); left != nil {
			err = left
		}
	default:
		err = b.leave(err)
	}
	return n, err
}

// enter claims the body for a Read.
func (b *body) enter() error {
	if b.state.CompareAndSwap(bodyOpen, bodyReading) {
		return nil
	}
	switch b.state.Load() {
	case bodyEnded:
		return io.EOF
	case bodyClosed:
		return http.ErrBodyReadAfterClose
	}
	return errReadTwice
}

// leave gives the body back after a Read that ended with err, and makes of that
// what callers of net/http look for. Errors but io.EOF stay what they are in a
// further Read.
func (b *body) leave(err error) error {
	if err == io.EOF {
		b.fillTrailers()
		b.from.Close() // it has ended, but where a writer kept its own end from it
		if b.state.CompareAndSwap(bodyReading, bodyEnded) {
			b.end()
			return io.EOF
		}
		return http.ErrBodyReadAfterClose
	}
	if err != nil {
		err = b.trip.translate(err) // while it is ours
	}
	if b.state.CompareAndSwap(bodyReading, bodyOpen) {
		return err
	}
	return http.ErrBodyReadAfterClose
}

// end gives back what only the exchange needed.
func (b *body) end() {
	b.trip.release()
	b.trip.free()
	b.trip, b.res, b.from = nil, nil, nil
	if b.held != nil {
		b.held.free()
		b.held = nil
	}
}

// fillTrailers gives Response.Trailer its values, those that were not announced
// among them.
func (b *body) fillTrailers() {
	if len(b.res.Trailers) == 0 {
		return
	}
	out := &b.answer.out
	values, _ := header(b.res.Trailers, make([]string, len(b.res.Trailers)))
	if out.Trailer == nil {
		out.Trailer = values
		return
	}
	for name, v := range values {
		out.Trailer[name] = v
	}
}

// Close ends the exchange, as httpx has it: a small rest is read away so that
// the connection can serve on. Beside a Read it ends that. Twice is nil.
func (b *body) Close() error {
	for {
		switch b.state.Load() {
		case bodyOpen:
			if b.state.CompareAndSwap(bodyOpen, bodyClosed) {
				err := b.from.Close()
				b.end()
				return err
			}
		case bodyReading:
			if b.state.CompareAndSwap(bodyReading, bodyClosed) {
				err := b.from.Close()
				b.trip.release()
				return err
			}
		default:
			return nil
		}
	}
}
