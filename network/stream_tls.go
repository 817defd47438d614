package network

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// StartTLS runs a TLS client's handshake on the stream; from then on, Read and
// Write go through it. On a stream that speaks TLS already it starts TLS in TLS.
// The config is used as [tls.Client] uses it: it must not be changed afterwards.
//
// The handshake ends when ctx ends, whose values config's callbacks see, or
// when a deadline of the stream passes. If it fails, the stream is closed.
//
// What the caller got wrong is said before anything is written, and leaves the
// stream as it was: [ErrInUse] if a Read, a Write, a Probe or another StartTLS
// is in progress, [ErrUnread] if bytes are unread (sent in the clear, they must
// not be taken for bytes that came through TLS), [ErrNoServerName], and
// net.ErrClosed.
func (s *Stream) StartTLS(ctx context.Context, config *tls.Config) error {
	if config == nil || config.ServerName == "" && !config.InsecureSkipVerify {
		return ErrNoServerName
	}
	if err := s.claimBoth(); err != nil {
		return err
	}
	defer s.releaseBoth()
	if s.held.Load() {
		return ErrUnread
	}

	under := s.layer.Load()
	raw := &rawSide{Conn: under.top, stream: s}
	next := &layer{tls: tls.Client(raw, config), raw: under.raw, under: under}
	next.top = next.tls
	if under.tls == nil {
		next.raw = raw
	}
	err := s.handshake(ctx, next.tls)
	if err == nil && s.held.Load() {
		err = ErrUnread // put back while the handshake ran
	}
	if err != nil {
		closed := s.in.isClosed()
		s.Close()
		if closed {
			return net.ErrClosed
		}
		return fmt.Errorf("network: TLS handshake with %s: %w", addressText(s.bottom), err)
	}
	s.layer.Store(next)
	return nil
}

// handshake ends with ctx. crypto/tls sees to the Done channel of a context; a
// deadline without one needs a timer of ours.
func (s *Stream) handshake(ctx context.Context, conn *tls.Conn) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline, ok := ctx.Deadline()
	if !ok || ctx.Done() != nil {
		return conn.HandshakeContext(ctx)
	}
	limit := time.AfterFunc(time.Until(deadline), func() { s.bottom.Close() })
	err := conn.HandshakeContext(ctx)
	if inTime := limit.Stop(); !inTime {
		return context.DeadlineExceeded
	}
	return err
}

func (s *Stream) claimBoth() error {
	if err := s.in.claim(laneUpgrading); err != nil {
		return err
	}
	if err := s.out.claim(laneUpgrading); err != nil {
		s.in.release(laneUpgrading)
		return err
	}
	return nil
}

func (s *Stream) releaseBoth() {
	s.out.release(laneUpgrading)
	s.in.release(laneUpgrading)
}
