package networktest

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gohttpx/httpx/network"
)

const (
	defaultWindow = 64 << 10 // what a client may write ahead of its server
	serverWindow  = 1 << 20  // what a server may write ahead of its client
)

// conn is one end of a connection in memory.
type conn struct {
	in, out       *half
	local, remote net.Addr

	closeOnce sync.Once
	onClose   func() // may be nil
}

var (
	_ network.Prober    = (*conn)(nil)
	_ network.TryReader = (*conn)(nil)
)

// Pipe returns the two ends of a connection without a network around them. The
// client may write 64 KiB ahead of the server's reading, the server 1 MiB. Both
// have CloseWrite, and Reset beside Close, and are a network.Prober and a
// network.TryReader.
func Pipe() (client, server net.Conn) {
	c, s := pipe(addr("client"), addr("server"))
	return c, s
}

func pipe(clientAddr, serverAddr net.Addr) (client, server *conn) {
	up, down := newHalf(defaultWindow), newHalf(serverWindow)
	client = &conn{in: down, out: up, local: clientAddr, remote: serverAddr}
	server = &conn{in: up, out: down, local: serverAddr, remote: clientAddr}
	return client, server
}

// Read returns bytes of one Write of the other end at most.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// TryRead is Read for those who do not wait.
func (c *conn) TryRead(p []byte) (n int, ok bool, err error) {
	n, ok, err = c.in.tryRead(p)
	return n, ok, c.wrap("read", err)
}

// Probe tells whether the other end is still there.
func (c *conn) Probe() (network.Liveness, error) {
	live, err := c.in.probe()
	return live, err
}

// Close ends both directions. The other end reads what was written, and then
// io.EOF; what it writes fails from now on.
func (c *conn) Close() error {
	err := net.ErrClosed
	c.closeOnce.Do(func() {
		err = nil
		c.in.update(func() {
			c.in.readerClosed = true
			c.in.pieces, c.in.size = nil, 0
			c.in.readDeadline.stop()
		})
		c.out.update(func() {
			c.out.writerClosed = true
			c.out.ended = true
			c.out.writeDeadline.stop()
		})
		if c.onClose != nil {
			c.onClose()
		}
	})
	return c.wrap("close", err)
}

// Reset closes and takes everything under way with it: the other end's reads and
// writes fail with ECONNRESET.
func (c *conn) Reset() {
	for _, h := range []*half{c.in, c.out} {
		h.update(func() {
			h.reset = true
			h.pieces, h.size = nil, 0
		})
	}
	c.Close()
}

// CloseWrite ends this end's direction; the other goes on.
func (c *conn) CloseWrite() error {
	var err error
	c.out.update(func() {
		if c.out.writerClosed {
			err = net.ErrClosed
		}
		c.out.ended = true
	})
	return c.wrap("close", err)
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	if c.isClosed() {
		return c.wrap("set", net.ErrClosed)
	}
	c.in.readDeadline.set(c.in, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	if c.isClosed() {
		return c.wrap("set", net.ErrClosed)
	}
	c.out.writeDeadline.set(c.out, t)
	return nil
}

func (c *conn) isClosed() bool {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	return c.in.readerClosed
}

// wrap gives an error the form that package net gives it.
func (c *conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// addr is an address as it was dialled.
type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }
