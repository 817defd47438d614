package client

import (
	"io"
	"net"
	"runtime"
	"syscall"
)

// The read right behind a write finds nothing yet, costs a system call, and
// parks. These are raw without it, by two ways: they tell what either is worth.
func init() {
	register(Client{
		Name: "yielding raw", Words: "raw that lets others run between write and read", PlainOnly: true,
		Open: func(t Target) (Session, error) { return openRawWith(t, yielding) },
	})
	register(Client{
		Name: "fused raw", Words: "raw that writes inside syscall.RawConn.Read, which then waits first", PlainOnly: true,
		Open: func(t Target) (Session, error) { return openRawWith(t, fusing) },
	})
}

// openRawWith opens raw with its connections wrapped.
func openRawWith(t Target, wrap func(*net.TCPConn) (net.Conn, error)) (Session, error) {
	s, err := openRaw(t)
	if err != nil {
		return nil, err
	}
	for _, c := range s.(*raw).opened {
		if c.Conn, err = wrap(c.Conn.(*net.TCPConn)); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

type yieldingConn struct{ net.Conn }

func yielding(c *net.TCPConn) (net.Conn, error) { return yieldingConn{c}, nil }

func (c yieldingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	runtime.Gosched()
	return n, err
}

// fusedConn keeps what is written for the next Read. No client can stand on it
// as it is: an edge of readiness that came before the Read is lost, and with it
// what the peer said unasked.
type fusedConn struct {
	net.Conn
	raw     syscall.RawConn
	turn    func(uintptr) bool // of fd, once
	out, in []byte
	n       int
	err     error
}

func fusing(c *net.TCPConn) (net.Conn, error) {
	raw, err := c.SyscallConn()
	f := &fusedConn{Conn: c, raw: raw}
	f.turn = f.writeThenRead
	return f, err
}

func (c *fusedConn) Write(p []byte) (int, error) {
	c.out = p
	return len(p), nil
}

func (c *fusedConn) Read(p []byte) (int, error) {
	c.in = p
	if err := c.raw.Read(c.turn); err != nil {
		return 0, err
	}
	if c.n == 0 && c.err == nil {
		return 0, io.EOF
	}
	return max(c.n, 0), c.err
}

// writeThenRead writes and says that nothing can be read yet; called again, it
// reads.
func (c *fusedConn) writeThenRead(fd uintptr) bool {
	if c.out != nil {
		n, err := syscall.Write(int(fd), c.out)
		if err == nil && n < len(c.out) {
			err = io.ErrShortWrite // the requests here fit any socket's buffer
		}
		c.out, c.n, c.err = nil, 0, err
		return err != nil
	}
	c.n, c.err = syscall.Read(int(fd), c.in)
	return c.err != syscall.EAGAIN
}
