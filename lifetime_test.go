package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// The lease ends with the last byte, be it read how it may.
func TestLastByteGivesBack(t *testing.T) {
	readers := map[string]func(*testing.T, *Response){
		"all at once": func(t *testing.T, res *Response) { wantBody(t, res, "hello") },
		"as bytes": func(t *testing.T, res *Response) {
			first, err := res.Bytes()
			again, _ := res.Bytes()
			if err != nil || string(first) != "hello" || &first[0] != &again[0] {
				t.Errorf("read %q and then %q, %v", first, again, err)
			}
		},
		"byte by byte": func(t *testing.T, res *Response) {
			var p [1]byte
			for i := range "hello" {
				if n, err := res.Body.Read(p[:]); n != 1 || p[0] != "hello"[i] || err != nil && err != io.EOF {
					t.Fatalf("byte %d is %q, %v", i, p[:n], err)
				}
			}
			if n, err := res.Body.Read(p[:]); n != 0 || err != io.EOF {
				t.Errorf("then come %d bytes, %v", n, err)
			}
		},
		"written": func(t *testing.T, res *Response) {
			var to bytes.Buffer
			if n, err := io.Copy(&to, res.Body); n != 5 || err != nil || to.String() != "hello" {
				t.Errorf("copied %q, %v", to.String(), err)
			}
		},
		"partly": func(t *testing.T, res *Response) {
			io.ReadFull(res.Body, make([]byte, 2))
			wantBody(t, res, "llo")
		},
		"exactly": func(t *testing.T, res *Response) { // no Read may be needed behind the last byte
			buf := make([]byte, 5)
			if _, err := io.ReadFull(res.Body, buf); string(buf) != "hello" || err != nil {
				t.Errorf("read %q, %v", buf, err)
			}
		},
	}
	for name, read := range readers {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				res := wantStream(t, p, "http://www.example.com/")
				wantText(t, p, "<ConnectionPool [1 active]>")
				read(t, res)
				wantText(t, p, "<ConnectionPool [1 idle]>")
				if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("behind the end come %d bytes, %v", n, err)
				}
				for range 2 {
					if err := res.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
				wantGet(t, p, "http://www.example.com/", "hello")
				wantText(t, p, "<ConnectionPool [1 idle]>")
				if n := n.Dials("*"); n != 1 {
					t.Errorf("%d dials", n)
				}
			})
		})
	}
}

// A response without a body has given back when it comes.
func TestNoBodyGivesBack(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	} {
		onPool(t, PoolOptions{}, answering(answer), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
			res := wantStream(t, p, "http://www.example.com/")
			wantText(t, p, "<ConnectionPool [1 idle]>")
			wantBody(t, res, "")
			if err := res.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	onPool(t, PoolOptions{}, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res, err := p.Stream(t.Context(), "HEAD", "http://www.example.com/")
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, p, "<ConnectionPool [1 idle]>")
		wantBody(t, res, "")
	})
}

// Close reads a small known rest away, within its time, or else closes the
// connection; what is read afterwards is ErrClosed.
func TestCloseDrains(t *testing.T) {
	rest := func(n int) string { return strings.Repeat("x", n) }
	tests := map[string]struct {
		script func(*networktest.Peer)
		after  string
		took   time.Duration
	}{
		"a small rest":  {networktest.Always(200, rest(64<<10)), "<ConnectionPool [1 idle]>", 0},
		"a larger rest": {answering(networktest.AppendAnswer(200, rest(64<<10+1))), "<ConnectionPool [0 active]>", 0},
		"a late rest": {func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			time.Sleep(40 * time.Millisecond)
			p.Write("hello")
			p.WaitClosed()
		}, "<ConnectionPool [1 idle]>", 40 * time.Millisecond},
		"a rest that does not come": {answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), "<ConnectionPool [0 active]>", 50 * time.Millisecond},
		"nobody knows how much":     {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "<ConnectionPool [0 active]>", 0},
		"until the end":             {answering("HTTP/1.1 200 OK\r\n\r\nhello"), "<ConnectionPool [0 active]>", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, test.script, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				res := wantStream(t, p, "http://www.example.com/")
				begin := time.Now()
				if err := res.Close(); err != nil {
					t.Error(err)
				}
				wantTook(t, begin, test.took)
				wantText(t, p, test.after)
				for range 2 {
					if n, err := res.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, ErrClosed) {
						t.Errorf("read %d bytes, %v; want ErrClosed", n, err)
					}
				}
				if _, err := res.Bytes(); !errors.Is(err, ErrClosed) {
					t.Errorf("Bytes: %v, want ErrClosed", err)
				}
				if n, err := io.Copy(io.Discard, res.Body); n != 0 || !errors.Is(err, ErrClosed) {
					t.Errorf("copied %d bytes, %v", n, err)
				}
				if err := res.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// Close beside a Read ends it, and the connection.
func TestCloseBesideRead(t *testing.T) {
	reads := map[string]func(*Response) error{
		"Read":  func(res *Response) error { _, err := res.Body.Read(make([]byte, 10)); return err },
		"Copy":  func(res *Response) error { _, err := io.Copy(io.Discard, res.Body); return err },
		"Bytes": func(res *Response) error { _, err := res.Bytes(); return err },
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				res := wantStream(t, p, "http://www.example.com/")
				time.AfterFunc(time.Minute, func() {
					for range 2 {
						if err := res.Close(); err != nil {
							t.Error(err)
						}
					}
				})
				begin := time.Now()
				if err := read(res); !errors.Is(err, ErrClosed) {
					t.Errorf("the read ended with %v", err)
				}
				wantTook(t, begin, time.Minute)
				wantText(t, p, "<ConnectionPool [0 active]>")
				if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, ErrClosed) {
					t.Errorf("the next read: %v", err)
				}
			})
		})
	}
}

// Close frees the connection's place also where a writer of the body never comes back.
func TestCloseBesideAWriterThatWaits(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, answering(networktest.AppendAnswer(200, "hello")), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		r, w := io.Pipe()
		copied := make(chan error)
		go func() {
			_, err := io.Copy(w, res.Body)
			copied <- err
		}()
		synctest.Wait()
		if err := res.Close(); err != nil {
			t.Error(err)
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
		wantGet(t, p, "http://www.example.com/", "hello")
		r.Close()
		if err := <-copied; err == nil {
			t.Error("the copy ended well")
		}
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// Close beside a Read has nothing to do with what the Response is used for next.
func TestSendIntoBesideClose(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		for {
			if _, ok := p.NextRequest(); !ok {
				return
			}
			p.Answer(200, "hello")
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		req, err := NewRequest("GET", "http://www.example.com/")
		if err != nil {
			t.Fatal(err)
		}
		res := new(Response)
		for range 200 {
			if err := p.SendInto(t.Context(), req, res); err != nil {
				t.Fatal(err)
			}
			r, w := io.Pipe()
			body := res.Body
			var closing sync.WaitGroup
			closing.Go(func() {
				go r.Close()
				body.Close()
			})
			io.Copy(w, body)
			if err := p.SendInto(t.Context(), req, res); err != nil {
				t.Fatal(err)
			}
			if text, err := res.Text(); text != "hello" || err != nil {
				t.Fatalf("the next body is %q, %v", text, err)
			}
			closing.Wait()
		}
	})
}

// A writer that panics costs its connection, and not the connection's place.
func TestWriterThatPanics(t *testing.T) {
	for _, closes := range []bool{true, false} {
		onPool(t, PoolOptions{MaxConnections: 1}, answering(networktest.AppendAnswer(200, "hello")), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
			res := wantStream(t, p, "http://www.example.com/")
			func() {
				defer func() {
					if got := recover(); got != "no" {
						t.Errorf("recovered %v", got)
					}
				}()
				if closes {
					defer res.Close()
				}
				io.Copy(panickingWriter{}, res.Body)
			}()
			wantText(t, p, "<ConnectionPool [0 active]>")
			wantGet(t, p, "http://www.example.com/", "hello")
		})
	}
}

type panickingWriter struct{}

func (panickingWriter) Write([]byte) (int, error) { panic("no") }

// Two Reads at once are the caller's bug, and harm nobody.
func TestTwoReadsAtOnce(t *testing.T) {
	onPool(t, PoolOptions{}, answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		go res.Body.Read(make([]byte, 10))
		synctest.Wait()
		if n, err := res.Body.Read(make([]byte, 10)); n != 0 || err == nil || errors.Is(err, io.EOF) {
			t.Errorf("the second read %d bytes, %v", n, err)
		}
		res.Close()
	})
}

// A Close that meets the end of a Read does not touch what comes next on the
// connection, whoever was first.
func TestCloseMeetsTheEnd(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for range 500 {
			res := wantStream(t, p, "http://www.example.com/")
			var both sync.WaitGroup
			both.Go(func() { res.Close() })
			both.Go(func() { io.Copy(io.Discard, res.Body) })
			next := wantStream(t, p, "http://www.example.com/")
			both.Wait()
			runtime.Gosched()
			wantBody(t, next, "hello")
		}
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A body of one exchange never sees bytes of another.
func TestOldBodyReadsNothingNew(t *testing.T) {
	var answers int
	onPool(t, PoolOptions{MaxConnections: 1}, func(p *networktest.Peer) {
		for {
			if _, ok := p.NextRequest(); !ok {
				return
			}
			answers++
			p.Answer(200, strings.Repeat("x", answers))
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		read := wantStream(t, p, "http://www.example.com/")
		wantBody(t, read, "x")
		closed := wantStream(t, p, "http://www.example.com/")
		closed.Close()
		now := wantStream(t, p, "http://www.example.com/")
		if n, err := read.Body.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			t.Errorf("the first body reads %d bytes, %v", n, err)
		}
		if n, err := closed.Body.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrClosed) {
			t.Errorf("the second body reads %d bytes, %v", n, err)
		}
		read.Close()
		closed.Close()
		wantText(t, p, "<ConnectionPool [1 active]>")
		wantBody(t, now, "xxx")
	})
}

// Trailers, interim responses and the record are there where they should be.
func TestTrailersAndInterim(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		r := p.ReadRequest()
		if len(r.Trailers) != 1 || r.Trailers[0] != [2]string{"Sum", "42"} || r.Get("Trailer") != "Sum" {
			t.Errorf("the request's trailers are %v, announced as %q", r.Trailers, r.Get("Trailer"))
		}
		p.Write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
		p.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSign: abc\r\n\r\n")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var hints []string
		res, err := p.Stream(t.Context(), "POST", "http://www.example.com/", Text("hi"), Trailers(Headers{{"Sum", "42"}}),
			OnInterim(func(status int, h Headers) { hints = append(hints, h.Get("link")) }))
		if err != nil {
			t.Fatal(err)
		}
		if len(hints) != 1 || hints[0] != "</a.css>" {
			t.Errorf("the hints are %q", hints)
		}
		if len(res.Trailers) != 0 {
			t.Errorf("before the body was read the trailers are %v", res.Trailers)
		}
		wantBody(t, res, "hello")
		if got := res.Trailers.Get("sign"); got != "abc" {
			t.Errorf("the trailer reads %q", got)
		}
	})
}

// What was never sent has no body, and nothing to close.
func TestZeroResponseAndEmptyContents(t *testing.T) {
	var res Response
	if data, err := res.Bytes(); data != nil || err != nil {
		t.Errorf("the zero Response has a body: %q, %v", data, err)
	}
	if err := res.Close(); err != nil {
		t.Errorf("it closes with %v", err)
	}
	if x := res.Exchange(); x.Connection != 0 || len(x.Attempts) != 0 {
		t.Errorf("its record is %+v", x)
	}
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			p.Answer(200, r.Get("Content-Length")+r.Get("Transfer-Encoding"))
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for _, test := range []struct {
			method  string
			content RequestOption
			want    string
		}{
			{"GET", nil, ""},
			{"GET", Body{}, ""},
			{"POST", nil, "0"},
			{"POST", Body{}, "0"},
			{"POST", Bytes(nil), "0"},
			{"POST", Text(""), "0"},
			{"GET", Text(""), "0"},
			{"POST", Reader(strings.NewReader(""), 0), "0"},
			{"POST", Reader(strings.NewReader(""), -1), "chunked"},
		} {
			res, err := p.Request(t.Context(), test.method, "http://www.example.com/", test.content)
			if err != nil {
				t.Errorf("%s %v: %v", test.method, test.content, err)
				continue
			}
			wantBody(t, res, test.want)
		}
		wantText(t, p, poolIdle)
	})
}

// A context that ends frees the place of its connection at once, though nobody
// reads or closes the body; whoever does so later hears of the context.
func TestContextEndsBesideAnOpenBody(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		for i := 1; i <= 3; i++ { // each would wait for the one before
			ctx, cancel := context.WithCancel(t.Context())
			res, err := p.Stream(ctx, "GET", "http://www.example.com/")
			if err != nil {
				t.Fatal(err)
			}
			wantText(t, p, "<ConnectionPool [1 active]>")
			cancel()
			synctest.Wait()
			wantText(t, p, "<ConnectionPool [0 active]>")
			if closed := p.Snapshot().Totals.Closed["context ended"]; closed != uint64(i) {
				t.Errorf("%d connections were closed for their context, want %d", closed, i)
			}
			if _, err := res.Bytes(); !errors.Is(err, context.Canceled) {
				t.Errorf("the body says %v, want that it was cancelled", err)
			}
			if err := res.Close(); err != nil {
				t.Error(err)
			}
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}
