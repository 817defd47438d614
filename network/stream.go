package network

import (
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A Stream is a net.Conn that can become a TLS connection while it lives, can
// tell whether its peer is still there, and can take back bytes that were read
// too far.
//
// The conn at its bottom never changes: deadlines, Close, LocalAddr and
// RemoteAddr go to it at all times, also while a TLS handshake runs. Above it
// stand no layer or more of TLS, each put there by StartTLS.
//
// All methods may be called from several goroutines at once, with what net.Conn
// says of that. StartTLS and Probe want the stream for themselves and say
// [ErrInUse] if it is not. After Close, Read and Write return net.ErrClosed.
type Stream struct {
	in, out lane
	held    atomic.Bool           // ahead is not empty
	cut     atomic.Bool           // what is under TLS ended before TLS did
	layer   atomic.Pointer[layer] // what Read and Write go through
	bottom  net.Conn

	base layer // the plain layer; here to save an allocation

	probing sync.Mutex // held by Probe for its moment, see enterRead
	probe   probe      // guarded by probing

	mu      sync.Mutex // guards what follows; nothing that waits happens under it
	ahead   []byte     // put back, delivered before anything else
	closing bool
	closed  bool // the bottom is closed, and so every later OnClose is too late
	onClose []func()
}

// A layer is the stream as it reads and writes between two StartTLS. It is
// never changed once it is reachable.
type layer struct {
	top   net.Conn  // bottom, or tls
	tls   *tls.Conn // nil where the layer is plain
	raw   *rawSide  // what the lowest TLS layer runs on; nil where there is none
	under *layer    // nil at the bottom
}

// NewStream returns a stream over conn, which belongs to the stream from here
// on. A conn that is a *Stream already is returned as it is. A conn that is
// itself a [*tls.Conn], or has its ConnectionState method, is reported by TLS.
func NewStream(conn net.Conn) *Stream {
	if s, ok := conn.(*Stream); ok {
		return s
	}
	s := &Stream{bottom: conn}
	s.base.top = conn
	s.layer.Store(&s.base)
	return s
}

// Read reads what Unread put back, then what arrives. It returns [ErrInUse]
// while StartTLS runs and net.ErrClosed after Close.
func (s *Stream) Read(p []byte) (n int, err error) {
	if err := s.in.enter(); err != nil {
		if err = s.enterReadSlowly(err); err != nil {
			return 0, err
		}
	}
	if s.held.Load() {
		if n, ok := s.readAhead(p); ok {
			s.in.leave(0) // counted when they were read the first time
			return n, nil
		}
	}
	n, err = s.layer.Load().top.Read(p)
	s.in.leave(n)
	if err != nil && s.in.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

// enterReadSlowly is for a Read that came while the lane had an owner. It waits
// for Probe, which never takes long, and for nothing else.
func (s *Stream) enterReadSlowly(err error) error {
	for err == errBusyProbing {
		s.awaitProbe()
		err = s.in.enter()
	}
	return err
}

func (s *Stream) awaitProbe() {
	s.probing.Lock()
	defer s.probing.Unlock()
}

// Write returns [ErrInUse] while StartTLS runs and net.ErrClosed after Close.
func (s *Stream) Write(p []byte) (n int, err error) {
	if err := s.out.enter(); err != nil {
		return 0, err
	}
	n, err = s.layer.Load().top.Write(p)
	s.out.leave(n)
	if err != nil && s.out.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

// LocalAddr returns the bottom conn's local address.
func (s *Stream) LocalAddr() net.Addr { return s.bottom.LocalAddr() }

// RemoteAddr returns the bottom conn's remote address.
func (s *Stream) RemoteAddr() net.Addr { return s.bottom.RemoteAddr() }

// SetDeadline sets both deadlines of the bottom conn, which holds for a TLS
// handshake too.
func (s *Stream) SetDeadline(t time.Time) error { return s.bottom.SetDeadline(t) }

// SetReadDeadline sets the read deadline of the bottom conn. A Read that times
// out may be tried again, also on TLS.
func (s *Stream) SetReadDeadline(t time.Time) error { return s.bottom.SetReadDeadline(t) }

// SetWriteDeadline sets the write deadline of the bottom conn. On TLS a Write
// that timed out may have written half a record: every later Write fails too.
func (s *Stream) SetWriteDeadline(t time.Time) error { return s.bottom.SetWriteDeadline(t) }

// Counts returns the bytes that callers have read and written so far, which on
// TLS are the bytes inside it. Bytes that were put back count once.
func (s *Stream) Counts() (in, out int64) { return s.in.bytes.Load(), s.out.bytes.Load() }

// TLS returns the state of the topmost TLS connection, and false where the
// stream is plain.
func (s *Stream) TLS() (tls.ConnectionState, bool) {
	if stater, ok := s.layer.Load().top.(tlsStater); ok {
		return stater.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// tlsStater is a *tls.Conn, or a conn of a Backend that wraps one.
type tlsStater interface{ ConnectionState() tls.ConnectionState }

func (l *layer) isTLS() bool {
	_, ok := l.top.(tlsStater)
	return ok
}

// String names the remote address and what the stream is:
//
//	<NetworkStream ["168.0.0.1:80"]>
//	<NetworkStream ["168.0.0.1:443" TLS]>
//	<NetworkStream ["168.0.0.1:80" CLOSED]>
//
// The address of a unix socket is its path.
func (s *Stream) String() string {
	text := "<NetworkStream [" + strconv.Quote(addressText(s.bottom))
	switch {
	case s.in.isClosed():
		text += " CLOSED"
	case s.layer.Load().isTLS():
		text += " TLS"
	}
	return text + "]>"
}

// addressText is the remote address, or the local one on the side of a unix
// socket that accepted: its peer has no name.
func addressText(conn net.Conn) string {
	remote := conn.RemoteAddr()
	if remote == nil {
		return ""
	}
	if unix, ok := remote.(*net.UnixAddr); ok && (unix == nil || unix.Name == "" || unix.Name == "@") {
		if local := conn.LocalAddr(); local != nil {
			return local.String()
		}
	}
	return remote.String()
}
