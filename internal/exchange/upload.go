package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/h1"
)

// An upload writes the body of a request that does not fit the write buffer, or
// may be slow in coming, on a goroutine of its own: the response may come before
// the body has gone, and both sides would wait for each other if nobody read it.
//
// It owns the writer from start until finished is closed.
type upload struct {
	conn     *Conn
	ctx      context.Context // of the exchange
	content  io.ReadCloser
	trailers [][2]string
	size     int64 // -1: unknown

	once     sync.Once // closes content
	started  bool
	stopped  atomic.Bool
	isRead   atomic.Bool // the content, to its end: the rest of it is on its way
	finished chan struct{}
	ok       bool          // all of it went out; to be read after finished, like
	wrote    time.Duration // when it had, by Now
}

// uploadGrace is how long the end of an exchange waits for an upload whose
// last bytes are on their way.
const uploadGrace = 50 * time.Millisecond

// startUpload opens the content and sends the head, and then the body beside
// the response. With wait it is sent only when the peer, or the clock, says so
// (RFC 9110 section 10.1.1). The head does not wait for the body, which may be
// waiting for the answer to it.
func (c *Conn) startUpload(call *Call, wait bool) *Failure {
	u := &upload{conn: c, ctx: c.ctx, trailers: call.Trailers, size: call.size(), finished: make(chan struct{})}
	var err error
	switch {
	case !call.InMemory:
		u.content, err = call.open()
	case call.Bytes != nil:
		u.content = io.NopCloser(bytes.NewReader(call.Bytes))
	default:
		u.content = io.NopCloser(strings.NewReader(call.Text))
	}
	if err != nil {
		c.abort(Content, err)
		defer c.detachWriter()
		return c.fail(err)
	}
	if err := c.writer.Flush(); err != nil {
		u.closeContent()
		defer c.detachWriter()
		return c.writeFailed(err)
	}
	c.upload = u
	c.wrote = Now()
	c.enter(FirstByte, c.wrote)
	if wait {
		c.continueBy = c.wrote + continueWait
	} else {
		u.start()
	}
	return nil
}

func (u *upload) start() {
	u.started = true
	go u.run()
}

func (u *upload) run() {
	defer close(u.finished)
	defer u.conn.detachWriter()
	defer u.closeContent()
	c := u.conn
	n, err := c.writer.ReadFrom(u)
	if err == nil && u.size >= 0 && n != u.size {
		err = &h1.BodyLengthError{Declared: u.size, Got: n}
	}
	var wireErr error
	if err == nil {
		wireErr = c.writer.Close(u.trailers)
		err = wireErr
	} else {
		wireErr = c.writer.WriteErr()
	}
	switch {
	case err == nil:
		u.ok, u.wrote = true, Now()
		c.progress.CompareAndSwap(uint32(PartlySent), uint32(Sent))
	case u.stopped.Load():
		// Nobody wants the rest.
	case wireErr == nil:
		c.abort(Content, err)
	case isPeerEnd(wireErr), c.watch.Ended(), u.ctx.Err() != nil:
		// The reader learns it too, with the answer that may stand before it.
	case isTimeout(wireErr):
		c.abort(Timeout, c.timeoutError(Write))
	default:
		c.abort(Peer, wireErr)
	}
}

func (u *upload) closeContent() { u.once.Do(func() { u.content.Close() }) }

// isFinished reports whether nothing more will be written.
func (u *upload) isFinished() bool {
	select {
	case <-u.finished:
		return true
	default:
		return false
	}
}

// wroteAt is when the upload was done; until it is, that is now.
func (u *upload) wroteAt() (at time.Duration, done bool) {
	if u.isFinished() {
		return u.wrote, true
	}
	return Now(), false
}

// stop ends the upload where it stands: the peer has answered and wants no more.
func (u *upload) stop() {
	if u.isFinished() || u.stopped.Swap(true) {
		return
	}
	if !u.started {
		u.closeContent()
		u.conn.detachWriter()
		return
	}
	u.conn.watch.EndWrites()
	u.closeContent()
}

// settle waits a moment for an upload that is about to be done, and reports
// whether it is.
func (u *upload) settle() bool {
	if u.isFinished() {
		return u.ok
	}
	if !u.started || u.stopped.Load() {
		u.stop()
		return false
	}
	grace := time.NewTimer(uploadGrace)
	defer grace.Stop()
	select {
	case <-u.finished:
		return u.ok
	case <-grace.C:
		u.stop()
		return false
	}
}

// Read reads the content until the upload is stopped.
func (u *upload) Read(p []byte) (int, error) {
	if u.stopped.Load() {
		return 0, errStopped
	}
	n, err := u.content.Read(p)
	if err == io.EOF {
		u.isRead.Store(true)
	}
	return n, err
}

var errStopped = errors.New("the peer wants no more of the body")
