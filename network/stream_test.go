package network_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A fakeConn has addresses and otherwise nothing.
type fakeConn struct {
	net.Conn
	local, remote net.Addr
}

func (c *fakeConn) LocalAddr() net.Addr  { return c.local }
func (c *fakeConn) RemoteAddr() net.Addr { return c.remote }
func (c *fakeConn) Close() error         { return nil }

func tcpAddr(t *testing.T, text string) net.Addr {
	t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func TestStringNamesTheAddress(t *testing.T) {
	unix := func(name string) net.Addr { return &net.UnixAddr{Name: name, Net: "unix"} }
	tests := []struct {
		local, remote net.Addr
		want          string
	}{
		{tcpAddr(t, "10.0.0.1:1"), tcpAddr(t, "168.0.0.1:80"), `<NetworkStream ["168.0.0.1:80"]>`},
		{nil, tcpAddr(t, "[2001:db8::1]:443"), `<NetworkStream ["[2001:db8::1]:443"]>`},
		{unix(""), unix("/run/docker.sock"), `<NetworkStream ["/run/docker.sock"]>`},
		{unix("/run/docker.sock"), unix(""), `<NetworkStream ["/run/docker.sock"]>`},
		{unix("/run/docker.sock"), unix("@"), `<NetworkStream ["/run/docker.sock"]>`},
		{nil, unix(""), `<NetworkStream [""]>`},
		{unix(""), unix("/tmp/a\"b\n"), `<NetworkStream ["/tmp/a\"b\n"]>`},
		{nil, nil, `<NetworkStream [""]>`},
	}
	for _, test := range tests {
		stream := network.NewStream(&fakeConn{local: test.local, remote: test.remote})
		wantText(t, stream, test.want)
		stream.Close()
		wantText(t, stream, strings.TrimSuffix(test.want, "]>")+" CLOSED]>")
	}
}

func TestStringInEachState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.WaitClosed()
		})
		wantText(t, stream, `<NetworkStream ["a:80"]>`)
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		wantText(t, stream, `<NetworkStream ["a:80" TLS]>`)
		stream.Close()
		wantText(t, stream, `<NetworkStream ["a:80" CLOSED]>`)
	})
}

func TestStringOfSockets(t *testing.T) {
	stream, _ := tcpPair(t)
	wantText(t, stream, `<NetworkStream ["`+stream.RemoteAddr().String()+`"]>`)
	stream, _ = unixPair(t)
	if text := stream.String(); !strings.HasSuffix(text, `/socket"]>`) {
		t.Errorf("the text is %s", text)
	}
}

func TestNewStreamOfStream(t *testing.T) {
	stream := network.NewStream(&fakeConn{})
	if network.NewStream(stream) != stream {
		t.Error("a stream over a stream")
	}
}

func TestAddressesAreTheBottoms(t *testing.T) {
	stream, server := tcpPair(t)
	if stream.RemoteAddr().String() != server.LocalAddr().String() || stream.LocalAddr().String() != server.RemoteAddr().String() {
		t.Errorf("%v to %v", stream.LocalAddr(), stream.RemoteAddr())
	}
}

func TestUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) { p.Write("wire") })
		p := []byte("first")
		stream.Unread(nil)
		wantProbeSoon := func(want network.Liveness) {
			t.Helper()
			synctest.Wait()
			if live, _ := stream.Probe(); live != want {
				t.Errorf("Probe says %v, want %v", live, want)
			}
		}
		wantProbeSoon(network.Doubtful) // the wire's
		stream.Unread(p)
		clear(p)
		stream.Unread([]byte("before "))
		wantProbe(t, stream, network.Doubtful, network.ErrUnread)
		wantRead(t, stream, "before fir")
		if n, err := stream.Read(nil); n != 0 || err != nil {
			t.Errorf("Read(nil) = %d, %v", n, err)
		}
		buf := make([]byte, 10)
		if n, err := stream.Read(buf); err != nil || string(buf[:n]) != "st" {
			t.Errorf("read %q, %v: bytes put back and others in one", buf[:n], err)
		}
		wantRead(t, stream, "wire")
		if in, _ := stream.Counts(); in != 4 {
			t.Errorf("%d bytes were read from the wire", in)
		}
	})
}

func TestUnreadAfterCloseIsLost(t *testing.T) {
	stream := network.NewStream(&fakeConn{})
	stream.Unread([]byte("x"))
	stream.Close()
	wantReadError(t, stream, net.ErrClosed)
	stream.Unread([]byte("x"))
	wantReadError(t, stream, net.ErrClosed)
}

func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.Expect("12345")
			p.Write("123")
			p.TLS(nil)
			p.Expect("67")
			p.Write("4")
		})
		mustWrite(t, stream, "12345")
		wantRead(t, stream, "123")
		wantCounts := func(wantIn, wantOut int64) {
			t.Helper()
			if in, out := stream.Counts(); in != wantIn || out != wantOut {
				t.Errorf("%d bytes in and %d out, want %d and %d", in, out, wantIn, wantOut)
			}
		}
		wantCounts(3, 5)
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		wantCounts(3, 5)
		mustWrite(t, stream, "67")
		wantRead(t, stream, "4")
		wantCounts(4, 7)
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) { p.Window(0); p.Write("x"); p.WaitClosed() })
		wantRead(t, stream, "x")
		stream.SetReadDeadline(time.Now().Add(time.Second))
		wantReadError(t, stream, os.ErrDeadlineExceeded)
		stream.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := stream.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write says %v", err)
		}
		stream.SetDeadline(time.Time{})
		time.AfterFunc(time.Minute, func() { stream.SetDeadline(time.Now()) })
		wantReadError(t, stream, os.ErrDeadlineExceeded)
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) { p.WaitClosed() })
		var calls []int
		stream.OnClose(func() {
			calls = append(calls, 1)
			wantText(t, stream, `<NetworkStream ["a:80" CLOSED]>`)
			stream.Close() // again, from within
		})
		stream.OnClose(func() { calls = append(calls, 2) })
		time.AfterFunc(time.Second, func() { stream.Close() })
		wantReadError(t, stream, net.ErrClosed)
		synctest.Wait()
		if err := stream.Close(); err != nil {
			t.Errorf("the second Close says %v", err)
		}
		stream.OnClose(func() { calls = append(calls, 3) })
		if len(calls) != 3 || calls[0] != 1 || calls[1] != 2 || calls[2] != 3 {
			t.Errorf("OnClose called %v", calls)
		}
		if _, err := stream.Write([]byte("x")); err != net.ErrClosed {
			t.Errorf("Write says %v", err)
		}
		if _, err := stream.Read(make([]byte, 1)); err != net.ErrClosed {
			t.Errorf("Read says %v", err)
		}
		if err := stream.CloseWrite(); err != net.ErrClosed {
			t.Errorf("CloseWrite says %v", err)
		}
		if _, err := stream.ReadFrom(strings.NewReader("x")); err != net.ErrClosed {
			t.Errorf("ReadFrom says %v", err)
		}
		if _, err := stream.WriteTo(io.Discard); err != net.ErrClosed {
			t.Errorf("WriteTo says %v", err)
		}
		if _, err := stream.SyscallConn(); err != net.ErrClosed {
			t.Errorf("SyscallConn says %v", err)
		}
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != net.ErrClosed {
			t.Errorf("StartTLS says %v", err)
		}
		wantProbe(t, stream, network.Closed, net.ErrClosed)
	})
}

// TestCloseBesideEverything is for the race detector, too.
func TestCloseBesideEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, withTLS := range []bool{false, true} {
			stream := script(t, func(p *networktest.Peer) {
				if withTLS {
					p.TLS(nil)
				}
				p.Conn().Write(make([]byte, 100<<10))
				p.WaitClosed()
			})
			if withTLS {
				if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
					t.Fatal(err)
				}
			}
			closed := 0
			var mu sync.Mutex
			stream.OnClose(func() { mu.Lock(); defer mu.Unlock(); closed++ })
			var wg sync.WaitGroup
			until := func(f func() error) {
				wg.Go(func() {
					for {
						if err := f(); err == net.ErrClosed {
							return
						}
					}
				})
			}
			busy := make(chan struct{})
			begun := sync.OnceFunc(func() { close(busy) })
			until(func() error { _, err := stream.Read(make([]byte, 100)); begun(); return err })
			until(func() error { _, err := stream.Write([]byte("0123456789")); return err })
			until(func() error { _, err := stream.Probe(); return err })
			for range 3 {
				wg.Go(func() {
					<-busy
					stream.Close()
				})
			}
			wg.Go(func() { _ = stream.String(); stream.TLS(); stream.Counts(); stream.SetDeadline(time.Time{}) })
			wg.Wait()
			if closed != 1 {
				t.Errorf("OnClose called %d times", closed)
			}
		}
	})
}

func TestCloseWriteOfSockets(t *testing.T) {
	for name, pair := range map[string]func(testing.TB) (*network.Stream, net.Conn){"tcp": tcpPair, "unix": unixPair} {
		t.Run(name, func(t *testing.T) {
			stream, server := pair(t)
			mustWrite(t, stream, "x")
			if err := stream.CloseWrite(); err != nil {
				t.Error(err)
			}
			wantRead(t, server, "x")
			wantReadError(t, server, io.EOF)
			mustWrite(t, server, "still")
			wantRead(t, stream, "still")
		})
	}
}

func TestCloseWriteUnsupported(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	stream := network.NewStream(client)
	defer stream.Close()
	if err := stream.CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("CloseWrite says %v", err)
	}
	wantProbe(t, stream, network.Unknown, errors.ErrUnsupported)
}

// TestForeignErrorsAfterClose has a conn that knows nothing of net.ErrClosed.
func TestForeignErrorsAfterClose(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	stream := network.NewStream(client)
	ended := make(chan error)
	go func() {
		_, err := stream.Read(make([]byte, 1))
		ended <- err
	}()
	stream.Close()
	if err := <-ended; err != net.ErrClosed {
		t.Errorf("Read ended with %v", err)
	}
}

func TestSyscallConn(t *testing.T) {
	stream, server := tcpPair(t)
	raw, err := stream.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	called := false
	if err := raw.Control(func(uintptr) { called = true }); err != nil || !called {
		t.Errorf("Control says %v", err)
	}
	var _ syscall.Conn = stream

	stream.Unread([]byte("x"))
	if _, err := stream.SyscallConn(); err != network.ErrUnread {
		t.Errorf("with unread bytes it says %v", err)
	}
	wantRead(t, stream, "x")

	startTLS(t, stream, server, clientConfig("a"))
	if _, err := stream.SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("on TLS it says %v", err)
	}

	memory, other := networktest.Pipe()
	defer memory.Close()
	defer other.Close()
	if _, err := network.NewStream(memory).SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without a descriptor it says %v", err)
	}
}

func TestPlainHasNoTLS(t *testing.T) {
	stream := network.NewStream(&fakeConn{})
	if state, ok := stream.TLS(); ok || state.HandshakeComplete || state.Version != 0 {
		t.Errorf("TLS says %+v", state)
	}
}

// TestConnThatSpeaksTLS has a backend that did the handshake itself.
func TestConnThatSpeaksTLS(t *testing.T) {
	bare, server := tcpPair(t)
	conn := tls.Client(bare, clientConfig("a"))
	go tls.Server(server, serverConfig("a")).Handshake()
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	stream := network.NewStream(conn)
	if state, ok := stream.TLS(); !ok || state.ServerName != "a" {
		t.Errorf("TLS says %v, %v", state.ServerName, ok)
	}
	if text := stream.String(); !strings.HasSuffix(text, ` TLS]>`) {
		t.Errorf("the text is %s", text)
	}
	wantProbe(t, stream, network.Unknown, errors.ErrUnsupported)
	if _, err := stream.SyscallConn(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("SyscallConn says %v", err)
	}
}

// TestPlainTrafficAllocatesNothing is what a request costs here.
func TestPlainTrafficAllocatesNothing(t *testing.T) {
	stream, server := tcpPair(t)
	p, q := []byte("request"), make([]byte, 7)
	allocs := testing.AllocsPerRun(100, func() {
		stream.Write(p)
		io.ReadFull(server, q)
		server.Write(q)
		io.ReadFull(stream, q)
	})
	if allocs != 0 {
		t.Errorf("an echo makes %v allocations", allocs)
	}
}

func TestLivenessText(t *testing.T) {
	for live, want := range map[network.Liveness]string{
		network.Unknown: "unknown", network.Alive: "alive", network.Closed: "closed",
		network.Doubtful: "doubtful", 9: "liveness(9)",
	} {
		if got := live.String(); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
}
