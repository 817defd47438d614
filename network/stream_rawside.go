package network

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// rawSide is the conn that one layer of TLS runs on: the bottom conn, or the
// layer of TLS beneath. It keeps the deadlines of the stream's owner out of
// crypto/tls's hands, and it has two modes in which it never waits. They are
// meant for the rawSide on the bottom conn: those above reach it through the
// TLS between.
type rawSide struct {
	net.Conn // what is beneath
	stream   *Stream

	glancing atomic.Bool // Read says errNothingNow where it would wait: Probe
	parting  atomic.Bool // Write says errNothingNow where it would wait: Close
}

func (r *rawSide) Read(p []byte) (n int, err error) {
	if r.glancing.Load() {
		var ok bool
		if n, ok, err = r.stream.probe.tryRead(p); !ok {
			return 0, errNothingNow
		}
	} else {
		n, err = r.Conn.Read(p)
	}
	// After close_notify crypto/tls reads no more: whoever comes here and finds
	// the end has not seen it.
	if n == 0 && err == io.EOF {
		r.stream.cut.Store(true)
	}
	return n, err
}

func (r *rawSide) Write(p []byte) (int, error) {
	if r.parting.Load() {
		if n, ok, err := tryWrite(r.Conn, p); ok {
			return n, err
		}
	}
	return r.Conn.Write(p)
}

// Close is how crypto/tls ends a handshake whose context ended.
func (r *rawSide) Close() error { return r.stream.bottom.Close() }

// RemoteAddr is never nil: crypto/tls makes a session cache's key of it.
func (r *rawSide) RemoteAddr() net.Addr {
	if addr := r.stream.bottom.RemoteAddr(); addr != nil {
		return addr
	}
	return noAddr{}
}

// The deadlines are the owner's. crypto/tls would set one around close_notify
// and leave a past one behind.
func (r *rawSide) SetDeadline(time.Time) error      { return nil }
func (r *rawSide) SetReadDeadline(time.Time) error  { return nil }
func (r *rawSide) SetWriteDeadline(time.Time) error { return nil }

type noAddr struct{}

func (noAddr) Network() string { return "" }
func (noAddr) String() string  { return "" }

// nothingNow is the error of an operation that would have had to wait. It is
// Temporary, and so crypto/tls forgets it and goes on later where it stopped,
// in the middle of a record if need be.
type nothingNow struct{}

var errNothingNow error = nothingNow{}

func (nothingNow) Error() string   { return "network: nothing has arrived" }
func (nothingNow) Timeout() bool   { return true }
func (nothingNow) Temporary() bool { return true }
