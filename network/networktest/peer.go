package networktest

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// A Peer is the server's end of one connection. Its verbs are the script's
// lines: each does one thing, and where the world differs from the script it
// fails the test, says at which byte and what came instead, resets the
// connection and ends the script's goroutine.
//
// The verbs are for the script's goroutine. Closed, Window, Reset, Number and
// Address may be called from any.
type Peer struct {
	t       testing.TB
	network *Network
	end     *conn   // the bottom
	io      *reader // what the verbs read and write: end, or TLS over it
	address string
	number  int
	name    string
	taken   int64 // bytes that the verbs have read

	mu    sync.Mutex // guards what follows
	verb  string     // what the script is doing
	where string     // the script's line
}

func newPeer(n *Network, end *conn, address string, number int) *Peer {
	return &Peer{
		t:       n.t,
		network: n,
		end:     end,
		io:      &reader{Conn: end},
		address: address,
		number:  number,
		name:    fmt.Sprintf("connection %d to %s", number, address),
		verb:    "its first line",
	}
}

func (p *Peer) run(script func(*Peer)) {
	defer p.ended()
	script(p)
}

func (p *Peer) ended() {
	if conn, ok := p.io.Conn.(*tls.Conn); ok && !p.network.isOver() {
		conn.CloseWrite()
	}
	p.end.Close()
	n := p.network
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.peers, p)
	n.ended.Broadcast()
}

// Number is 1 for the first dial to the address, and so on.
func (p *Peer) Number() int { return p.number }

// Address is the address that the client dialled.
func (p *Peer) Address() string { return p.address }

// Conn is the connection as the verbs see it: on TLS, the inside. Bytes that a
// verb has read ahead come first.
func (p *Peer) Conn() net.Conn { return p.io }

// begin notes what the script does now, for the case that it never ends.
func (p *Peer) begin(verb string) {
	where := ""
	if _, file, line, ok := runtime.Caller(2); ok {
		where = fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verb, p.where = verb, where
}

// done notes that the verb has done its work, and the script is elsewhere.
func (p *Peer) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.verb = "what follows " + p.verb
}

func (p *Peer) standing() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.where == "" {
		return p.verb
	}
	return p.where + ", " + p.verb
}

// fail ends the script. The caller is marked as a helper, so that the report
// names the script's line.
func (p *Peer) fail(format string, args ...any) {
	p.t.Helper()
	if !p.network.isOver() {
		p.t.Errorf("networktest: %s, byte %d: %s", p.name, p.taken, fmt.Sprintf(format, args...))
	}
	p.end.Reset()
	runtime.Goexit()
}

// A reader is a conn of which something may have been read ahead.
type reader struct {
	net.Conn
	ahead []byte
}

func (r *reader) Read(p []byte) (int, error) {
	if len(r.ahead) > 0 {
		n := copy(p, r.ahead)
		r.ahead = r.ahead[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// more reads something ahead.
func (r *reader) more() error {
	var buf [4096]byte
	n, err := r.Conn.Read(buf[:])
	r.ahead = append(r.ahead, buf[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// take takes the first n bytes of what was read ahead.
func (p *Peer) take(n int) string {
	text := string(p.io.ahead[:n])
	p.io.ahead = p.io.ahead[n:]
	p.taken += int64(n)
	return text
}
