package httpx

import (
	"crypto/tls"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/gohttpx/httpx/network/networktest"
)

const (
	poolIdle  = "<ConnectionPool [1 idle]>"
	poolEmpty = "<ConnectionPool [0 active]>"
)

// An idle connection is closed when its time has come, and not before.
func TestIdleTimeout(t *testing.T) {
	tests := map[string]struct {
		options PoolOptions
		fields  []string
		after   time.Duration
		why     string
	}{
		"by default":              {PoolOptions{}, nil, 90 * time.Second, "idle for too long"},
		"as told":                 {PoolOptions{IdleTimeout: time.Hour}, nil, time.Hour, "idle for too long"},
		"as the peer says":        {PoolOptions{}, []string{"Keep-Alive: timeout=5"}, 4 * time.Second, "idle for as long as the peer keeps it"},
		"as the peer says, short": {PoolOptions{}, []string{"Keep-Alive: timeout=1, max=100"}, 500 * time.Millisecond, "idle for as long as the peer keeps it"},
		"the peer keeps it long":  {PoolOptions{}, []string{"Keep-Alive: timeout=600"}, 90 * time.Second, "idle for too long"},
		"the peer says nonsense":  {PoolOptions{}, []string{"Keep-Alive: timeout=soon"}, 90 * time.Second, "idle for too long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, test.options, networktest.Always(200, "hello", test.fields...), func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				for range 2 { // the time begins anew with each exchange
					wantGet(t, p, "http://www.example.com/", "hello")
					time.Sleep(test.after - 1)
					wantText(t, p, poolIdle)
				}
				time.Sleep(time.Nanosecond)
				wantText(t, p, poolEmpty)
				if got := p.Snapshot().Totals.Closed; got[test.why] != 1 || len(got) != 1 {
					t.Errorf("closed were %v, want one for %q", got, test.why)
				}
				if open := n.Open(); open != 0 {
					t.Errorf("%d connections are open", open)
				}
			})
		})
	}
	onPool(t, PoolOptions{IdleTimeout: None}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		time.Sleep(time.Hour)
		wantText(t, p, poolIdle)
	})
	// A peer that keeps nothing at all.
	onPool(t, PoolOptions{}, networktest.Always(200, "hello", "Keep-Alive: timeout=0"), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		wantText(t, p, poolEmpty)
	})
}

// A connection grows old, a little sooner than MaxAge, and busy ones end with
// their exchange.
func TestMaxAge(t *testing.T) {
	onPool(t, PoolOptions{MaxAge: 100 * time.Second, IdleTimeout: None}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		time.Sleep(90*time.Second - 1)
		wantText(t, p, poolIdle)
		res := wantStream(t, p, "http://www.example.com/")
		time.Sleep(10*time.Second + 1)
		wantText(t, p, "<ConnectionPool [1 active]>")
		wantBody(t, res, "hello")
		wantText(t, p, poolEmpty)

		wantGet(t, p, "http://www.example.com/", "hello")
		time.Sleep(100 * time.Second)
		wantText(t, p, poolEmpty)
		if got := p.Snapshot().Totals.Closed["too old"]; got != 2 {
			t.Errorf("%d were too old", got)
		}
	})
}

// What the peer has closed is gone from the text form within a second, whatever
// the connection speaks.
func TestProbingFindsTheDead(t *testing.T) {
	ends := map[string]func(*networktest.Peer){
		"closed":         func(p *networktest.Peer) {},
		"reset":          func(p *networktest.Peer) { p.Reset() },
		"half closed":    func(p *networktest.Peer) { p.CloseWrite(); p.WaitClosed() },
		"unasked bytes":  func(p *networktest.Peer) { p.Write("HTTP/1.1 408 Request Timeout\r\n\r\n"); p.WaitClosed() },
		"an unasked bit": func(p *networktest.Peer) { p.Write("\n"); p.WaitClosed() },
	}
	for name, end := range ends {
		for scheme, wrap := range map[string]func(func(*networktest.Peer)) func(*networktest.Peer){
			"http":  func(s func(*networktest.Peer)) func(*networktest.Peer) { return s },
			"https": secure,
		} {
			t.Run(name+", "+scheme, func(t *testing.T) {
				onPool(t, PoolOptions{}, wrap(func(p *networktest.Peer) {
					p.ReadRequest()
					p.Answer(200, "hello")
					time.Sleep(10*time.Second + 500*time.Millisecond)
					end(p)
				}), func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
					wantGet(t, p, scheme+"://www.example.com/", "hello")
					time.Sleep(10 * time.Second)
					wantText(t, p, poolIdle)
					time.Sleep(1500 * time.Millisecond)
					wantText(t, p, poolEmpty)
					if open := n.Open(); open != 0 {
						t.Errorf("%d connections are open", open)
					}
				})
			})
		}
	}
}

// And between two such looks, a connection is looked at before it is used.
func TestProbingAtCheckout(t *testing.T) {
	for name, script := range map[string]func(*networktest.Peer){
		"closed": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, fmt.Sprint("hello ", p.Number()))
			time.Sleep(20 * time.Millisecond)
		},
		"poisoned": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, fmt.Sprint("hello ", p.Number()))
			time.Sleep(20 * time.Millisecond)
			if p.Number() == 1 {
				p.Answer(200, "poison")
			}
			p.WaitClosed()
		},
	} {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, script, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				wantGet(t, p, "http://www.example.com/", "hello 1")
				time.Sleep(50 * time.Millisecond)
				wantText(t, p, poolIdle)
				res, err := p.Request(t.Context(), "POST", "http://www.example.com/") // which may not be sent twice
				if err != nil {
					t.Fatal(err)
				}
				wantBody(t, res, "hello 2")
				wantAttempts(t, res.Exchange(), false)
				wantText(t, p, poolIdle)
			})
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				n.Handle("*", script)
				c := openTest(t, n, "http://www.example.com/")
				wantGet(t, c, "/", "hello 1")
				time.Sleep(50 * time.Millisecond)
				_, err := c.Request(t.Context(), "POST", "/")
				wantError(t, err, ErrClosed, PhaseQueue, NotSent)
				wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)
			})
		})
	}
}

// Bytes behind a response are never another's answer.
func TestUnaskedBytesReachNobody(t *testing.T) {
	poison := networktest.AppendAnswer(200, "poison")
	for name, answer := range map[string]string{
		"behind a length":   networktest.AppendAnswer(200, "hello") + poison,
		"behind chunks":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + poison,
		"a byte":            networktest.AppendAnswer(200, "hello") + "\n",
		"behind no content": "HTTP/1.1 204 No Content\r\n\r\n" + poison,
	} {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{MaxConnections: 1}, func(p *networktest.Peer) {
				p.ReadRequest()
				if p.Number() == 1 {
					p.Write(answer)
				} else {
					p.Answer(200, "good")
				}
				p.WaitClosed()
			}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				res := wantStream(t, p, "http://www.example.com/")
				res.Bytes()
				wantText(t, p, poolEmpty)
				wantGet(t, p, "http://www.example.com/", "good")
				if got := p.Snapshot().Totals.Closed["the peer sent bytes nobody asked for"]; got != 1 {
					t.Errorf("closed were %v", p.Snapshot().Totals.Closed)
				}
			})
		})
	}
}

// They are not where they came together with the end of a large body, in whatever
// way that was read, and however soon the next request comes.
func TestUnaskedBytesBehindALargeBody(t *testing.T) {
	const size = 100_000
	into := func(slice int) func(*Response) {
		return func(res *Response) { readFull(make([]byte, 0, slice), res.Body) }
	}
	for name, read := range map[string]func(*Response){
		"Bytes":            func(res *Response) { res.Bytes() },
		"Copy":             func(res *Response) { io.Copy(io.Discard, res.Body) },
		"an exact slice":   into(size),
		"a larger slice":   into(size + 100),
		"slices of 32 KiB": func(res *Response) { io.CopyBuffer(io.Discard, struct{ io.Reader }{res.Body}, make([]byte, 32<<10)) },
		"a first look":     func(res *Response) { io.CopyN(io.Discard, res.Body, 10); res.Bytes() },
		"Close":            func(res *Response) { into(size - 1000)(res); res.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			answer := networktest.AppendAnswer(200, strings.Repeat("x", size))
			onPool(t, PoolOptions{MaxConnections: 1}, func(p *networktest.Peer) {
				p.ReadRequest()
				if p.Number() > 1 {
					p.Answer(200, "good")
					p.WaitClosed()
					return
				}
				p.Write(answer) // after which every habit of reading is tried
				p.ReadRequest()
				p.Write(answer + networktest.AppendAnswer(200, "poison"))
				p.WaitClosed()
			}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				for range 2 {
					read(wantStream(t, p, "http://www.example.com/"))
				}
				wantGet(t, p, "http://www.example.com/", "good")
				if got := p.Snapshot().Totals.Closed["the peer sent bytes nobody asked for"]; got != 1 {
					t.Errorf("closed were %v", p.Snapshot().Totals.Closed)
				}
			})
		})
	}
}

// Session tickets that come late are neither an answer nor a doubt.
func TestLateTicketsCostNothing(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 2}, func(p *networktest.Peer) {
		send := p.TLSLateTickets(nil)
		p.ReadRequest()
		p.Answer(200, "hello")
		time.Sleep(5 * time.Second)
		send()
		for {
			if _, ok := p.NextRequest(); !ok {
				return
			}
			p.Answer(200, "hello")
		}
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "https://www.example.com/", "hello")
		time.Sleep(10 * time.Second)
		wantText(t, p, poolIdle)
		wantGet(t, p, "https://www.example.com/", "hello")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
}

// A connection resumes the session of an earlier one to the same origin.
func TestSessionsAreResumed(t *testing.T) {
	certificate, _ := networktest.Certificate("a.example", "b.example")
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	var resumed []string
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		state := p.TLS(config)
		resumed = append(resumed, fmt.Sprint(state.ServerName, " ", state.DidResume))
		p.ReadRequest()
		p.Answer(200, "hello", "Connection: close")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for _, url := range []string{"https://a.example/", "https://a.example/", "https://b.example/", "https://b.example/"} {
			wantGet(t, p, url, "hello")
		}
		want := []string{"a.example false", "a.example true", "b.example false", "b.example true"}
		if !slices.Equal(resumed, want) {
			t.Errorf("resumed were %q, want %q", resumed, want)
		}
	})
}

// CloseIdle closes what idles now, and leaves the rest alone.
func TestCloseIdle(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://a.example/")
		wantGet(t, p, "http://b.example/", "hello")
		wantGet(t, p, "http://c.example/", "hello")
		wantText(t, p, "<ConnectionPool [1 active, 2 idle]>")
		p.CloseIdle()
		wantText(t, p, "<ConnectionPool [1 active]>")
		wantBody(t, res, "hello")
		wantText(t, p, poolIdle)
		wantGet(t, p, "http://b.example/", "hello")
		wantText(t, p, "<ConnectionPool [2 idle]>")
	})
}

// An empty pool has no timer that runs, and a pool that nobody holds any more
// is collected, its idle connections with it.
func TestDroppedPoolIsCollected(t *testing.T) {
	pool := dropPool(t)
	for range 1000 {
		runtime.GC()
		if pool.Value() == nil {
			return
		}
		runtime.Gosched()
	}
	t.Error("the pool was not collected")
}

//go:noinline
func dropPool(t *testing.T) weak.Pointer[ConnectionPool] {
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: parrots{networktest.AppendAnswer(200, "hello")}}})
	wantGetOutside(t, p)
	if text := p.String(); text != poolIdle {
		t.Errorf("it reads %s", text)
	}
	return weak.Make(p)
}

// wantGetOutside is wantGet for tests outside of a bubble.
func wantGetOutside(t *testing.T, p *ConnectionPool) {
	t.Helper()
	res, err := p.Stream(t.Context(), "GET", "http://www.example.com/", Direct)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
}

// While nothing idles and nobody waits, no timer runs: a bubble with nothing to
// do would otherwise go on for ever.
func TestRestingPoolHasNoTimer(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		p.CloseIdle()
		time.Sleep(time.Hour)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.wake != 0 {
			t.Errorf("a timer is set for %v from now", p.wake)
		}
	})
}
