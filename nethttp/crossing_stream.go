package nethttp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gohttpx/httpx/network"
)

// stream makes a Stream of a response that switched protocols; nil where it did
// not.
func (c *crossing) stream(out *http.Response) *network.Stream {
	c.mu.Lock()
	beneath := c.conn
	c.mu.Unlock()
	conn := &switchedConn{Reader: out.Body, beneath: beneath}
	switch {
	case out.StatusCode == http.StatusSwitchingProtocols:
		body, ok := out.Body.(io.ReadWriteCloser)
		if !ok {
			return nil
		}
		conn.Writer, conn.closer, conn.hasDeadlines = body, body, beneath != nil
	case c.feed != nil && out.StatusCode/100 == 2:
		conn.Writer, conn.closer = c.feed, closers{c.feed, out.Body}
	default:
		return nil
	}
	if out.TLS != nil {
		return network.NewStream(&switchedTLS{conn, *out.TLS})
	}
	return network.NewStream(conn)
}

// switchedConn is a net.Conn of what net/http gives of a connection that speaks
// another protocol now: a reader, a writer, and the connection beneath, for its
// addresses. Deadlines go to that, where nobody but us reads and writes it.
type switchedConn struct {
	io.Reader
	io.Writer
	closer       io.Closer
	beneath      net.Conn // nil where no hook told it
	hasDeadlines bool
}

func (c *switchedConn) Close() error { return c.closer.Close() }

func (c *switchedConn) LocalAddr() net.Addr {
	if c.beneath == nil {
		return noAddr{}
	}
	return c.beneath.LocalAddr()
}

func (c *switchedConn) RemoteAddr() net.Addr {
	if c.beneath == nil {
		return noAddr{}
	}
	return c.beneath.RemoteAddr()
}

func (c *switchedConn) SetDeadline(t time.Time) error {
	if !c.hasDeadlines {
		return os.ErrNoDeadline
	}
	return c.beneath.SetDeadline(t)
}

func (c *switchedConn) SetReadDeadline(t time.Time) error {
	if !c.hasDeadlines {
		return os.ErrNoDeadline
	}
	return c.beneath.SetReadDeadline(t)
}

func (c *switchedConn) SetWriteDeadline(t time.Time) error {
	if !c.hasDeadlines {
		return os.ErrNoDeadline
	}
	return c.beneath.SetWriteDeadline(t)
}

// CloseWrite says that nothing more will be written, where the writer knows how.
func (c *switchedConn) CloseWrite() error {
	switch w := c.Writer.(type) {
	case *io.PipeWriter:
		return w.Close()
	case interface{ CloseWrite() error }:
		return w.CloseWrite()
	}
	return fmt.Errorf("nethttp: a %T cannot close one direction: %w", c.Writer, errors.ErrUnsupported)
}

// switchedTLS is a switchedConn beneath which TLS is spoken.
type switchedTLS struct {
	*switchedConn
	state tls.ConnectionState
}

func (c *switchedTLS) ConnectionState() tls.ConnectionState { return c.state }

// noAddr is an address that nobody told.
type noAddr struct{}

func (noAddr) Network() string { return "unknown" }
func (noAddr) String() string  { return "unknown" }

// closers closes several things, and gives the first error.
type closers []io.Closer

func (all closers) Close() error {
	var first error
	for _, c := range all {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
