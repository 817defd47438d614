package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

const switchToEcho = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"

// echoing switches and then says everything twice, with a greeting right behind
// the head.
func echoing(p *networktest.Peer) {
	r := p.ReadRequest()
	if r.Get("Upgrade") != "echo" || r.Get("Connection") != "Upgrade" {
		p.Answer(400, fmt.Sprint(r.Fields))
		return
	}
	p.Write(switchToEcho + "welcome ")
	buf := make([]byte, 100)
	for {
		n, err := p.Conn().Read(buf)
		if err != nil {
			return
		}
		time.Sleep(time.Hour) // a stream has no deadline
		p.Write(strings.Repeat(string(buf[:n]), 2))
	}
}

var asEcho = Headers{{"Upgrade", "echo"}}

// An upgrade gives the stream and the response; the pool counts it until it is
// closed. Nothing of the exchange is left on it.
func TestUpgrade(t *testing.T) {
	onPool(t, PoolOptions{Connection: ConnectionOptions{}}, echoing, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		s, res, err := p.Upgrade(ctx, "GET", "http://www.example.com/", asEcho, Timeouts{Write: time.Minute, FirstByte: time.Minute, Read: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		wantText(t, p, "<ConnectionPool [1 upgraded]>")
		wantConnections(t, p, `<Connection "http://www.example.com/" ECHO>`)
		if res.StatusCode != 101 || res.Headers.Get("upgrade") != "echo" || res.Body != io.ReadCloser(s) {
			t.Errorf("the response is %v, %v", res, res.Headers)
		}
		wantEcho(t, s)
		wantText(t, p, "<ConnectionPool [1 upgraded]>")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}

func wantEcho(t *testing.T, s *network.Stream) {
	t.Helper()
	if _, err := io.WriteString(s, "ho"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, len("welcome hoho"))
	if _, err := io.ReadFull(s, buf); string(buf) != "welcome hoho" || err != nil {
		t.Errorf("read %q, %v", buf, err)
	}
}

// The same through Send, and on a connection.
func TestUpgradeBySend(t *testing.T) {
	onPool(t, PoolOptions{}, echoing, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res, err := p.Send(t.Context(), mustRequest(t, "GET", "http://www.example.com/", asEcho))
		if err != nil {
			t.Fatal(err)
		}
		s, ok := res.Body.(*network.Stream)
		if !ok {
			t.Fatalf("the body is a %T", res.Body)
		}
		wantEcho(t, s)
		res.Close()
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
	onConnection(t, echoing, func(t *testing.T, c *Connection) {
		s, _, err := c.Upgrade(t.Context(), "GET", "/", asEcho)
		if err != nil {
			t.Fatal(err)
		}
		wantEcho(t, s)
		if c.State() != Upgraded {
			t.Errorf("it is %v", c.State())
		}
		// Nobody else has a turn any more, until it ends.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Request(ctx, "GET", "/"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a request beside it: %v", err)
		}
		next := make(chan error)
		go func() {
			_, err := c.Request(t.Context(), "GET", "/")
			next <- err
		}()
		synctest.Wait()
		s.Close()
		if err := <-next; !errors.Is(err, ErrClosed) {
			t.Errorf("a request behind it: %v", err)
		}
		wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)
	})
}

// CONNECT leads through a proxy; any 2xx switches.
func TestUpgradeByConnect(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 Connection established\r\n\r\n", "HTTP/1.1 204 Fine\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"} {
		script := func(p *networktest.Peer) {
			r := p.ReadHead()
			if r.Method != "CONNECT" || r.Target != "www.encode.io:443" {
				t.Errorf("asked for %s %s", r.Method, r.Target)
			}
			p.Write(answer + "behind")
			p.WaitClosed()
		}
		onConnection(t, script, func(t *testing.T, c *Connection) {
			s, res, err := c.Upgrade(t.Context(), "CONNECT", "www.encode.io:443")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			buf := make([]byte, 6)
			if _, err := io.ReadFull(s, buf); string(buf) != "behind" || err != nil || res.StatusCode/100 != 2 {
				t.Errorf("%v, then %q, %v", res, buf, err)
			}
			wantText(t, c, `<Connection "https://www.encode.io" VIA "http://www.example.com" CONNECT>`)
		})
		onPool(t, PoolOptions{}, script, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
			s, _, err := p.Upgrade(t.Context(), "CONNECT", "http://proxy.example:8080", Target("www.encode.io:443"))
			if err != nil {
				t.Fatal(err)
			}
			wantText(t, p, "<ConnectionPool [1 upgraded]>")
			wantConnections(t, p, `<Connection "https://www.encode.io" VIA "http://proxy.example:8080" CONNECT>`)
			s.Close()
			wantText(t, p, "<ConnectionPool [0 active]>")
		})
	}
}

// A refusal is an error with the response, its body in memory; the connection
// serves on.
func TestUpgradeRefused(t *testing.T) {
	refusing := func(body, after string, took time.Duration, answer string, ends ...error) func(*testing.T) {
		var fault error // of a body that is not whole
		if len(ends) > 0 {
			fault = ends[0]
		}
		return func(t *testing.T) {
			onPool(t, PoolOptions{}, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write(answer)
				if after == "<ConnectionPool [1 idle]>" {
					p.ReadRequest()
					p.Answer(200, "served on")
				}
				p.WaitClosed()
			}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				begin := time.Now()
				s, res, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/?q=secret", asEcho)
				wantTook(t, begin, took)
				var refused *UpgradeError
				if s != nil || !errors.As(err, &refused) || refused.Response != res || res == nil {
					t.Fatalf("got %v, %v, %v", s, res, err)
				}
				wantWords(t, err, "echo", "refused", res.String())
				wantNoWords(t, err, "secret")
				got, err := res.Bytes()
				if string(got) != body || !errors.Is(err, fault) {
					t.Errorf("the body is %d bytes, %v; want %d, %v", len(got), err, len(body), fault)
				}
				wantText(t, p, after)
				if after == "<ConnectionPool [1 idle]>" {
					wantGet(t, p, "http://www.example.com/", "served on")
				}
				if err := res.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	idle, gone := "<ConnectionPool [1 idle]>", "<ConnectionPool [0 active]>"
	x := func(n int) string { return strings.Repeat("x", n) }
	t.Run("by 426", refusing("not here", idle, 0, networktest.AppendAnswer(426, "not here")))
	t.Run("by 200", refusing("a page", idle, 0, networktest.AppendAnswer(200, "a page")))
	t.Run("by 204", refusing("", idle, 0, "HTTP/1.1 204 No Content\r\n\r\n"))
	t.Run("and closed", refusing("go away", gone, 0, networktest.AppendAnswer(403, "go away", "Connection: close")))
	t.Run("with 64 KiB", refusing(x(64<<10), idle, 0, networktest.AppendAnswer(400, x(64<<10))))
	t.Run("with more", refusing(x(64<<10), gone, 0, networktest.AppendAnswer(400, x(70<<10)), ErrTooLarge))
	t.Run("with too much", refusing(x(64<<10), gone, 0, networktest.AppendAnswer(400, x(200<<10)), ErrTooLarge))
	t.Run("slowly", refusing("slow", gone, time.Second, "HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nslow", ErrClosed))
}

// A refusal that breaks off is not taken for a short one.
func TestUpgradeRefusedInPart(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nsho")
		p.Close()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		_, res, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/", asEcho)
		var refused *UpgradeError
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if got, err := res.Bytes(); string(got) != "sho" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the body is %q, %v", got, err)
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}

// A 101 that nobody asked for is the peer's fault.
func TestUpgradeNotAskedFor(t *testing.T) {
	onPool(t, PoolOptions{}, answering(switchToEcho), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		wantError(t, err, ErrProtocol, PhaseHead, Answered)
		_, _, err = p.Upgrade(t.Context(), "GET", "http://www.example.com/")
		wantError(t, err, ErrProtocol, PhaseHead, Answered)
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}

// An upgrade that fails is an error like another, and there is no response.
func TestUpgradeFails(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) { p.ReadRequest() }, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		s, res, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/", asEcho)
		wantError(t, err, ErrConnect, PhaseFirstByte, Sent)
		if s != nil || res != nil {
			t.Errorf("and yet there are %v, %v", s, res)
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}

// Closing an upgraded connection of a pool closes its stream, and Shutdown waits
// for it.
func TestClosingAnUpgradedConnection(t *testing.T) {
	onPool(t, PoolOptions{}, echoing, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		s, _, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/", asEcho)
		if err != nil {
			t.Fatal(err)
		}
		p.Connections()[0].Close()
		wantText(t, p, "<ConnectionPool [0 active]>")
		if _, err := s.Write([]byte("x")); err == nil {
			t.Error("the stream is open")
		}

		s, _, err = p.Upgrade(t.Context(), "GET", "http://www.example.com/", asEcho)
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		wantText(t, p, "<ConnectionPool [1 upgraded]>")
		wantEcho(t, s)
		time.AfterFunc(time.Second, func() { s.Close() })
		begin := time.Now()
		if err := p.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		wantTook(t, begin, time.Second)
	})
}

// A lease that became a stream makes room for nobody: it counts.
func TestUpgradedCountsAgainstTheLimit(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, func(p *networktest.Peer) {
		if p.Number() == 1 {
			echoing(p)
		} else {
			hello(p)
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		s, _, err := p.Upgrade(t.Context(), "GET", "http://www.example.com/", asEcho)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			wantGet(t, p, "http://www.example.com/", "hello")
			close(done)
		}()
		wantText(t, p, "<ConnectionPool [1 upgraded, 1 waiting]>")
		s.Close()
		<-done
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}
