//go:build unix && !aix

package network_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

var sockets = map[string]func(testing.TB) (*network.Stream, net.Conn){"tcp": tcpPair, "unix": unixPair}

// awaitProbe probes until the peer's doing has arrived, which even on loopback
// takes a moment; until then the stream is alive.
func awaitProbe(t testing.TB, stream *network.Stream, want network.Liveness, wantErr error) {
	t.Helper()
	end := time.Now().Add(5 * time.Second)
	for {
		live, err := stream.Probe()
		if live == want && errors.Is(err, wantErr) {
			return
		}
		if live != network.Alive || time.Now().After(end) {
			t.Fatalf("Probe says %v, %v; want %v, %v", live, err, want, wantErr)
		}
	}
}

func TestProbeOfSockets(t *testing.T) {
	for name, pair := range sockets {
		t.Run(name, func(t *testing.T) {
			t.Run("closed", func(t *testing.T) {
				stream, server := pair(t)
				wantProbe(t, stream, network.Alive, nil)
				server.Close()
				awaitProbe(t, stream, network.Closed, io.EOF)
				wantReadError(t, stream, io.EOF)
			})
			t.Run("unasked", func(t *testing.T) {
				stream, server := pair(t)
				stream.SetReadDeadline(time.Now().Add(-time.Hour)) // no matter
				wantProbe(t, stream, network.Alive, nil)
				mustWrite(t, server, "unasked")
				server.Close()
				awaitProbe(t, stream, network.Doubtful, network.ErrUnread)
				wantProbe(t, stream, network.Doubtful, network.ErrUnread)
				stream.SetReadDeadline(time.Time{})
				wantRead(t, stream, "unasked")
				wantProbe(t, stream, network.Closed, io.EOF)
			})
			t.Run("closed by us", func(t *testing.T) {
				stream, _ := pair(t)
				stream.Close()
				wantProbe(t, stream, network.Closed, net.ErrClosed)
			})
			t.Run("in use", func(t *testing.T) {
				stream, server := pair(t)
				read := make(chan struct{})
				go func() {
					stream.Read(make([]byte, 1))
					close(read)
				}()
				for { // until the Read has begun
					if live, err := stream.Probe(); live == network.Unknown && err == network.ErrInUse {
						break
					}
				}
				mustWrite(t, server, "x")
				<-read
				wantProbe(t, stream, network.Alive, nil)
			})
		})
	}
}

func TestProbeOfReset(t *testing.T) {
	stream, server := tcpPair(t)
	server.(*net.TCPConn).SetLinger(0)
	server.Close()
	awaitProbe(t, stream, network.Closed, syscall.ECONNRESET)
}

// TestProbeOfResetUnix has a unix socket closed with bytes unread, which is a
// reset there.
func TestProbeOfResetUnix(t *testing.T) {
	stream, server := unixPair(t)
	mustWrite(t, stream, "never read")
	server.Close()
	live, err := stream.Probe()
	if live != network.Closed || err == nil {
		t.Errorf("Probe says %v, %v", live, err)
	}
}

// TestProbeBottomClosed has the bottom closed behind the stream's back.
func TestProbeBottomClosed(t *testing.T) {
	client, err := net.Dial("tcp", listen(t))
	if err != nil {
		t.Fatal(err)
	}
	stream := network.NewStream(client)
	wantProbe(t, stream, network.Alive, nil)
	client.Close()
	wantProbe(t, stream, network.Closed, net.ErrClosed)
}

// listen returns the address of a listener that accepts nothing.
func listen(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

func TestProbeOfTLSOverSockets(t *testing.T) {
	for name, pair := range sockets {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" "+tls.VersionName(version), func(t *testing.T) {
				start := func(t *testing.T) (*network.Stream, *tls.Conn, net.Conn, *ticketCache) {
					stream, server := pair(t)
					cache := newTicketCache()
					client, serving := clientConfig("a"), serverConfig("a")
					client.ClientSessionCache = cache
					client.MaxVersion = version
					serving.ClientAuth = tls.RequestClientCert // tickets behind the handshake
					return stream, startTLSWith(t, stream, server, client, serving), server, cache
				}
				t.Run("tickets", func(t *testing.T) {
					stream, conn, _, cache := start(t)
					for cache.tickets.Load() == 0 { // those of TLS 1.2 are there already
						wantProbe(t, stream, network.Alive, nil)
					}
					mustWrite(t, conn, "answer")
					awaitProbe(t, stream, network.Doubtful, network.ErrUnread)
					wantRead(t, stream, "answer")
					wantProbe(t, stream, network.Alive, nil)
				})
				t.Run("close_notify", func(t *testing.T) {
					stream, conn, _, _ := start(t)
					conn.CloseWrite()
					awaitProbe(t, stream, network.Closed, io.EOF)
					wantReadError(t, stream, io.EOF)
					if stream.CutShort() {
						t.Error("close_notify was not seen")
					}
				})
				t.Run("cut", func(t *testing.T) {
					stream, _, server, _ := start(t)
					server.Close()
					awaitProbe(t, stream, network.Closed, io.EOF)
					if !stream.CutShort() {
						t.Error("close_notify was seen")
					}
				})
				t.Run("bytes and close_notify", func(t *testing.T) {
					stream, conn, _, _ := start(t)
					mustWrite(t, conn, "last words")
					conn.Close()
					awaitProbe(t, stream, network.Doubtful, network.ErrUnread)
					wantProbe(t, stream, network.Doubtful, network.ErrUnread)
					wantRead(t, stream, "last words")
					wantReadError(t, stream, io.EOF)
					wantProbe(t, stream, network.Closed, io.EOF)
				})
			})
		}
	}
}

func TestProbeOfTLSReset(t *testing.T) {
	stream, server := tcpPair(t)
	startTLS(t, stream, server, clientConfig("a"))
	server.(*net.TCPConn).SetLinger(0)
	server.Close()
	awaitProbe(t, stream, network.Closed, syscall.ECONNRESET)
	wantReadError(t, stream, syscall.ECONNRESET)
}

func TestProbeOfTLSInTLSOverSockets(t *testing.T) {
	stream, server := tcpPair(t)
	outer := startTLS(t, stream, server, clientConfig("proxy"))
	inner := startTLS(t, stream, outer, clientConfig("origin"))
	wantProbe(t, stream, network.Alive, nil)
	mustWrite(t, inner, "unasked")
	awaitProbe(t, stream, network.Doubtful, network.ErrUnread)
	wantRead(t, stream, "unasked")
	wantProbe(t, stream, network.Alive, nil)
	outer.CloseWrite() // the inner one is cut
	awaitProbe(t, stream, network.Closed, io.EOF)
	if !stream.CutShort() {
		t.Error("the inner TLS ended without close_notify")
	}
}

// TestProbeOfWrappedSocket has conns around a socket: a plain one can be looked
// at, but TLS is never read past the conn's own Read.
func TestProbeOfWrappedSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	stream := network.NewStream(&wrappedTCP{client.(*net.TCPConn)})
	defer stream.Close()
	wantProbe(t, stream, network.Alive, nil)
	startTLS(t, stream, server, clientConfig("a"))
	wantProbe(t, stream, network.Unknown, errors.ErrUnsupported)
}

type wrappedTCP struct{ *net.TCPConn }

// TestProbeOfOtherDescriptor has a conn over a descriptor that is no socket.
func TestProbeOfOtherDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	stream := network.NewStream(&pipeConn{File: r})
	if live, err := stream.Probe(); live != network.Unknown {
		t.Errorf("Probe says %v, %v", live, err)
	}
}

// A pipeConn is an *os.File with addresses.
type pipeConn struct {
	*os.File
	net.Conn
}

func (c *pipeConn) Read(p []byte) (int, error)        { return c.File.Read(p) }
func (c *pipeConn) Write(p []byte) (int, error)       { return c.File.Write(p) }
func (c *pipeConn) Close() error                      { return c.File.Close() }
func (c *pipeConn) SetDeadline(t time.Time) error     { return c.File.SetDeadline(t) }
func (c *pipeConn) SetReadDeadline(t time.Time) error { return c.File.SetReadDeadline(t) }
func (c *pipeConn) SetWriteDeadline(t time.Time) error {
	return c.File.SetWriteDeadline(t)
}

func TestProbeAllocatesNothing(t *testing.T) {
	for name, pair := range sockets {
		stream, server := pair(t)
		if allocs := testing.AllocsPerRun(100, func() { stream.Probe() }); allocs != 0 {
			t.Errorf("%s, alive: a probe makes %v allocations", name, allocs)
		}
		server.Close()
		awaitProbe(t, stream, network.Closed, io.EOF)
		if allocs := testing.AllocsPerRun(100, func() { stream.Probe() }); allocs != 0 {
			t.Errorf("%s, closed: a probe makes %v allocations", name, allocs)
		}
	}
	memory, other := networktest.Pipe()
	defer memory.Close()
	defer other.Close()
	stream := network.NewStream(memory)
	if allocs := testing.AllocsPerRun(100, func() { stream.Probe() }); allocs != 0 {
		t.Errorf("in memory: a probe makes %v allocations", allocs)
	}
}

func BenchmarkProbe(b *testing.B) {
	stream, _ := tcpPair(b)
	b.ReportAllocs()
	for b.Loop() {
		if live, err := stream.Probe(); live != network.Alive {
			b.Fatal(live, err)
		}
	}
}
