package network_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

func TestStartTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.Expect("STARTTLS\r\n")
			p.Write("go\r\n")
			p.TLS(nil)
			p.Expect("secret")
			p.Write("kept")
			p.WaitEnd() // Close sends close_notify
			p.WaitClosed()
		})
		mustWrite(t, stream, "STARTTLS\r\n")
		wantRead(t, stream, "go\r\n")
		config := clientConfig("a")
		config.NextProtos = []string{"http/1.1"}
		if err := stream.StartTLS(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		state, ok := stream.TLS()
		if !ok || state.ServerName != "a" || state.NegotiatedProtocol != "http/1.1" || !state.HandshakeComplete {
			t.Errorf("TLS says %v, %+v", ok, state)
		}
		mustWrite(t, stream, "secret")
		wantRead(t, stream, "kept")
		stream.Close()
	})
}

// TestStartTLSRefused has what the caller got wrong: the stream goes on.
func TestStartTLSRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.Expect("a")
			p.Write("b")
			p.TLS(nil)
		})
		start := func(config *tls.Config) error { return stream.StartTLS(t.Context(), config) }
		for _, config := range []*tls.Config{nil, {}} {
			if err := start(config); err != network.ErrNoServerName {
				t.Errorf("with %v it says %v", config, err)
			}
		}

		stream.Unread([]byte("x"))
		if err := start(clientConfig("a")); err != network.ErrUnread {
			t.Errorf("with unread bytes it says %v", err)
		}
		wantRead(t, stream, "x")

		read := make(chan string)
		go func() {
			buf := make([]byte, 10)
			n, _ := stream.Read(buf)
			read <- string(buf[:n])
		}()
		synctest.Wait()
		if err := start(clientConfig("a")); err != network.ErrInUse {
			t.Errorf("beside a Read it says %v", err)
		}
		wantProbe(t, stream, network.Unknown, network.ErrInUse)
		mustWrite(t, stream, "a")
		if got := <-read; got != "b" {
			t.Errorf("read %q", got)
		}
		if err := start(clientConfig("a")); err != nil {
			t.Errorf("in the end it says %v", err)
		}
	})
}

func TestStartTLSBesideWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		stream := script(t, func(p *networktest.Peer) {
			p.Window(1)
			p.Write("x")
			<-proceed
			p.Expect("0123")
			p.TLS(nil)
		})
		wantRead(t, stream, "x")
		written := make(chan error)
		go func() {
			_, err := io.WriteString(stream, "0123")
			written <- err
		}()
		synctest.Wait()
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != network.ErrInUse {
			t.Errorf("beside a Write it says %v", err)
		}
		wantProbe(t, stream, network.Alive, nil) // which only reads
		close(proceed)
		if err := <-written; err != nil {
			t.Error(err)
		}
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Error(err)
		}
	})
}

// stalledHandshake starts TLS with a server that never answers, does something
// to it a second later, and returns how it ended.
func stalledHandshake(t *testing.T, ctx context.Context, meddle func(stream *network.Stream)) (*network.Stream, error) {
	t.Helper()
	stream := script(t, func(p *networktest.Peer) { p.WaitClosed() })
	begin := time.Now()
	time.AfterFunc(time.Second, func() { meddle(stream) })
	err := stream.StartTLS(ctx, clientConfig("a"))
	if took := time.Since(begin); took != time.Second {
		t.Errorf("the handshake took %v", took)
	}
	synctest.Wait()
	wantText(t, stream, `<NetworkStream ["a:80" CLOSED]>`)
	return stream, err
}

func TestHandshakeEnds(t *testing.T) {
	nothing := func(*network.Stream) {}
	tests := []struct {
		name   string
		ctx    func() (context.Context, context.CancelFunc)
		meddle func(*network.Stream)
		want   error
	}{
		{"cancelled", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, nothing, context.Canceled},
		{"deadline", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), time.Second)
		}, nothing, context.DeadlineExceeded},
		{"deadline without Done", func() (context.Context, context.CancelFunc) {
			return deadlineOnly{context.Background(), time.Now().Add(time.Second)}, func() {}
		}, nothing, context.DeadlineExceeded},
		{"the stream's deadline", func() (context.Context, context.CancelFunc) {
			return context.Background(), func() {}
		}, func(s *network.Stream) { s.SetDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"the stream's read deadline", func() (context.Context, context.CancelFunc) {
			return context.Background(), func() {}
		}, func(s *network.Stream) { s.SetReadDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"closed", func() (context.Context, context.CancelFunc) {
			return context.Background(), func() {}
		}, func(s *network.Stream) { s.Close() }, net.ErrClosed},
		{"in use", func() (context.Context, context.CancelFunc) {
			return context.Background(), func() {}
		}, func(s *network.Stream) {
			if _, err := s.Read(make([]byte, 1)); err != network.ErrInUse {
				panic(err)
			}
			if _, err := s.Write(make([]byte, 1)); err != network.ErrInUse {
				panic(err)
			}
			if live, err := s.Probe(); live != network.Unknown || err != network.ErrInUse {
				panic(err)
			}
			if _, ok := s.TLS(); ok {
				panic("the handshake is not over")
			}
			s.Close()
		}, net.ErrClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.ctx()
				defer cancel()
				if _, err := stalledHandshake(t, ctx, test.meddle); !errors.Is(err, test.want) {
					t.Errorf("the handshake ended with %v, want %v", err, test.want)
				}
			})
		})
	}
}

func TestHandshakeThatNeedNotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) { p.WaitEnd() }) // nothing was sent
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := stream.StartTLS(ctx, clientConfig("a")); !errors.Is(err, context.Canceled) {
			t.Errorf("it says %v", err)
		}
		wantText(t, stream, `<NetworkStream ["a:80" CLOSED]>`)
	})
}

func TestHandshakeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.WaitClosed()
		})
		ctx := deadlineOnly{t.Context(), time.Now().Add(time.Second)}
		// Done is the test's own; what matters is a context without one.
		ctx.Context = context.WithoutCancel(t.Context())
		if err := stream.StartTLS(ctx, clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the deadline is the handshake's only
		wantProbe(t, stream, network.Alive, nil)
	})
}

func TestHandshakeOfUntrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			server := tls.Server(p.Conn(), serverConfig("b"))
			if err := server.Handshake(); err == nil {
				t.Error("the client took the certificate")
			}
			p.WaitClosed()
		})
		closed := false
		stream.OnClose(func() { closed = true })
		err := stream.StartTLS(t.Context(), clientConfig("a"))
		var wrong x509.HostnameError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "network: TLS handshake with a:80: ") {
			t.Errorf("it says %v", err)
		}
		if !closed {
			t.Error("the stream is open")
		}
	})
}

func TestHandshakeWithPlainServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.Write("HTTP/1.1 400 Bad Request\r\n\r\n")
			p.WaitClosed()
		})
		err := stream.StartTLS(t.Context(), clientConfig("a"))
		var header tls.RecordHeaderError
		if !errors.As(err, &header) {
			t.Errorf("it says %v", err)
		}
	})
}

func TestUnreadBesideHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		stream := script(t, func(p *networktest.Peer) {
			<-proceed
			p.TLS(nil)
			p.WaitClosed()
		})
		time.AfterFunc(time.Second, func() {
			stream.Unread([]byte("injected"))
			close(proceed)
		})
		if err := stream.StartTLS(t.Context(), clientConfig("a")); !errors.Is(err, network.ErrUnread) {
			t.Errorf("it says %v", err)
		}
		wantText(t, stream, `<NetworkStream ["a:80" CLOSED]>`)
	})
}

func TestTLSInTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proceed := make(chan struct{})
		step := func() {
			proceed <- struct{}{}
			synctest.Wait()
		}
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.Expect("CONNECT")
			send := p.TLSLateTickets(nil)
			<-proceed
			send()
			<-proceed
			p.Write("answer")
			p.WaitEnd()
			p.CloseWrite()
			<-proceed
		})
		if err := stream.StartTLS(t.Context(), clientConfig("proxy")); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, stream, "CONNECT")
		cache := newTicketCache()
		config := clientConfig("origin")
		config.ClientSessionCache = cache
		if err := stream.StartTLS(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if state, _ := stream.TLS(); state.ServerName != "origin" {
			t.Errorf("TLS speaks of %q", state.ServerName)
		}
		wantProbe(t, stream, network.Alive, nil)
		step() // the ticket comes
		if n := cache.tickets.Load(); n != 0 {
			t.Errorf("%d tickets too early", n)
		}
		wantProbe(t, stream, network.Alive, nil)
		if n := cache.tickets.Load(); n == 0 {
			t.Error("the probe took in no ticket")
		}
		step() // an answer to nothing
		wantProbe(t, stream, network.Doubtful, network.ErrUnread)
		wantProbe(t, stream, network.Doubtful, network.ErrUnread)
		wantRead(t, stream, "answer")
		wantProbe(t, stream, network.Alive, nil)
		if err := stream.CloseWrite(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		wantProbe(t, stream, network.Closed, io.EOF)
		if stream.CutShort() {
			t.Error("the inner TLS ended with close_notify")
		}
		close(proceed)
	})
}

// TestGoodbyes has Close send close_notify on each layer of TLS.
func TestGoodbyes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var outer, inner, bottom error
		stream := script(t, func(p *networktest.Peer) {
			raw := &eofNoter{Conn: p.Conn()}
			first := tls.Server(raw, serverConfig("a"))
			middle := &eofNoter{Conn: first}
			second := tls.Server(middle, serverConfig("b"))
			_, inner = second.Read(make([]byte, 1))
			if middle.ended {
				t.Error("the inner close_notify did not come")
			}
			_, outer = first.Read(make([]byte, 1))
			if raw.ended {
				t.Error("the outer close_notify did not come")
			}
			_, bottom = raw.Read(make([]byte, 1))
		})
		for _, name := range []string{"a", "b"} {
			if err := stream.StartTLS(t.Context(), clientConfig(name)); err != nil {
				t.Fatal(err)
			}
		}
		go stream.Read(make([]byte, 1)) // a reader is no reason to say nothing
		synctest.Wait()
		stream.Close()
		synctest.Wait()
		if inner != io.EOF || outer != io.EOF || bottom != io.EOF {
			t.Errorf("the server read %v, %v, %v", inner, outer, bottom)
		}
	})
}

// An eofNoter notes whether it was read to its end.
type eofNoter struct {
	net.Conn
	ended bool
}

func (c *eofNoter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF {
		c.ended = true
	}
	return n, err
}

func TestGoodbyeOverSockets(t *testing.T) {
	stream, server := tcpPair(t)
	raw := &eofNoter{Conn: server}
	conn := startTLS(t, stream, raw, clientConfig("a"))
	stream.Close()
	wantReadError(t, conn, io.EOF)
	if raw.ended {
		t.Error("the close_notify did not come")
	}
}

// TestGoodbyeDoesNotWait has a peer that takes nothing any more. In memory, the
// limit shows.
func TestGoodbyeDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.Window(0)
			p.Write("x")
			p.WaitClosed()
		})
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		wantRead(t, stream, "x")
		begin := time.Now()
		// The script's WaitClosed reads nothing off a window of nothing.
		stream.Close()
		if took := time.Since(begin); took != 100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
	})
}

// TestGoodbyeIntoFullSocket has a socket that takes nothing any more: Close
// finds out without waiting.
func TestGoodbyeIntoFullSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	bottom, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	stream := network.NewStream(bottom)
	startTLS(t, stream, server, clientConfig("a"))
	for err == nil {
		bottom.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		_, err = bottom.Write(make([]byte, 1<<20)) // behind the stream's back
	}
	bottom.SetWriteDeadline(time.Time{})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseWriteOnTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.WaitEnd()
			p.Write("still")
		})
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		if err := stream.CloseWrite(); err != nil {
			t.Error(err)
		}
		wantRead(t, stream, "still")
		wantReadError(t, stream, io.EOF)
		if stream.CutShort() {
			t.Error("the server said close_notify")
		}
	})
}

func TestReadTimeoutOnTLSMayBeTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := script(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.Expect("go")
			p.Write("late")
		})
		if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
			t.Fatal(err)
		}
		stream.SetReadDeadline(time.Now().Add(time.Second))
		wantReadError(t, stream, os.ErrDeadlineExceeded)
		stream.SetReadDeadline(time.Time{})
		mustWrite(t, stream, "go")
		wantRead(t, stream, "late")
	})
}

// TestTLSWithoutNames has neither a server's name nor an address, of which
// crypto/tls would make the key of its session cache.
func TestTLSWithoutNames(t *testing.T) {
	client, server := networktest.Pipe()
	defer server.Close()
	stream := network.NewStream(nameless{client})
	defer stream.Close()
	cache := newTicketCache()
	config := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: cache}
	conn := startTLSWith(t, stream, server, config, serverConfig("a"))
	mustWrite(t, conn, "x")
	wantRead(t, stream, "x")
	if n := cache.tickets.Load(); n != 0 {
		t.Errorf("%d tickets are kept for whoever has no name", n)
	}
	wantText(t, stream, `<NetworkStream ["" TLS]>`)
}

type nameless struct{ net.Conn }

func (nameless) RemoteAddr() net.Addr { return nil }
