package exchange

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/network"
)

// continueWait is how long a body waits for 100 (Continue) before it is sent
// without (RFC 9110 section 10.1.1).
const continueWait = time.Second

// readHead reads heads until a final one.
func (c *Conn) readHead(call *Call) (*h1.ResponseHead, error) {
	for interim := 0; ; interim++ {
		if err := c.nextHead(); err != nil {
			return nil, c.fail(err)
		}
		status := c.head.Status
		if status >= 200 || status == 101 {
			break
		}
		if interim == c.limits.Interim {
			return nil, c.fail(protocolError("more than %d interim responses", c.limits.Interim))
		}
		c.event(h1.Server, h1.InterimResponse)
		if status == 100 {
			c.sendAwaited()
		}
		if call.OnInterim != nil {
			call.OnInterim(status, append([][2]string(nil), c.head.Fields...))
		}
		if c.reader.Buffered() == 0 {
			c.enter(FirstByte, Now()) // of the next response
		}
	}
	return c.final(call)
}

// nextHead reads one head. A body that waits for 100, and waited in vain, goes
// out meanwhile.
func (c *Conn) nextHead() error {
	err := c.reader.ReadResponse(&c.head)
	if err == nil || c.continueBy == 0 || c.Phase() != FirstByte || !isTimeout(err) ||
		c.watch.Ended() || c.ctxErr() != nil {
		return err
	}
	c.sendAwaited()
	return c.reader.ReadResponse(&c.head)
}

// sendAwaited starts the upload that waits for 100, if one does.
func (c *Conn) sendAwaited() {
	if c.continueBy != 0 {
		c.continueBy = 0
		c.upload.start()
	}
}

// final takes the head that ends the wait.
func (c *Conn) final(call *Call) (*h1.ResponseHead, error) {
	head := &c.head
	if switches(call.Method, head.Status) {
		return c.switched(head)
	}
	framing, err := head.Framing(call.Method)
	if err != nil {
		return nil, c.fail(err)
	}
	c.framing = framing
	c.event(h1.Server, h1.Response)
	if !head.KeepAlive() {
		c.machine.RefuseKeepAlive()
	}
	if u := c.upload; u != nil && (head.Status >= 400 || !head.KeepAlive() || !u.started) && !u.isRead.Load() {
		// An early answer that wants no more of the body (RFC 9112 section 9.5).
		u.stop()
	}
	at := c.first
	if !c.isWhole {
		at = Now()
	}
	c.enter(Body, at)
	c.onPhase = nil   // it leads to the response, which may be collected unread
	c.reader.Extend() // what was lent for the head alone
	c.reader.Begin(framing)
	if c.reader.Done() {
		c.event(h1.Server, h1.End)
		c.bodyErr = io.EOF
	}
	return head, nil
}

// switches reports whether a status switches protocols: 101, or any 2xx to
// CONNECT (RFC 9110 sections 15.2.2 and 9.3.6).
func switches(method string, status int) bool {
	return status == 101 || method == "CONNECT" && status/100 == 2
}

func (c *Conn) switched(head *h1.ResponseHead) (*h1.ResponseHead, error) {
	if u := c.upload; u != nil && !u.settle() {
		return nil, c.fail(protocolError("the peer switched protocols before it had the request"))
	}
	if err := c.machine.Event(h1.Server, h1.SwitchResponse); err != nil {
		return nil, c.fail(protocolError("status %d, but no other protocol was asked for", head.Status))
	}
	c.bodyErr = io.EOF
	return head, nil
}

// Switched reports whether the response switched protocols.
func (c *Conn) Switched() bool { return c.machine.State(h1.Server) == h1.Switched }

// Switch ends a switched exchange and gives the stream, free of deadlines,
// with the bytes that came right behind the head in front.
func (c *Conn) Switch() (*network.Stream, error) {
	if !c.watch.Stop() {
		if err := c.ctxErr(); err != nil {
			c.abort(Context, err)
		}
		return nil, c.fail(errAborted)
	}
	c.watch.Clear()
	c.stream.Unread(c.reader.Peek())
	c.reader.Discard(c.reader.Buffered())
	c.rest()
	return c.stream, nil
}

// Read reads the body of the response; io.EOF at its end, perhaps with the
// last bytes. Other errors are *Failure.
func (c *Conn) Read(p []byte) (int, error) {
	if c.bodyErr != nil {
		return 0, c.bodyErr
	}
	if c.isLarge() && len(p) > 0 {
		c.adapt(len(p))
	}
	n, err := c.reader.Read(p)
	if err != nil {
		err = c.bodyEnded(err)
	}
	return n, err
}

// WriteTo writes the rest of the body to w. An error of w is returned as it is.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	if c.bodyErr != nil {
		if c.bodyErr == io.EOF {
			return 0, nil
		}
		return 0, c.bodyErr
	}
	if c.isLarge() {
		c.adapt(0)
	}
	guard := guards.Get().(*writerGuard)
	guard.w = w
	n, err := c.reader.WriteTo(guard)
	failed := guard.err
	*guard = writerGuard{}
	guards.Put(guard)
	switch {
	case failed != nil:
		return n, failed
	case err == nil:
		c.bodyEnded(io.EOF)
		return n, nil
	}
	return n, c.bodyEnded(err)
}

var guards = sync.Pool{New: func() any { return new(writerGuard) }}

// writerGuard remembers an error of the writer, which is not the peer's fault.
type writerGuard struct {
	w   io.Writer
	err error
}

func (g *writerGuard) Write(p []byte) (int, error) {
	n, err := g.w.Write(p)
	switch {
	case n < 0 || n > len(p):
		n, err = 0, errInvalidWrite
	case err == nil && n < len(p):
		err = io.ErrShortWrite
	}
	if err != nil {
		g.err = err
	}
	return n, err
}

var errInvalidWrite = errors.New("the writer of a body returned an invalid count of bytes")

// bodyEnded notes how the body ended.
func (c *Conn) bodyEnded(err error) error {
	if err == io.EOF {
		c.event(h1.Server, h1.End)
	} else {
		err = c.fail(err)
	}
	c.bodyErr = err
	return err
}

// Trailers are the fields behind a chunked body, once that was read.
func (c *Conn) Trailers() [][2]string { return c.reader.Trailers() }

// Remaining is the number of bytes of the body that are still to be read, and
// whether that is known.
func (c *Conn) Remaining() (int64, bool) {
	if c.bodyErr != nil {
		return 0, true
	}
	return c.reader.Remaining()
}

// event tells the state machine what happened. What its table refuses here is
// a fault of this package, and ends the connection by way of CanReuse.
func (c *Conn) event(side h1.Side, e h1.Event) {
	if err := c.machine.Event(side, e); err != nil {
		c.machine.RefuseKeepAlive()
	}
}

// protocolError is a fault of the peer that the parser cannot see.
func protocolError(format string, args ...any) error {
	return &h1.Error{Where: "response", What: fmt.Sprintf(format, args...)}
}

// errCut is the end of TLS without close_notify where the end of the
// connection is the end of the body: anyone could have cut it there.
var errCut = fmt.Errorf("TLS ended without close_notify inside a body: %w", io.ErrUnexpectedEOF)

func isCut(s *network.Stream, err error) bool {
	return errors.Is(err, io.EOF) && s.CutShort()
}
