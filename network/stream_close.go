package network

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// goodbyeLimit bounds how long Close waits for a close_notify to be taken by
// the conn below, where that conn cannot be asked to take it now or never.
const goodbyeLimit = 100 * time.Millisecond

// Close ends the stream at once: Reads and Writes in progress, a TLS handshake
// and everything later return net.ErrClosed. It may run beside everything, and
// a second Close does nothing and returns nil.
//
// On TLS the peer is sent close_notify first (RFC 8446 section 6.1), unless a
// Write is in progress, and only as far as that needs no waiting.
func (s *Stream) Close() error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	s.mu.Unlock()

	s.in.shut()
	if idle := s.out.shut(); idle {
		s.sayGoodbye()
	}
	err := s.bottom.Close()

	s.mu.Lock()
	s.closed = true
	s.ahead = nil
	callbacks := s.onClose
	s.onClose = nil
	s.mu.Unlock()
	for _, f := range callbacks {
		f()
	}
	return err
}

// sayGoodbye sends close_notify on each layer of TLS, the topmost first. Nobody
// writes any more when it is called, but a Read that answers a key update may
// still hold the layer's write lock, and wait for the peer while it does: hence
// the timer, which ends that too.
func (s *Stream) sayGoodbye() {
	top := s.layer.Load()
	if top.tls == nil {
		return
	}
	limit := time.AfterFunc(goodbyeLimit, func() { s.bottom.Close() })
	defer limit.Stop()
	top.raw.parting.Store(true)
	for l := top; l.tls != nil; l = l.under {
		if err := l.tls.CloseWrite(); err != nil {
			return // what failed above did so because of what is below
		}
	}
}

// CloseWrite says that nothing more will be written, and leaves reading open: a
// FIN on a plain stream, close_notify on TLS. Where the conn below knows no such
// thing, the error is errors.ErrUnsupported. On TLS it may wait as long as a
// Write may: set a write deadline.
func (s *Stream) CloseWrite() error {
	if err := s.out.enter(); err != nil {
		return err
	}
	defer s.out.leave(0)
	top := s.layer.Load().top
	closer, ok := top.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("network: a %T cannot close one direction: %w", top, errors.ErrUnsupported)
	}
	err := closer.CloseWrite()
	if err != nil && s.out.isClosed() {
		err = net.ErrClosed
	}
	return err
}

// OnClose has f called once, after Close has closed the stream, on the goroutine
// that called Close; at once if it is closed already. Several are called in the
// order in which they came. It is for an owner that counts its streams.
func (s *Stream) OnClose(f func()) {
	s.mu.Lock()
	if !s.closed {
		s.onClose = append(s.onClose, f)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	f()
}
