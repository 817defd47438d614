package networktest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// The tests of this file are the tutorial of the package: read them in their
// order. The code under test is a client of a few lines; in your tests it is a
// pool, a connection or a stream.

// dial is how the code under test gets its connections: it is given a backend.
func dial(t *testing.T, backend network.Backend, address string) *network.Stream {
	t.Helper()
	conn, err := backend.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	stream := network.NewStream(conn)
	t.Cleanup(func() { stream.Close() })
	return stream
}

// 1. A script is the server. It says what must come and what is answered, and
// ends; where other bytes come, the test fails and names the first of them.
func TestTutorialExpectAndWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("mail.example.com:25", func(p *networktest.Peer) {
			p.Write("220 ready\r\n")
			p.Expect("QUIT\r\n")
			p.Write("221 bye\r\n")
		})

		stream := dial(t, world, "mail.example.com:25")
		lines := bufio.NewReader(stream)
		if line, _ := lines.ReadString('\n'); line != "220 ready\r\n" {
			t.Errorf("the greeting is %q", line)
		}
		io.WriteString(stream, "QUIT\r\n")
		if line, _ := lines.ReadString('\n'); line != "221 bye\r\n" {
			t.Errorf("the farewell is %q", line)
		}
		// The script has ended, and with it the connection.
		if _, err := lines.ReadByte(); err != io.EOF {
			t.Errorf("then comes %v, want io.EOF", err)
		}
	})
}

// 2. HTTP servers are scripts too. ReadRequest reads a request with its body,
// Answer writes a response with its Content-Length.
func TestTutorialAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("*", func(p *networktest.Peer) { // whoever is asked
			request := p.ReadRequest()
			p.Answer(200, "you posted "+request.Body, "Connection: close")
		})

		stream := dial(t, world, "www.example.com:80")
		io.WriteString(stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
		answer, err := io.ReadAll(stream)
		if err != nil {
			t.Fatal(err)
		}
		want := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 13\r\n\r\nyou posted hi"
		if string(answer) != want {
			t.Errorf("the answer is %q, want %q", answer, want)
		}
	})
}

// 3. Pieces arrive as they were written. A parser that must not care where a
// read ends is shown every place where it might.
func TestTutorialPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("a:80", func(p *networktest.Peer) { p.WriteSplit("HTTP/1.1 200 OK", 4, 5) })

		stream := dial(t, world, "a:80")
		for _, want := range []string{"HTTP", "/1.1 ", "200 OK"} {
			buf := make([]byte, 100)
			n, err := stream.Read(buf)
			if err != nil || string(buf[:n]) != want {
				t.Errorf("read %q, %v; want %q", buf[:n], err, want)
			}
		}
	})
}

// 4. Time is the bubble's. A minute's deadline is over at once, and exactly.
func TestTutorialTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("slow:80", func(p *networktest.Peer) { p.WaitClosed() })

		stream := dial(t, world, "slow:80")
		begin := time.Now()
		stream.SetReadDeadline(begin.Add(time.Minute))
		if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the read ended with %v", err)
		}
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

// 5. Dials fail, take their time or hang.
func TestTutorialDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Refuse("down:80", nil)
		world.Stall("hole:80")
		world.Handle("far:80", func(p *networktest.Peer) {})
		world.Delay("far:80", 3*time.Second)

		if _, err := world.DialContext(t.Context(), "tcp", "down:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("down: %v", err)
		}

		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := world.DialContext(ctx, "tcp", "hole:80"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hole: %v", err)
		}
		dial(t, world, "far:80")
		if took := time.Since(begin); took != 13*time.Second {
			t.Errorf("the two took %v", took)
		}
		if n := world.Dials("far:80"); n != 1 {
			t.Errorf("far was dialled %d times", n)
		}
	})
}

// 6. Connections end in several ways, and break.
func TestTutorialEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("half:80", func(p *networktest.Peer) {
			p.CloseWrite()   // the client reads io.EOF,
			p.Expect("more") // and may still write
			p.WaitClosed()
		})
		world.Handle("broken:80", func(p *networktest.Peer) { p.Reset() })

		half := dial(t, world, "half:80")
		if _, err := half.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("half: %v", err)
		}
		io.WriteString(half, "more")

		broken := dial(t, world, "broken:80")
		if _, err := broken.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("broken: %v", err)
		}
	})
}

// 7. A server that does not read makes the client wait: Window says how soon.
func TestTutorialStalledReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Window("a:80", 4)
		proceed := make(chan struct{})
		world.Handle("a:80", func(p *networktest.Peer) {
			<-proceed
			p.Expect("0123456789")
		})

		stream := dial(t, world, "a:80")
		stream.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := io.WriteString(stream, "0123456789")
		if n != 4 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d bytes, %v; want 4 and a timeout", n, err)
		}
		close(proceed)
		stream.SetWriteDeadline(time.Time{})
		io.WriteString(stream, "456789")
	})
}

// 8. TLS is one verb. The server has a certificate for whatever name the client
// asks for, and Certificate gives the pool that trusts it.
func TestTutorialTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := networktest.New(t)
		world.Handle("www.example.com:443", func(p *networktest.Peer) {
			state := p.TLS(nil)
			p.Expect("which name?")
			p.Write(state.ServerName)
		})

		_, roots := networktest.Certificate()
		stream := dial(t, world, "www.example.com:443")
		err := stream.StartTLS(t.Context(), &tls.Config{ServerName: "www.example.com", RootCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(stream, "which name?")
		if name, _ := io.ReadAll(stream); string(name) != "www.example.com" {
			t.Errorf("the server saw %q", name)
		}
	})
}

// 9. A Pipe is a connection alone, without a network and its checks.
func TestTutorialPipe(t *testing.T) {
	client, server := networktest.Pipe()
	defer client.Close()
	defer server.Close()
	var _ net.Conn = client
	io.WriteString(client, "ping")
	buf := make([]byte, 100)
	if n, _ := server.Read(buf); string(buf[:n]) != "ping" {
		t.Errorf("the server read %q", buf[:n])
	}
}
