package networktest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A recorder is a test that may fail: it keeps what is reported.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	reports  []string
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Error(args ...any) { r.report(fmt.Sprint(args...)) }

func (r *recorder) Errorf(format string, args ...any) { r.report(fmt.Sprintf(format, args...)) }

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) report(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, text)
}

// failing runs a test that is meant to fail and returns what it reported.
func failing(t *testing.T, test func(world *networktest.Network)) []string {
	t.Helper()
	r := &recorder{TB: t}
	synctest.Test(t, func(t *testing.T) {
		test(networktest.New(r))
		for _, f := range r.cleanups {
			f()
		}
	})
	return r.reports
}

func wantReports(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d reports, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("report %d is\n\t%s\nwant in it\n\t%s", i, got[i], want[i])
		}
	}
}

func connect(t *testing.T, backend network.Backend) net.Conn {
	t.Helper()
	conn, err := backend.DialContext(context.Background(), "tcp", "a:80")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestVerbsFail shows the report of each verb to which the client does something
// else than the script wants.
func TestVerbsFail(t *testing.T) {
	tests := []struct {
		name   string
		script func(p *networktest.Peer)
		client string // what it writes before it closes
		want   string
	}{
		{"other bytes", func(p *networktest.Peer) { p.Expect("GET / HTTP/1.1\r\n") }, "GET /x HTTP/1.1\r\n",
			"connection 1 to a:80, byte 5: other bytes came than expected, from byte 5 of them:\n\twant \"GET / HTTP/1.1\\r\\n\"\n\t got \"GET /x HTTP/1.1\\r\\n\""},
		{"other bytes later", func(p *networktest.Peer) { p.Expect("ab"); p.Expect("cd") }, "abcX",
			"byte 3: other bytes came than expected, from byte 1 of them:\n\twant \"cd\"\n\t got \"cX\""},
		{"too few bytes", func(p *networktest.Peer) { p.Expect("abc") }, "ab",
			"byte 2: the client ended after 2 of 3 bytes:\n\twant \"abc\"\n\t got \"ab\""},
		{"no request", func(p *networktest.Peer) { p.ReadRequest() }, "",
			"byte 0: the client ended; want a request"},
		{"half a request", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HT",
			"byte 0: the client ended inside a request line: \"GET / HT\""},
		{"no request line", func(p *networktest.Peer) { p.ReadRequest() }, "GET  / HTTP/1.1\r\n\r\n",
			"not a request line: \"GET  / HTTP/1.1\""},
		{"bare LF", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\n\r\n",
			"a request line ends in a bare LF: \"GET / HTTP/1.1\""},
		{"no field", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
			"not a field line: \"Host : a\""},
		{"half a body", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
			"the client ended inside the body, after 2 of 3 bytes"},
		{"bad length", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
			"Content-Length \"+3\""},
		{"two framings", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
			"both Content-Length \"3\" and Transfer-Encoding \"chunked\""},
		{"bad chunk", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
			"a chunk ends in \"d\\r\""},
		{"other coding", func(p *networktest.Peer) { p.ReadRequest() }, "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
			"Transfer-Encoding \"gzip\"; want chunked"},
		{"no end", func(p *networktest.Peer) { p.Expect("a"); p.WaitEnd() }, "ab",
			"byte 1: want the end, got \"b\""},
		{"no TLS", func(p *networktest.Peer) { p.TLS(nil) }, "GET / HTTP/1.1\r\n\r\n",
			"the TLS handshake failed: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ended := true
			reports := failing(t, func(world *networktest.Network) {
				world.Handle("a:80", func(p *networktest.Peer) {
					test.script(p)
					ended = false
				})
				conn := connect(t, world)
				defer conn.Close()
				io.WriteString(conn, test.client)
				conn.(interface{ CloseWrite() error }).CloseWrite()
				_, err := conn.Read(make([]byte, 100))
				for err == nil { // an alert, in the case of TLS
					_, err = conn.Read(make([]byte, 100))
				}
				if !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the client reads %v, want a reset", err)
				}
			})
			wantReports(t, reports, test.want)
			if !ended {
				t.Error("the script went on")
			}
		})
	}
}

func TestWritingToClosedClientFails(t *testing.T) {
	reports := failing(t, func(world *networktest.Network) {
		world.Handle("a:80", func(p *networktest.Peer) {
			p.WaitClosed()
			p.Write("who is there?")
		})
		connect(t, world).Close()
	})
	wantReports(t, reports, "writing failed after 0 of 13 bytes: ")
}

func TestFinishReportsOpenConnection(t *testing.T) {
	var conn net.Conn
	reports := failing(t, func(world *networktest.Network) {
		world.Handle("a:80", func(p *networktest.Peer) {})
		conn = connect(t, world)
		if n := world.Open(); n != 1 {
			t.Errorf("%d connections are open", n)
		}
	})
	wantReports(t, reports, "connection 1 to a:80 was not closed by the client")
	wantReadError(t, conn, net.ErrClosed) // it was ended nevertheless
}

func TestFinishReportsScript(t *testing.T) {
	reports := failing(t, func(world *networktest.Network) {
		world.Handle("a:80", func(p *networktest.Peer) {
			p.Expect("hello")
			p.Expect("world")
		})
		conn := connect(t, world)
		defer conn.Close()
		io.WriteString(conn, "hello wo")
		synctest.Wait()
	})
	wantReports(t, reports, "byte 5: other bytes came than expected")

	reports = failing(t, func(world *networktest.Network) {
		world.Handle("a:80", func(p *networktest.Peer) {
			p.Expect("hello")
			p.Expect("world")
		})
		io.WriteString(connect(t, world), "hellowo")
	})
	wantReports(t, reports,
		"connection 1 to a:80 was not closed by the client",
		`the script of connection 1 to a:80 has not ended: it stands at network_test.go:`)
	if want := `Expect("world")`; !strings.HasSuffix(reports[1], want) {
		t.Errorf("%q does not end in %s", reports[1], want)
	}
}

func TestFinishReportsStuckScriptAndDial(t *testing.T) {
	reports := failing(t, func(world *networktest.Network) {
		release := make(chan struct{})
		world.Handle("a:80", func(p *networktest.Peer) {
			p.Write("x")
			<-release // outside of every verb
		})
		world.Stall("hole:80")
		go world.DialContext(context.Background(), "tcp", "hole:80")
		conn := connect(t, world)
		conn.Read(make([]byte, 1))
		conn.Close()
		synctest.Wait()
		if n := world.Dialing(); n != 1 {
			t.Errorf("%d dials are under way", n)
		}
		time.AfterFunc(3*time.Second, func() { close(release) }) // after the reports
	})
	wantReports(t, reports,
		`the script of connection 1 to a:80 has not ended: it stands at network_test.go:`,
		`a dial to hole:80 has not ended`)
	if want := `what follows Write("x")`; !strings.HasSuffix(reports[0], want) {
		t.Errorf("%q does not end in %s", reports[0], want)
	}
}

func TestDialAfterTheEnd(t *testing.T) {
	var world *networktest.Network
	failing(t, func(w *networktest.Network) {
		world = w
		world.Handle("a:80", func(p *networktest.Peer) {})
	})
	if _, err := world.DialContext(t.Context(), "tcp", "a:80"); err == nil {
		t.Error("the network outlives its test")
	}
}

// deadlineOnly is a context with a deadline and no Done channel.
type deadlineOnly struct {
	context.Context
	deadline time.Time
}

func (c deadlineOnly) Deadline() (time.Time, bool) { return c.deadline, true }

func TestDialEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Stall("hole:80")
		world.Handle("far:80", func(p *networktest.Peer) {})
		world.Delay("far:80", time.Hour)
		for _, address := range []string{"hole:80", "far:80"} {
			begin := time.Now()
			ctx := deadlineOnly{context.Background(), begin.Add(time.Second)}
			_, err := world.DialContext(ctx, "tcp", address)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
				t.Errorf("%s: %v after %v", address, err, time.Since(begin))
			}
			if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
				t.Errorf("%s: %v is no timeout", address, err)
			}

			cancelled, cancel := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, cancel)
			if _, err := world.DialContext(cancelled, "tcp", address); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", address, err)
			}
			if _, err := world.DialContext(cancelled, "tcp", address); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, begun too late: %v", address, err)
			}
		}
	})
}

func TestAddressesComeBeforeTheStar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("*", func(p *networktest.Peer) { p.Write(fmt.Sprint("any ", p.Address(), " ", p.Number())) })
		world.Handle("a:80", func(p *networktest.Peer) { p.Write("a") })
		world.Refuse("b:80", io.ErrNoProgress)
		ask := func(address string) string {
			conn, err := world.DialContext(t.Context(), "tcp", address)
			if err != nil {
				return err.Error()
			}
			defer conn.Close()
			text, _ := io.ReadAll(conn)
			return string(text)
		}
		for _, test := range [][2]string{
			{"a:80", "a"},
			{"b:80", "dial tcp b:80: " + io.ErrNoProgress.Error()},
			{"c:80", "any c:80 1"},
			{"c:80", "any c:80 2"},
		} {
			if got := ask(test[0]); got != test[1] {
				t.Errorf("%s says %q, want %q", test[0], got, test[1])
			}
		}
		// What is said later holds.
		world.Refuse("a:80", nil)
		if got := ask("a:80"); got != "dial tcp a:80: connect: connection refused" {
			t.Errorf("a:80 says %q", got)
		}
		world.Handle("a:80", func(p *networktest.Peer) { p.Write("again") })
		if got := ask("a:80"); got != "again" {
			t.Errorf("a:80 says %q", got)
		}
		if a, all := world.Dials("a:80"), world.Dials("*"); a != 3 || all != 6 {
			t.Errorf("%d dials to a:80 and %d in all", a, all)
		}
		if n := world.Open(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}

func TestNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := networktest.New(t).DialContext(t.Context(), "tcp", "a:80")
		if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), `no script for "a:80"`) {
			t.Errorf("the dial says %v", err)
		}
	})
}

func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("a:80", func(p *networktest.Peer) {
			first := p.ReadRequest()
			if first.Method != "POST" || first.Target != "/x" || first.Proto != "HTTP/1.1" || first.Body != "abc" || first.Get("hOST") != "a" {
				t.Errorf("the first request is %+v", first)
			}
			second := p.ReadHead()
			if second.Body != "" || second.Get("Transfer-Encoding") != "chunked" {
				t.Errorf("the second head is %+v", second)
			}
			p.Write("HTTP/1.1 100 Continue\r\n\r\n")
			if body := p.ReadBody(second); body != "Hello world" {
				t.Errorf("the second body is %q", body)
			}
			if len(second.Trailers) != 1 || second.Trailers[0] != [2]string{"Sum", "1"} {
				t.Errorf("the trailers are %q", second.Trailers)
			}
			if request, ok := p.NextRequest(); ok {
				t.Errorf("a third request: %+v", request)
			}
			if p.Closed() {
				t.Error("the client has closed one direction only")
			}
			p.Answer(204, "")
		})
		conn := connect(t, world)
		defer conn.Close()
		io.WriteString(conn, "POST /x HTTP/1.1\r\nHost:  a \r\nContent-Length: 3\r\n\r\nabcPUT / HTTP/1.1\r\n")
		io.WriteString(conn, "Transfer-Encoding: chunked\r\n\r\n")
		wantRead(t, conn, "HTTP/1.1 100 Continue\r\n\r\n")
		io.WriteString(conn, "6\r\nHello \r\n5\r\nworld\r\n0\r\nSum: 1\r\n\r\n")
		conn.(interface{ CloseWrite() error }).CloseWrite()
		wantRead(t, conn, "HTTP/1.1 204 No Content\r\n\r\n")
		wantReadError(t, conn, io.EOF)
	})
}

func TestAlways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("a:80", networktest.Always(200, "ok", "Content-Length: 2", "Server: x"))
		conn := connect(t, world)
		defer conn.Close()
		for range 3 {
			io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
			wantRead(t, conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: x\r\n\r\nok")
		}
	})
}

func TestWaitEndAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		ended := make(chan *networktest.Peer)
		closed := make(chan struct{})
		world.Handle("a:80", func(p *networktest.Peer) {
			p.Expect("x")
			p.WaitEnd()
			ended <- p
			p.WaitClosed()
			close(closed)
		})
		conn := connect(t, world)
		io.WriteString(conn, "x")
		conn.(interface{ CloseWrite() error }).CloseWrite()
		p := <-ended
		synctest.Wait()
		select {
		case <-closed:
			t.Error("WaitClosed took half a close for a whole one")
		default:
		}
		if p.Closed() {
			t.Error("so did Closed")
		}
		conn.Close()
		<-closed
		if !p.Closed() {
			t.Error("the client has closed")
		}
	})
}

func clientConfig(name string) *tls.Config {
	_, roots := networktest.Certificate()
	return &tls.Config{ServerName: name, RootCAs: roots}
}

func TestTLSOfAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("192.0.2.1:443", func(p *networktest.Peer) {
			p.TLS(nil)
			p.WaitEnd()
			p.Close()
		})
		raw, err := world.DialContext(t.Context(), "tcp", "192.0.2.1:443")
		if err != nil {
			t.Fatal(err)
		}
		conn := tls.Client(raw, clientConfig("192.0.2.1"))
		defer conn.Close()
		if err := conn.Handshake(); err != nil {
			t.Fatal(err)
		}
		conn.CloseWrite()
		wantReadError(t, conn, io.EOF)
	})
}

// TestTLSCut tells an end of TLS from the end of what carries it.
func TestTLSCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("a:80", func(p *networktest.Peer) {
			p.TLS(nil)
			p.Write("x")
			if p.Number() == 1 {
				p.Cut()
			}
		})
		for _, want := range []bool{true, false} {
			stream := network.NewStream(connect(t, world))
			if err := stream.StartTLS(t.Context(), clientConfig("a")); err != nil {
				t.Fatal(err)
			}
			wantRead(t, stream, "x")
			wantReadError(t, stream, io.EOF)
			if stream.CutShort() != want {
				t.Errorf("CutShort says %v, want %v", !want, want)
			}
			stream.Close()
		}
	})
}

func TestTLSLateTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		proceed := make(chan struct{})
		world.Handle("a:80", func(p *networktest.Peer) {
			send := p.TLSLateTickets(nil)
			<-proceed
			send()
			<-proceed
			p.Write("x")
		})
		raw := connect(t, world)
		config := clientConfig("a")
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		conn := tls.Client(raw, config)
		defer conn.Close()
		if err := conn.Handshake(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		wantProbe(t, raw, network.Alive, nil)
		proceed <- struct{}{}
		synctest.Wait()
		wantProbe(t, raw, network.Doubtful, network.ErrUnread)
		proceed <- struct{}{}
		wantRead(t, conn, "x")
	})
}

func TestCertificateNames(t *testing.T) {
	certificate, _ := networktest.Certificate("a.example", "192.0.2.1")
	for _, name := range []string{"a.example", "192.0.2.1"} {
		if err := certificate.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if err := certificate.Leaf.VerifyHostname("b.example"); err == nil {
		t.Error("the certificate holds for any name")
	}
}

// TestPeerConn has a verb read ahead, and the test read the rest itself.
func TestPeerConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("a:80", func(p *networktest.Peer) {
			p.Expect("ab")
			wantRead(t, p.Conn(), "cd")
			wantRead(t, p.Conn(), "ef")
			p.Window(1)
			p.CloseWrite()
			wantRead(t, p.Conn(), "g")
			wantRead(t, p.Conn(), "h")
		})
		conn := connect(t, world)
		defer conn.Close()
		io.WriteString(conn, "abcd")
		io.WriteString(conn, "ef")
		wantReadError(t, conn, io.EOF)
		io.WriteString(conn, "gh")
	})
}
