package network_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// TestProbeInMemory has conns that bring their own way to look.
func TestProbeInMemory(t *testing.T) {
	ends := []struct {
		name string
		end  func(p *networktest.Peer)
		want network.Liveness
		err  error
	}{
		{"closed", func(p *networktest.Peer) { p.Close() }, network.Closed, io.EOF},
		{"half closed", func(p *networktest.Peer) { p.CloseWrite() }, network.Closed, io.EOF},
		{"reset", func(p *networktest.Peer) { p.Reset() }, network.Closed, syscall.ECONNRESET},
		{"unasked", func(p *networktest.Peer) { p.Write("HTTP/1.1 408") }, network.Doubtful, network.ErrUnread},
		{"cut", func(p *networktest.Peer) { p.Cut() }, network.Closed, io.EOF},
	}
	for _, withTLS := range []bool{false, true} {
		for _, test := range ends {
			name := "plain "
			if withTLS {
				name = "TLS "
			}
			t.Run(name+test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					proceed := make(chan struct{})
					stream := script(t, func(p *networktest.Peer) {
						if withTLS {
							p.TLS(nil)
						}
						<-proceed
						test.end(p)
						<-proceed
					})
					if withTLS {
						if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
							t.Fatal(err)
						}
					}
					stream.SetReadDeadline(time.Now().Add(-time.Hour)) // no matter
					wantProbe(t, stream, network.Alive, nil)
					wantProbe(t, stream, network.Alive, nil)
					proceed <- struct{}{}
					synctest.Wait()
					wantProbe(t, stream, test.want, test.err)
					wantProbe(t, stream, test.want, test.err)
					if cut := withTLS && test.name == "cut"; stream.CutShort() != cut {
						t.Errorf("CutShort says %v", !cut)
					}
					stream.SetReadDeadline(time.Time{})
					if test.want == network.Doubtful {
						wantRead(t, stream, "HTTP/1.1 408")
						wantProbe(t, stream, network.Alive, nil)
					}
					close(proceed)
				})
			})
		}
	}
}

// TestProbeTakesInTickets has the tickets of TLS 1.3 arrive while the stream
// idles, whole and in pieces.
func TestProbeTakesInTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := networktest.Pipe()
		defer server.Close()
		stream := network.NewStream(client)
		defer stream.Close()
		cache := newTicketCache()
		config := clientConfig("a")
		config.ClientSessionCache = cache

		// What the server writes behind its handshake passes through a gate.
		gate := &gated{Conn: server}
		serving := serverConfig("a")
		serving.ClientAuth = tls.RequestClientCert // so that the tickets come last
		conn := tls.Server(gate, serving)
		go func() {
			if err := conn.Handshake(); err != nil {
				t.Error(err)
			}
		}()
		if err := stream.StartTLS(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for len(gate.held) > 0 {
			wantProbe(t, stream, network.Alive, nil)
			if n := cache.tickets.Load(); n != 0 {
				t.Fatal("a ticket came early")
			}
			gate.release(1) // byte by byte
		}
		wantProbe(t, stream, network.Alive, nil)
		if n := cache.tickets.Load(); n != 1 {
			t.Errorf("%d tickets came", n)
		}
		gate.open = true
		mustWrite(t, conn, "answer")
		wantProbe(t, stream, network.Doubtful, network.ErrUnread)
		wantRead(t, stream, "answer")
	})
}

// A gated conn holds back what is written after the last Read.
type gated struct {
	net.Conn
	held []byte
	open bool
}

func (g *gated) Read(p []byte) (int, error) {
	g.release(len(g.held))
	return g.Conn.Read(p)
}

func (g *gated) Write(p []byte) (int, error) {
	if g.open {
		return g.Conn.Write(p)
	}
	g.held = append(g.held, p...)
	return len(p), nil
}

func (g *gated) release(n int) {
	g.Conn.Write(g.held[:n])
	g.held = g.held[n:]
}

// TestReadWaitsForProbe has a Read that comes while a Probe looks.
func TestReadWaitsForProbe(t *testing.T) {
	conn := &slowProber{began: make(chan struct{}), proceed: make(chan struct{})}
	stream := network.NewStream(conn)
	probed := make(chan struct{})
	go func() {
		wantProbe(t, stream, network.Alive, nil)
		close(probed)
	}()
	<-conn.began
	read := make(chan error)
	go func() {
		_, err := stream.Read(make([]byte, 1))
		read <- err
	}()
	copied := make(chan error)
	go func() {
		_, err := stream.WriteTo(io.Discard)
		copied <- err
	}()
	if err := stream.StartTLS(t.Context(), clientConfig("a")); err != network.ErrInUse {
		t.Errorf("StartTLS says %v", err)
	}
	select {
	case <-read:
		t.Error("the Read did not wait")
	default:
	}
	close(conn.proceed)
	<-probed
	if err := <-read; err != errRead {
		t.Errorf("Read says %v", err)
	}
	if err := <-copied; err != errRead {
		t.Errorf("WriteTo says %v", err)
	}
}

var errRead = errors.New("this is Read")

type slowProber struct {
	net.Conn
	began, proceed chan struct{}
}

func (p *slowProber) Probe() (network.Liveness, error) {
	close(p.began)
	<-p.proceed
	return network.Alive, nil
}

func (p *slowProber) Read([]byte) (int, error) { return 0, errRead }

func (p *slowProber) RemoteAddr() net.Addr { return nil }

// TestProbeOfTLSNeedsTryRead has a conn that is a Prober and no more.
func TestProbeOfTLSNeedsTryRead(t *testing.T) {
	client, server := networktest.Pipe()
	defer server.Close()
	stream := network.NewStream(onlyProber{client, client.(network.Prober)})
	defer stream.Close()
	wantProbe(t, stream, network.Alive, nil)
	startTLS(t, stream, server, clientConfig("a"))
	wantProbe(t, stream, network.Unknown, errors.ErrUnsupported)
}

type onlyProber struct {
	net.Conn
	network.Prober
}
