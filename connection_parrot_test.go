package httpx

import (
	"context"
	"net"
	"time"
)

// parrots is a backend of conns that have one answer to each Write, and no more
// moving parts than that: for counting allocations.
type parrots struct{ answer string }

func (b parrots) DialContext(context.Context, string, string) (net.Conn, error) {
	return &parrot{answer: b.answer}, nil
}

type parrot struct {
	answer, left string
}

func (p *parrot) Write(b []byte) (int, error) {
	p.left = p.answer
	return len(b), nil
}

func (p *parrot) Read(b []byte) (int, error) {
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

func (p *parrot) Close() error                     { return nil }
func (p *parrot) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (p *parrot) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (p *parrot) SetDeadline(time.Time) error      { return nil }
func (p *parrot) SetReadDeadline(time.Time) error  { return nil }
func (p *parrot) SetWriteDeadline(time.Time) error { return nil }
