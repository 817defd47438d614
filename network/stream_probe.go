package network

import (
	"errors"
	"io"
	"net"
)

// Probe tells whether the peer of an idle stream is still there. It neither
// waits nor loses a byte, whatever the deadlines are, and costs about one
// system call.
//
//   - Alive: nothing has arrived. On TLS, session tickets and the like were
//     taken in on the way.
//   - Closed: the peer has ended or reset the stream, or Close was called; the
//     error says which.
//   - Doubtful: bytes have arrived that nobody has read; the error is
//     [ErrUnread]. They stay to be read.
//   - Unknown: a Read, StartTLS or another owner has the stream ([ErrInUse]), or
//     there is no way to look (errors.ErrUnsupported). The latter holds on
//     systems that are not unix, unless the conn below is a [Prober] (and, for
//     TLS, a [TryReader]).
func (s *Stream) Probe() (Liveness, error) {
	s.probing.Lock()
	defer s.probing.Unlock()
	switch err := s.in.claim(laneProbing); err {
	case nil:
	case net.ErrClosed:
		return Closed, err
	default:
		return Unknown, err
	}
	defer s.in.release(laneProbing)
	if s.held.Load() {
		return Doubtful, ErrUnread
	}
	s.probe.prepare(s.bottom)

	top := s.layer.Load()
	if top.tls == nil {
		return s.probe.look(top.isTLS())
	}
	live, err := s.probeTLS(top)
	if live == Closed && s.in.isClosed() {
		err = net.ErrClosed
	}
	return live, err
}

// probeTLS reads one byte through TLS, over a raw side that never waits.
func (s *Stream) probeTLS(top *layer) (Liveness, error) {
	if !s.probe.canTry() {
		return Unknown, errors.ErrUnsupported
	}
	top.raw.glancing.Store(true)
	n, err := top.tls.Read(s.probe.one[:])
	top.raw.glancing.Store(false)
	if n > 0 {
		s.in.bytes.Add(int64(n))
		s.Unread(s.probe.one[:n])
		return Doubtful, ErrUnread
	}
	if err == errNothingNow {
		return Alive, nil
	}
	if err == nil {
		err = io.ErrNoProgress // a Read that breaks its contract
	}
	return Closed, err
}

// A probe is the way to look at one bottom conn, found at the first look.
type probe struct {
	prepared bool
	prober   Prober
	reader   TryReader
	socket   socket

	one [1]byte
}

func (p *probe) prepare(bottom net.Conn) {
	if p.prepared {
		return
	}
	p.prepared = true
	p.prober, _ = bottom.(Prober)
	p.reader, _ = bottom.(TryReader)
	p.socket.open(bottom)
}

// look is for a plain stream; speaksTLS says that the bottom conn itself speaks
// TLS, of which its socket tells nothing.
func (p *probe) look(speaksTLS bool) (Liveness, error) {
	switch {
	case p.prober != nil:
		return p.prober.Probe()
	case speaksTLS || !p.socket.canPeek():
		return Unknown, errors.ErrUnsupported
	}
	n, ok, err := p.socket.peek(p.one[:])
	switch {
	case !ok:
		return Alive, nil
	case errors.Is(err, errNotSocket):
		return Unknown, errors.ErrUnsupported
	case err != nil:
		return Closed, err
	case n == 0:
		return Closed, io.EOF
	}
	return Doubtful, ErrUnread
}

// canTry says whether tryRead works. A socket is read behind the back of the
// conn around it only where that conn is net's own and buffers nothing.
func (p *probe) canTry() bool { return p.reader != nil || p.socket.canRead() }

func (p *probe) tryRead(b []byte) (n int, ok bool, err error) {
	if p.reader != nil {
		return p.reader.TryRead(b)
	}
	n, ok, err = p.socket.read(b)
	if ok && n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, ok, err
}

// isNetConn says whether conn is a stream socket of package net, with nothing
// between its methods and its descriptor.
func isNetConn(conn net.Conn) bool {
	switch conn.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}
