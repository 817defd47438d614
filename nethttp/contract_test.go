package nethttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
	"github.com/gohttpx/httpx/network/networktest"
)

const host = "example.com:80"

// scripted runs a test in virtual time, with a RoundTripper whose servers are
// scripts.
func scripted(t *testing.T, test func(t *testing.T, servers *networktest.Network, rt http.RoundTripper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		servers := networktest.New(t)
		pool := newPoolWith(t, httpx.ConnectionOptions{Backend: servers})
		test(t, servers, nethttp.RoundTripper(pool))
	})
}

// A closing body counts how often it is closed.
type closing struct {
	io.Reader
	closed atomic.Int32
}

func (c *closing) Close() error {
	c.closed.Add(1)
	if closer, ok := c.Reader.(io.Closer); ok {
		closer.Close()
	}
	return nil
}

func newRequest(t testing.TB, ctx context.Context, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finish reads and closes a body.
func finish(t testing.TB, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("body: %v", err)
	}
	if err := res.Body.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	return string(body)
}

// TestClosesTheBody wants the body of a request closed, once, whatever becomes
// of the request.
func TestClosesTheBody(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 64<<10)
	for _, test := range []struct {
		name   string
		body   string
		change func(*http.Request)
		serve  func(*networktest.Network)
		fails  bool
	}{
		{name: "answered", body: "body", serve: func(n *networktest.Network) { n.Handle(host, networktest.Always(200, "ok")) }},
		{name: "large", body: large, serve: func(n *networktest.Network) { n.Handle(host, networktest.Always(200, "ok")) }},
		{name: "empty", change: func(r *http.Request) { r.Method = "GET" }, serve: func(n *networktest.Network) { n.Handle(host, networktest.Always(200, "ok")) }},
		{name: "refused connection", body: "body", fails: true, serve: func(n *networktest.Network) { n.Refuse(host, nil) }},
		{name: "bad header", body: "body", fails: true, change: func(r *http.Request) { r.Header.Set("A", "\r\n") }, serve: func(*networktest.Network) {}},
		{name: "no URL", body: "body", fails: true, change: func(r *http.Request) { r.URL = nil }, serve: func(*networktest.Network) {}},
		{name: "bad trailer", body: "body", fails: true, change: func(r *http.Request) { r.Trailer = http.Header{"\n": nil} }, serve: func(*networktest.Network) {}},
		{name: "wrong length", body: "body", fails: true, change: func(r *http.Request) { r.ContentLength = 17 },
			serve: func(n *networktest.Network) { n.Handle(host, func(p *networktest.Peer) { p.WaitClosed() }) }},
		{name: "reset", body: large, fails: true, serve: func(n *networktest.Network) {
			n.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.Reset() })
		}},
		{name: "answered early", body: large, serve: func(n *networktest.Network) {
			n.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.Answer(413, "no"); p.WaitClosed() })
		}},
		{name: "refused by 417", body: "body", change: func(r *http.Request) { r.Header.Set("Expect", "100-continue") },
			serve: func(n *networktest.Network) {
				n.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.Answer(417, "no", "Connection: close"); p.WaitClosed() })
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
				test.serve(servers)
				body := &closing{Reader: strings.NewReader(test.body)}
				r := newRequest(t, t.Context(), "POST", "http://example.com/", body)
				if test.change != nil {
					test.change(r)
				}
				res, err := rt.RoundTrip(r)
				if (err != nil) != test.fails {
					t.Errorf("error %v, want one: %v", err, test.fails)
				}
				if err == nil {
					finish(t, res)
				}
				synctest.Wait()
				if n := body.closed.Load(); n != 1 {
					t.Errorf("closed %d times, want once", n)
				}
			})
		})
	}
}

// TestPoolRejects wants the body closed, too, of a request that never got a
// connection.
func TestPoolRejects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := networktest.New(t)
		servers.Stall(host)
		pool := httpx.NewConnectionPool(&httpx.PoolOptions{
			Connection: httpx.ConnectionOptions{Backend: servers}, MaxConnections: 1, AcquireTimeout: time.Second,
		})
		defer pool.Close()
		body := &closing{Reader: strings.NewReader("body")}
		_, err := nethttp.RoundTripper(pool).RoundTrip(newRequest(t, t.Context(), "POST", "http://example.com/", body))
		var timeout net.Error
		if !errors.Is(err, httpx.ErrTimeout) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("error %v, want a timeout", err)
		}
		if n := body.closed.Load(); n != 1 {
			t.Errorf("closed %d times, want once", n)
		}
	})
}

// TestRequestUnchanged wants a request to be after the exchange what it was
// before.
func TestRequestUnchanged(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, networktest.Always(200, "ok"))
		r := newRequest(t, t.Context(), "POST", "http://user:pass@example.com/a?b#c", strings.NewReader("body"))
		r.Header.Add("A", " 1 ")
		r.Header.Add("A", "2")
		before, url := r.Clone(t.Context()), *r.URL
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		finish(t, res)
		var a, b bytes.Buffer
		before.Header.Write(&a)
		r.Header.Write(&b)
		if a.String() != b.String() || len(r.Header["A"]) != 2 || r.Header["A"][0] != " 1 " {
			t.Errorf("the header became %q, was %q", &b, &a)
		}
		if *r.URL != url || r.Host != before.Host || r.Method != before.Method || r.ContentLength != before.ContentLength {
			t.Errorf("the request became %v", r)
		}
	})
}

// TestContext ends the context at each point of an exchange.
func TestContext(t *testing.T) {
	errMine := errors.New("my cause")
	head := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
	for _, point := range []struct {
		name   string
		script func(*networktest.Peer)
		inBody bool
	}{
		{name: "before"},
		{name: "first byte", script: func(p *networktest.Peer) { p.ReadRequest(); p.WaitClosed() }},
		{name: "head", script: func(p *networktest.Peer) { p.ReadRequest(); p.Write(head[:20]); p.WaitClosed() }},
		{name: "body", inBody: true, script: func(p *networktest.Peer) { p.ReadRequest(); p.Write(head); p.WaitClosed() }},
	} {
		for _, end := range []struct {
			name string
			make func(context.Context) (context.Context, context.CancelFunc)
			want []error
		}{
			{"cancel", func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			}, []error{context.Canceled}},
			{"cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(time.Second, func() { cancel(errMine) })
				return ctx, func() { cancel(nil) }
			}, []error{context.Canceled, errMine}},
			{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			}, []error{context.DeadlineExceeded}},
		} {
			t.Run(point.name+"/"+end.name, func(t *testing.T) {
				scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
					if point.script != nil {
						servers.Handle(host, point.script)
					}
					ctx, cancel := end.make(t.Context())
					defer cancel()
					if point.script == nil {
						time.Sleep(2 * time.Second)
					}
					began := time.Now()
					res, err := rt.RoundTrip(newRequest(t, ctx, "GET", "http://example.com/", nil))
					if point.inBody {
						if err != nil {
							t.Fatal(err)
						}
						_, err = io.ReadAll(res.Body)
						defer res.Body.Close()
					}
					for _, want := range end.want {
						if !errors.Is(err, want) {
							t.Errorf("error %v is not %v", err, want)
						}
					}
					if len(end.want) == 1 && err != end.want[0] {
						t.Errorf("error %#v, want the context's own", err)
					}
					var timeout net.Error
					if isTimeout := errors.As(err, &timeout) && timeout.Timeout(); isTimeout != (end.name == "deadline") {
						t.Errorf("%v: a timeout: %v", err, isTimeout)
					}
					if took := time.Since(began); took > time.Second {
						t.Errorf("took %v", took)
					}
				})
			})
		}
	}
}

// TestCancelChannel honours the deprecated Request.Cancel, in the head and in
// the body.
func TestCancelChannel(t *testing.T) {
	for _, inBody := range []bool{false, true} {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, func(p *networktest.Peer) {
				p.ReadRequest()
				if inBody {
					p.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
				}
				p.WaitClosed()
			})
			r := newRequest(t, t.Context(), "GET", "http://example.com/", nil)
			canceled := make(chan struct{})
			r.Cancel = canceled //lint:ignore SA1019 it is what is tested
			time.AfterFunc(time.Second, func() { close(canceled) })
			res, err := rt.RoundTrip(r)
			if inBody && err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "request canceled") {
				t.Errorf("error %v, want that the request was canceled", err)
			}
		})
	}
}

// TestCancelChannelUnused leaves nothing behind when the exchange is over, which
// the bubble would find.
func TestCancelChannelUnused(t *testing.T) {
	for _, answer := range []string{"", "ok"} {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, networktest.Always(200, answer))
			r := newRequest(t, t.Context(), "GET", "http://example.com/", nil)
			r.Cancel = make(chan struct{}) //lint:ignore SA1019 it is what is tested
			res, err := rt.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			io.ReadAll(res.Body)
		})
	}
}

// TestSlowBody wants a small body that does not come to hold up neither the end
// of the context nor an early answer.
func TestSlowBody(t *testing.T) {
	t.Run("context", func(t *testing.T) {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.WaitClosed() })
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			in, out := io.Pipe()
			defer out.Close()
			body := &closing{Reader: in}
			r := newRequest(t, ctx, "POST", "http://example.com/", body)
			r.ContentLength = 5
			if _, err := rt.RoundTrip(r); err != context.DeadlineExceeded {
				t.Errorf("error %v", err)
			}
			synctest.Wait()
			if n := body.closed.Load(); n != 1 {
				t.Errorf("closed %d times, want once", n)
			}
		})
	})
	t.Run("answer", func(t *testing.T) {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, func(p *networktest.Peer) {
				r := p.ReadHead()
				p.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n")
				body := p.ReadBody(r)
				p.Write("5\r\n" + body + "\r\n0\r\n\r\n")
				p.WaitClosed()
			})
			in, out := io.Pipe()
			r := newRequest(t, t.Context(), "POST", "http://example.com/", in)
			r.ContentLength = 5
			res, err := rt.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			var ready [5]byte
			if _, err := io.ReadFull(res.Body, ready[:]); err != nil || string(ready[:]) != "ready" {
				t.Fatalf("%q, %v", ready, err)
			}
			io.WriteString(out, "there")
			out.Close()
			if rest := finish(t, res); rest != "there" {
				t.Errorf("the rest is %q", rest)
			}
		})
	})
}

// TestProbedBody sends a body of unknown length with a method that usually has
// none: it is waited for, a moment.
func TestProbedBody(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) {
			p.Answer(200, p.ReadRequest().Body)
			p.WaitClosed()
		})
		in, out := io.Pipe()
		time.AfterFunc(time.Minute, func() {
			io.WriteString(out, "late")
			out.Close()
		})
		res, err := rt.RoundTrip(newRequest(t, t.Context(), "GET", "http://example.com/", in))
		if err != nil {
			t.Fatal(err)
		}
		if body := finish(t, res); body != "late" {
			t.Errorf("the server saw %q", body)
		}
	})
}

// TestReplay sends a request again when a kept connection was closed under it:
// with GetBody where it has a body.
func TestReplay(t *testing.T) {
	for _, test := range []struct {
		name    string
		body    io.Reader
		getBody bool
		want    string // the body that the server sees, or nothing for an error
	}{
		{name: "no body", want: "none"},
		{name: "GetBody", body: strings.NewReader("body"), want: "body"},
		{name: "no GetBody", body: unknown("body")},
	} {
		t.Run(test.name, func(t *testing.T) {
			scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
				servers.Handle(host, func(p *networktest.Peer) {
					p.ReadRequest()
					p.Answer(200, "first")
					request, ok := p.NextRequest()
					if !ok {
						return
					}
					if p.Number() == 1 {
						return // closed under the second request
					}
					p.Answer(200, request.Body)
				})
				res, err := rt.RoundTrip(newRequest(t, t.Context(), "GET", "http://example.com/", nil))
				if err != nil {
					t.Fatal(err)
				}
				finish(t, res)

				servers.Handle(host, func(p *networktest.Peer) {
					request := p.ReadRequest()
					if request.Body == "" {
						request.Body = "none"
					}
					p.Answer(200, request.Body)
					p.WaitClosed()
				})
				r := newRequest(t, t.Context(), "POST", "http://example.com/", test.body)
				r.Header.Set("Idempotency-Key", "1")
				res, err = rt.RoundTrip(r)
				switch {
				case test.want == "":
					if !errors.Is(err, httpx.ErrConnect) {
						t.Errorf("error %v, want that of the connection", err)
					}
				case err != nil:
					t.Error(err)
				default:
					if body := finish(t, res); body != test.want {
						t.Errorf("the server saw %q, want %q", body, test.want)
					}
				}
			})
		})
	}
}

// TestCloseBesideRead wants Close to end a Read that waits.
func TestCloseBesideRead(t *testing.T) {
	for _, coding := range []string{"identity", "gzip"} {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: " + coding + "\r\n\r\n")
				p.WaitClosed()
			})
			res, err := rt.RoundTrip(newRequest(t, t.Context(), "GET", "http://example.com/", nil))
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(time.Second, func() { res.Body.Close() })
			if _, err := io.ReadAll(res.Body); err != http.ErrBodyReadAfterClose {
				t.Errorf("error %v, want %v", err, http.ErrBodyReadAfterClose)
			}
			if n, err := io.Copy(io.Discard, res.Body); n != 0 || err != http.ErrBodyReadAfterClose {
				t.Errorf("after Close: %d bytes, %v", n, err)
			}
		})
	}
}

// TestUpgrade talks over the body of a 101, which outlives the context.
func TestUpgrade(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) {
			p.ReadHead()
			p.Write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
			p.Expect("and you")
			p.Write("fine")
			p.WaitClosed()
		})
		ctx, cancel := context.WithCancel(t.Context())
		r := newRequest(t, ctx, "GET", "http://example.com/", nil)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "echo")
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if res.StatusCode != 101 || res.Status != "101 Switching Protocols" || res.Header.Get("Upgrade") != "echo" {
			t.Errorf("response %v", res)
		}
		stream, ok := res.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("the body is a %T", res.Body)
		}
		talk(t, stream)
	})
}

// talk is the client's side of a conversation.
func talk(t *testing.T, stream io.ReadWriteCloser) {
	t.Helper()
	var buf [5]byte
	if _, err := io.ReadFull(stream, buf[:]); err != nil || string(buf[:]) != "hello" {
		t.Errorf("%q, %v", buf, err)
	}
	if _, err := io.WriteString(stream, "and you"); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(stream, buf[:4]); err != nil || string(buf[:4]) != "fine" {
		t.Errorf("%q, %v", buf[:4], err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

// TestConnect makes a tunnel as callers of net/http do: they write to the body
// of the request.
func TestConnect(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) {
			head := p.ReadHead()
			if head.Method != "CONNECT" || head.Target != "there.example:443" {
				t.Errorf("asked %s %q", head.Method, head.Target)
			}
			p.Write("HTTP/1.1 200 Established\r\n\r\nhello")
			p.Expect("and you")
			p.Write("fine")
			p.WaitClosed()
		})
		in, out := io.Pipe()
		body := &closing{Reader: in}
		r := newRequest(t, t.Context(), "CONNECT", "http://example.com", body)
		r.Host = "there.example:443"
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		talk(t, struct {
			io.Reader
			io.Writer
			io.Closer
		}{res.Body, out, res.Body})
		synctest.Wait()
		if n := body.closed.Load(); n == 0 {
			t.Error("the body of the request was not closed")
		}
	})
}

// TestConnectRefused closes the body of a tunnel that did not come to be.
func TestConnectRefused(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, networktest.Always(403, "no"))
		body := &closing{Reader: strings.NewReader("body")}
		r := newRequest(t, t.Context(), "CONNECT", "http://example.com", body)
		r.Host = "there.example:443"
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if text := finish(t, res); res.StatusCode != 403 || text != "no" || body.closed.Load() != 1 {
			t.Errorf("%s %q, closed %d times", res.Status, text, body.closed.Load())
		}
	})
}

// TestBadLateTrailer refuses to send a trailer that would split the message.
func TestBadLateTrailer(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.WaitClosed() })
		r := newRequest(t, t.Context(), "POST", "http://example.com/", nil)
		r.Trailer = http.Header{"A": nil}
		r.Body = io.NopCloser(atEnd(func() { r.Trailer.Set("A", "x\r\n\r\nGET /") }))
		if _, err := rt.RoundTrip(r); err == nil || !strings.Contains(err.Error(), `trailer`) {
			t.Errorf("error %v", err)
		}
	})
}

// TestCloseIdleConnections reaches the pool through middleware.
func TestCloseIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := networktest.New(t)
		servers.Handle(host, networktest.Always(200, "ok"))
		pool := newPoolWith(t, httpx.ConnectionOptions{Backend: servers})
		transport := httpx.Wrap(httpx.Wrap(pool, pool.Send), pool.Send)
		client := &http.Client{Transport: nethttp.RoundTripper(transport)}
		res, err := client.Get("http://example.com/")
		if err != nil {
			t.Fatal(err)
		}
		finish(t, res)
		if got := pool.String(); got != "<ConnectionPool [1 idle]>" {
			t.Errorf("%s", got)
		}
		client.CloseIdleConnections()
		if got := pool.String(); got != "<ConnectionPool [0 active]>" {
			t.Errorf("%s", got)
		}
	})
}

// A list of one and the same length is that length (RFC 9110 section 8.6), which
// net/http refuses.
func TestContentLengthAsAList(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok")
			p.WaitClosed()
		})
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+host+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, err := io.ReadAll(res.Body); string(body) != "ok" || err != nil || res.ContentLength != 2 || res.Close {
			t.Errorf("body %q, %v; length %d, closes %v; want ok, 2, and the connection kept", body, err, res.ContentLength, res.Close)
		}
	})
}
