//go:build unix && !aix

package network

import (
	"net"
	"syscall"
)

// errNotSocket: the descriptor under a conn is of another kind.
const errNotSocket = syscall.ENOTSOCK

// A socket is the descriptor under a conn, to be asked without waiting. It goes
// through RawConn.Control, which looks at no deadline and takes no lock that a
// blocked Read holds. One caller at a time.
type socket struct {
	raw   syscall.RawConn  // nil where the conn shows no descriptor
	plain bool             // the conn is net's own
	run   func(fd uintptr) // do, made a function once so that a look allocates nothing
	flags int              // arguments and results of do
	buf   []byte
	n     int
	err   error
}

func (s *socket) open(conn net.Conn) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	s.raw, s.plain, s.run = raw, isNetConn(conn), s.do
}

func (s *socket) canPeek() bool { return s.raw != nil }
func (s *socket) canRead() bool { return s.raw != nil && s.plain }

// peek is as recv(2) with MSG_PEEK: n is 0 at the end of the stream. ok is false
// where it would have had to wait.
func (s *socket) peek(p []byte) (n int, ok bool, err error) { return s.receive(p, syscall.MSG_PEEK) }

// read is as peek, and takes the bytes.
func (s *socket) read(p []byte) (n int, ok bool, err error) { return s.receive(p, 0) }

func (s *socket) receive(p []byte, flags int) (n int, ok bool, err error) {
	s.buf, s.flags = p, flags|syscall.MSG_DONTWAIT
	err = s.raw.Control(s.run)
	n, opErr := s.n, s.err
	s.buf, s.n, s.err = nil, 0, nil
	switch {
	case err != nil: // closed by us
		return 0, true, err
	case opErr == syscall.EAGAIN || opErr == syscall.EWOULDBLOCK:
		return 0, false, nil
	case opErr != nil:
		return 0, true, opErr
	}
	return n, true, nil
}

func (s *socket) do(fd uintptr) {
	for {
		s.n, _, s.err = syscall.Recvfrom(int(fd), s.buf, s.flags)
		if s.err != syscall.EINTR {
			return
		}
	}
}

// tryWrite writes what the kernel takes at once and says errNothingNow if that
// is not all. ok is false where conn is not a socket of package net.
func tryWrite(conn net.Conn, p []byte) (n int, ok bool, err error) {
	if !isNetConn(conn) {
		return 0, false, nil
	}
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, true, err
	}
	var opErr error
	err = raw.Control(func(fd uintptr) {
		for {
			n, opErr = syscall.SendmsgN(int(fd), p, nil, nil, syscall.MSG_DONTWAIT)
			if opErr != syscall.EINTR {
				return
			}
		}
	})
	switch {
	case err != nil:
		return 0, true, err
	case opErr == syscall.EAGAIN || opErr == syscall.EWOULDBLOCK:
		return 0, true, errNothingNow
	case opErr != nil:
		return 0, true, opErr
	case n < len(p):
		return n, true, errNothingNow
	}
	return n, true, nil
}
