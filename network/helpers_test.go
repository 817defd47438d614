package network_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// deadlineOnly is a context with a deadline and no Done channel.
type deadlineOnly struct {
	context.Context
	deadline time.Time
}

func (c deadlineOnly) Deadline() (time.Time, bool) { return c.deadline, true }

// script returns a stream over a connection in memory, whose server it is.
func script(t *testing.T, server func(p *networktest.Peer)) *network.Stream {
	t.Helper()
	world := networktest.New(t)
	world.Handle("a:80", server)
	conn, err := world.DialContext(t.Context(), "tcp", "a:80")
	if err != nil {
		t.Fatal(err)
	}
	stream := network.NewStream(conn)
	t.Cleanup(func() { stream.Close() })
	return stream
}

// tcpPair returns a stream over a real loopback connection and the server's end.
func tcpPair(t testing.TB) (*network.Stream, net.Conn) {
	t.Helper()
	return socketPair(t, "tcp", "127.0.0.1:0")
}

// unixPair is tcpPair with a unix socket.
func unixPair(t testing.TB) (*network.Stream, net.Conn) {
	t.Helper()
	return socketPair(t, "unix", filepath.Join(t.TempDir(), "socket"))
}

func socketPair(t testing.TB, networkName, address string) (*network.Stream, net.Conn) {
	t.Helper()
	listener, err := net.Listen(networkName, address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial(networkName, listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		conn.Close()
		t.Fatal(err)
	}
	stream := network.NewStream(conn)
	t.Cleanup(func() { stream.Close(); server.Close() })
	return stream, server
}

// A ticketCache counts the session tickets that came.
type ticketCache struct {
	tls.ClientSessionCache
	tickets atomic.Int32
}

func (c *ticketCache) Put(key string, state *tls.ClientSessionState) {
	c.tickets.Add(1)
	c.ClientSessionCache.Put(key, state)
}

func newTicketCache() *ticketCache {
	return &ticketCache{ClientSessionCache: tls.NewLRUClientSessionCache(4)}
}

func clientConfig(name string) *tls.Config {
	_, roots := networktest.Certificate()
	return &tls.Config{ServerName: name, RootCAs: roots}
}

func serverConfig(name string) *tls.Config {
	certificate, _ := networktest.Certificate(name)
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}

// startTLS makes both ends TLS and returns the server's.
func startTLS(t testing.TB, stream *network.Stream, under net.Conn, config *tls.Config) *tls.Conn {
	t.Helper()
	return startTLSWith(t, stream, under, config, serverConfig(config.ServerName))
}

func startTLSWith(t testing.TB, stream *network.Stream, under net.Conn, client, server *tls.Config) *tls.Conn {
	t.Helper()
	conn := tls.Server(under, server)
	failed := make(chan error, 1)
	go func() { failed <- conn.Handshake() }()
	if err := stream.StartTLS(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return conn
}

func mustWrite(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Error(err)
	}
}

// wantRead reads exactly as many bytes as it wants.
func wantRead(t testing.TB, r io.Reader, want string) {
	t.Helper()
	buf := make([]byte, len(want))
	n, err := io.ReadFull(r, buf)
	if err != nil || string(buf) != want {
		t.Errorf("read %q, %v; want %q", buf[:n], err, want)
	}
}

func wantReadError(t testing.TB, r io.Reader, want error) {
	t.Helper()
	if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, want) {
		t.Errorf("read %d bytes, %v; want the error %v", n, err, want)
	}
}

func wantProbe(t testing.TB, stream *network.Stream, want network.Liveness, wantErr error) {
	t.Helper()
	live, err := stream.Probe()
	if live != want || !errors.Is(err, wantErr) {
		t.Errorf("Probe says %v, %v; want %v, %v", live, err, want, wantErr)
	}
}

func wantText(t testing.TB, stream *network.Stream, want string) {
	t.Helper()
	if got := stream.String(); got != want {
		t.Errorf("the text is %s, want %s", got, want)
	}
}
