package httpx

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// staleServer answers one request on its first connection, and leaves when the
// next one comes; other connections serve well.
func staleServer(p *networktest.Peer) {
	for i := 0; ; i++ {
		r, ok := p.NextRequest()
		if !ok || p.Number() == 1 && i == 1 {
			return
		}
		body := r.Method + " " + r.Body
		if r.Method == "HEAD" {
			body = ""
		}
		p.Answer(200, body)
	}
}

// What was sent on a reused connection that ended before it answered is sent
// again, once, on a new one, where that is safe; everything else is an error
// that says how far it got.
func TestReplayOnAStaleConnection(t *testing.T) {
	tests := map[string]struct {
		method  string
		options []RequestOption
		again   bool
		body    string
	}{
		"GET":                        {"GET", nil, true, "GET "},
		"HEAD":                       {"HEAD", nil, true, ""},
		"OPTIONS":                    {"OPTIONS", nil, true, "OPTIONS "},
		"TRACE":                      {"TRACE", nil, true, "TRACE "},
		"GET with a body":            {"GET", []RequestOption{Text("hello")}, true, "GET hello"},
		"GET of a content of mine":   {"GET", []RequestOption{Body{reopening{"hello"}}}, true, "GET hello"},
		"POST":                       {"POST", nil, false, ""},
		"PUT":                        {"PUT", []RequestOption{Text("hello")}, false, ""},
		"DELETE":                     {"DELETE", nil, false, ""},
		"PATCH":                      {"PATCH", nil, false, ""},
		"another method":             {"BREW", nil, false, ""},
		"POST with a key":            {"POST", []RequestOption{Text("hello"), Headers{{"idempotency-key", "1"}}}, true, "POST hello"},
		"GET that must not":          {"GET", []RequestOption{NoReplay}, false, ""},
		"POST with a key, must not":  {"POST", []RequestOption{NoReplay, Headers{{"Idempotency-Key", "1"}}}, false, ""},
		"GET of a Reader":            {"GET", []RequestOption{Reader(strings.NewReader("hello"), 5)}, false, ""},
		"POST of a Reader and a key": {"POST", []RequestOption{Reader(strings.NewReader("hello"), -1), Headers{{"Idempotency-Key", "1"}}}, false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, staleServer, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				wantGet(t, p, "http://www.example.com/", "GET ")
				res, err := p.Request(t.Context(), test.method, "http://www.example.com/", test.options...)
				if !test.again {
					var e *Error
					if !errors.As(err, &e) || e.Kind != ErrConnect || e.Phase != PhaseFirstByte || e.Progress != Sent && e.Progress != PartlySent {
						t.Fatalf("the error is %v", err)
					}
					if x := e.Exchange(); len(x.Attempts) != 1 || !x.Attempts[0].Reused {
						t.Errorf("the attempts are %+v", x.Attempts)
					}
					wantText(t, p, "<ConnectionPool [0 active]>")
					if d := n.Dials("*"); d != 1 {
						t.Errorf("%d dials", d)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				wantBody(t, res, test.body)
				wantAttempts(t, res.Exchange(), true, false)
				wantText(t, p, "<ConnectionPool [1 idle]>")
				if d := n.Dials("*"); d != 2 {
					t.Errorf("%d dials", d)
				}
			})
		})
	}
}

// wantAttempts wants attempts on connections that were reused or not, all but
// the last of which failed.
func wantAttempts(t *testing.T, x Exchange, reused ...bool) {
	t.Helper()
	if len(x.Attempts) != len(reused) {
		t.Fatalf("%d attempts, want %d: %+v", len(x.Attempts), len(reused), x.Attempts)
	}
	for i, a := range x.Attempts {
		isLast := i == len(reused)-1
		if a.Reused != reused[i] || isLast != (a.Err == nil) || isLast != (a.Connection == x.Connection) || isLast && a.Phase != PhaseDone {
			t.Errorf("attempt %d is %+v", i+1, a)
		}
	}
}

// reopening is a content that opens as often as wanted.
type reopening struct{ text string }

func (c reopening) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(c.text)), nil }
func (c reopening) Size() int64                  { return int64(len(c.text)) }
func (c reopening) ContentType() string          { return "" }

// A replay goes on a new connection, even where others idle: they may be as
// stale. And it goes once.
func TestReplayIsOnAFreshConnectionAndOnce(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		for i := 0; ; i++ {
			_, ok := p.NextRequest()
			if !ok || p.Number() <= 3 && i == 1 {
				return
			}
			p.Answer(200, fmt.Sprint(p.Number()))
		}
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		var streams []*Response
		for range 3 {
			streams = append(streams, wantStream(t, p, "http://www.example.com/"))
		}
		for _, res := range streams {
			res.Bytes()
		}
		wantText(t, p, "<ConnectionPool [3 idle]>")
		res := wantGet(t, p, "http://www.example.com/", "4")
		wantAttempts(t, res.Exchange(), true, false)
		wantText(t, p, "<ConnectionPool [3 idle]>") // two of the stale, and the new one
		if d := n.Dials("*"); d != 4 {
			t.Errorf("%d dials", d)
		}
	})
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.ReadRequest()
		if p.Number() == 1 {
			p.Answer(200, "")
			p.ReadRequest()
		}
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "")
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		e := wantError(t, err, ErrConnect, PhaseFirstByte, Sent)
		if x := e.Exchange(); len(x.Attempts) != 2 || x.Attempts[0].Err == nil || x.Attempts[1].Err == nil {
			t.Errorf("the attempts are %+v", x.Attempts)
		}
		if d := n.Dials("*"); d != 2 {
			t.Errorf("%d dials", d)
		}
	})
}

// Under a full pool a replay waits for room like any other, or closes an idle
// connection for it.
func TestReplayWithinTheLimit(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, staleServer, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "GET ")
		res := wantGet(t, p, "http://www.example.com/", "GET ")
		wantAttempts(t, res.Exchange(), true, false)
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A connection that was not reused, or had begun to answer, is no stale one.
func TestNoReplay(t *testing.T) {
	for name, script := range map[string]func(*networktest.Peer){
		"new": func(p *networktest.Peer) { p.ReadRequest() },
		"half an answer": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "")
			p.ReadRequest()
			p.Write("HTTP/1.1 2")
		},
		"an interim answer": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "")
			p.ReadRequest()
			p.Answer(103, "")
		},
		"a malformed answer": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "")
			p.ReadRequest()
			p.Write("nonsense\r\n")
		},
		"in the body": func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "")
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
		},
	} {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, script, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				if name != "new" {
					wantGet(t, p, "http://www.example.com/", "")
				}
				_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
				var e *Error
				if !errors.As(err, &e) || len(e.Exchange().Attempts) != 1 {
					t.Errorf("the error is %v", err)
				}
				if d := n.Dials("*"); d != 1 {
					t.Errorf("%d dials", d)
				}
			})
		})
	}
}

// Where nothing was written, everything may be sent again, whatever it is.
func TestReplayOfWhatWasNotWritten(t *testing.T) {
	for _, options := range [][]RequestOption{{Text("hello")}, {Text("hello"), NoReplay}, {Text(strings.Repeat("x", 1<<20))}} {
		onPool(t, PoolOptions{}, func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "")
			if p.Number() == 1 {
				time.Sleep(time.Millisecond)
				p.Reset() // by the next request, nothing can be written
				return
			}
			p.WaitClosed()
		}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
			wantGet(t, p, "http://www.example.com/", "")
			time.Sleep(2 * time.Millisecond) // too short to be looked at
			res, err := p.Request(t.Context(), "POST", "http://www.example.com/", options...)
			if err != nil {
				t.Fatal(err)
			}
			wantAttempts(t, res.Exchange(), true, false)
			if got := res.Exchange().Attempts[0].Progress; got != NotSent {
				t.Errorf("the first attempt was %v", got)
			}
		})
	}
}

// A connection that stands alone never sends again: it never redials.
func TestConnectionDoesNotReplay(t *testing.T) {
	onConnection(t, staleServer, func(t *testing.T, c *Connection) {
		wantGet(t, c, "/", "GET ")
		_, err := c.Request(t.Context(), "GET", "/")
		wantError(t, err, ErrConnect, PhaseFirstByte, Sent)
		wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)
	})
}

// The record of a replayed request tells of the attempt that succeeded.
func TestExchangeRecord(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		for i := 0; ; i++ {
			_, ok := p.NextRequest()
			if !ok || p.Number() == 1 && i == 1 {
				return
			}
			time.Sleep(2 * time.Second)
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			time.Sleep(3 * time.Second)
			p.Write("hello")
		}
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		n.Delay("*", time.Second)
		first := wantGet(t, p, "http://www.example.com/", "hello").Exchange()
		if first.Reused || first.Served != 0 || first.Queued != time.Second || first.Connect != time.Second ||
			first.FirstByte != 2*time.Second || first.Body != 3*time.Second || first.Total != 6*time.Second {
			t.Errorf("the first record is %+v", first)
		}
		res := wantStream(t, p, "http://www.example.com/")
		open := res.Exchange()
		if open.Body != 0 || open.Total != 3*time.Second || open.Queued != time.Second {
			t.Errorf("while the body is open the record is %+v", open)
		}
		wantBody(t, res, "hello")
		x := res.Exchange()
		wantAttempts(t, x, true, false)
		if x.Reused || x.Connection == first.Connection || x.FirstByte != 2*time.Second || x.Body != 3*time.Second || x.Total != 6*time.Second {
			t.Errorf("the second record is %+v", x)
		}
	})
}

// The same request may be sent by many at once.
func TestOneRequestManySenders(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 3}, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			p.Answer(200, r.Body)
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		req := mustRequest(t, "POST", "http://www.example.com/", MultiPart(Part{Name: "a", Content: Text("hello")}), asEcho)
		req.Headers = nil
		var senders sync.WaitGroup
		for range 20 {
			senders.Go(func() {
				res, err := p.Send(t.Context(), req)
				if err != nil {
					t.Error(err)
					return
				}
				if text, err := res.Text(); err != nil || !strings.Contains(text, "hello") {
					t.Errorf("sent %q, %v", text, err)
				}
			})
		}
		senders.Wait()
	})
}
