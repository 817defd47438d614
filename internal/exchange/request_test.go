package exchange_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

// What each call is on the wire, byte for byte.
func TestRequestOnTheWire(t *testing.T) {
	const hostLine = "Host: www.example.com\r\n"
	tests := []struct {
		name string
		call exchange.Call
		want string
	}{
		{"nothing but a target", exchange.Call{Method: "GET", Target: "/a?b=c"},
			"GET /a?b=c HTTP/1.1\r\n" + hostLine + "\r\n"},
		{"fields in their order and case", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"b", "1"}, {"A", "2"}, {"b", "3"}}},
			"GET / HTTP/1.1\r\n" + hostLine + "b: 1\r\nA: 2\r\nb: 3\r\n\r\n"},
		{"a Host of the caller's stands first", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"A", "1"}, {"host", "other.example"}}},
			"GET / HTTP/1.1\r\nhost: other.example\r\nA: 1\r\n\r\n"},
		{"a method that usually has a body says that there is none", exchange.Call{Method: "POST", Target: "/"},
			"POST / HTTP/1.1\r\n" + hostLine + "Content-Length: 0\r\n\r\n"},
		{"DELETE does not", exchange.Call{Method: "DELETE", Target: "/"},
			"DELETE / HTTP/1.1\r\n" + hostLine + "\r\n"},
		{"a text", exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "hello", ContentType: "text/plain"},
			"POST / HTTP/1.1\r\n" + hostLine + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"},
		{"bytes", exchange.Call{Method: "PUT", Target: "/", InMemory: true, Bytes: []byte("hello")},
			"PUT / HTTP/1.1\r\n" + hostLine + "Content-Length: 5\r\n\r\nhello"},
		{"an empty body is one", exchange.Call{Method: "GET", Target: "/", InMemory: true},
			"GET / HTTP/1.1\r\n" + hostLine + "Content-Length: 0\r\n\r\n"},
		{"the caller's Content-Type wins", exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "x", ContentType: "text/plain", Fields: [][2]string{{"content-type", "text/html"}}},
			"POST / HTTP/1.1\r\n" + hostLine + "content-type: text/html\r\nContent-Length: 1\r\n\r\nx"},
		{"a Content-Length that agrees is said once", exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "x", Fields: [][2]string{{"content-length", "1"}}},
			"POST / HTTP/1.1\r\n" + hostLine + "Content-Length: 1\r\n\r\nx"},
		{"one of nothing is said", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"Content-Length", "0"}}},
			"GET / HTTP/1.1\r\n" + hostLine + "Content-Length: 0\r\n\r\n"},
		{"a content of known size", exchange.Call{Method: "POST", Target: "/", Content: reading(strings.NewReader("hello"), 5)},
			"POST / HTTP/1.1\r\n" + hostLine + "Content-Length: 5\r\n\r\nhello"},
		{"a content of unknown size", exchange.Call{Method: "POST", Target: "/", Content: reading(strings.NewReader("hello"), -1)},
			"POST / HTTP/1.1\r\n" + hostLine + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
		{"trailers behind a text", exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "hello", Trailers: [][2]string{{"Sum", "1"}, {"Sign", "2"}}},
			"POST / HTTP/1.1\r\n" + hostLine + "Transfer-Encoding: chunked\r\nTrailer: Sum, Sign\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\nSign: 2\r\n\r\n"},
		{"trailers behind nothing", exchange.Call{Method: "POST", Target: "/", Trailers: [][2]string{{"Sum", "1"}}},
			"POST / HTTP/1.1\r\n" + hostLine + "Transfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n0\r\nSum: 1\r\n\r\n"},
		{"Connection goes with Upgrade", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"Upgrade", "websocket"}}},
			"GET / HTTP/1.1\r\n" + hostLine + "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
		{"but not where the caller set one", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"Upgrade", "websocket"}, {"Connection", "upgrade, x"}}},
			"GET / HTTP/1.1\r\n" + hostLine + "Upgrade: websocket\r\nConnection: upgrade, x\r\n\r\n"},
		{"nobody is asked to expect a body that does not come (RFC 9110 10.1.1)", exchange.Call{Method: "GET", Target: "/", Fields: [][2]string{{"Expect", "100-continue"}}},
			"GET / HTTP/1.1\r\n" + hostLine + "\r\n"},
		{"nor one without bytes", exchange.Call{Method: "POST", Target: "/", InMemory: true, Fields: [][2]string{{"Expect", "100-continue"}}},
			"POST / HTTP/1.1\r\n" + hostLine + "Content-Length: 0\r\n\r\n"},
		{"a proxy's target", exchange.Call{Method: "OPTIONS", Target: "*"},
			"OPTIONS * HTTP/1.1\r\n" + hostLine + "\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.Expect(test.want)
				p.Answer(200, "")
				p.WaitClosed()
			}, func(w *wire) {
				test.call.Host = host
				w.wantExchange(&test.call, 200, "", exchange.Reusable)
			})
		})
	}
}

// What cannot be written is refused before the first byte, and costs nothing:
// the connection serves on.
func TestRefusedCallLeavesTheWire(t *testing.T) {
	field := func(name, value string) exchange.Call {
		return exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "12345", Fields: [][2]string{{name, value}}}
	}
	trailer := func(name, value string) exchange.Call {
		return exchange.Call{Method: "POST", Target: "/", InMemory: true, Text: "12345", Trailers: [][2]string{{name, value}}}
	}
	calls := map[string]exchange.Call{
		"method with CR":            {Method: "GET\r", Target: "/"},
		"method with a blank":       {Method: "GET /x", Target: "/"},
		"no method":                 {Target: "/"},
		"target with LF":            {Method: "GET", Target: "/\n"},
		"target with CRLF":          {Method: "GET", Target: "/ HTTP/1.1\r\nEvil: 1"},
		"target with NUL":           {Method: "GET", Target: "/\x00"},
		"target with a blank":       {Method: "GET", Target: "/a b"},
		"no target":                 {Method: "GET"},
		"field name with CRLF":      field("A\r\nB", "1"),
		"field name with a colon":   field("A:", "1"),
		"empty field name":          field("", "1"),
		"field value with CR":       field("A", "1\r2"),
		"field value with LF":       field("A", "1\nEvil: 2"),
		"field value with NUL":      field("A", "1\x002"),
		"Host with CRLF":            field("Host", "a\r\nEvil: 1"),
		"content type with LF":      {Method: "POST", Target: "/", InMemory: true, Text: "x", ContentType: "a\nb"},
		"trailer name with LF":      trailer("A\nB", "1"),
		"trailer value with CRLF":   trailer("A", "1\r\n\r\nHTTP"),
		"trailer value with NUL":    trailer("A", "\x00"),
		"trailer that frames":       trailer("Content-Length", "5"),
		"content in a trailing LF":  {Method: "POST", Target: "/", Content: reading(strings.NewReader("x"), -1), Trailers: [][2]string{{"A", "\n"}}},
		"Transfer-Encoding":         field("Transfer-Encoding", "chunked"),
		"transfer-encoding gzip":    field("transfer-encoding", "gzip, chunked"),
		"Content-Length of nothing": {Method: "GET", Target: "/", Fields: [][2]string{{"Content-Length", "1"}}},
		"another Content-Length":    field("Content-Length", "6"),
		"two Content-Lengths":       {Method: "POST", Target: "/", InMemory: true, Text: "x", Fields: [][2]string{{"Content-Length", "1"}, {"Content-Length", "2"}}},
		"Content-Length in words":   field("Content-Length", "+5"),
		"Content-Length of a chunk": {Method: "POST", Target: "/", Content: reading(strings.NewReader("x"), -1), Fields: [][2]string{{"Content-Length", "1"}}},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.Expect("GET /next HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
				p.Answer(200, "served")
				p.WaitClosed()
			}, func(w *wire) {
				call.Host = host
				_, err := w.Do(w.Context(), &call)
				wantFailure(w.T, asFailure(w.T, err), exchange.Caller, exchange.Write, exchange.NotSent)
				if _, out := w.stream.Counts(); out != 0 {
					w.Errorf("%d bytes were written", out)
				}
				next := get()
				next.Target = "/next"
				w.wantExchange(next, 200, "served", exchange.Reusable)
			})
		})
	}
}

// A head that does not fit the small buffer, and one that does not fit any.
func TestLargeHeads(t *testing.T) {
	for _, size := range []int{3 << 10, 4<<10 - 60, 4 << 10, 5 << 10, 64 << 10, 300 << 10} {
		for _, body := range []string{"", "x", strings.Repeat("y", 100<<10)} {
			on(t, func(p *networktest.Peer) {
				r := p.ReadRequest()
				if got := r.Get("Big"); len(got) != size || strings.Trim(got, "v") != "" {
					t.Errorf("the field came with %d bytes, want %d", len(got), size)
				}
				if r.Body != body {
					t.Errorf("the body came with %d bytes, want %d", len(r.Body), len(body))
				}
				p.Answer(200, "")
				p.WaitClosed()
			}, func(w *wire) {
				call := post(body)
				call.Fields = [][2]string{{"Big", strings.Repeat("v", size)}}
				w.wantExchange(call, 200, "", exchange.Reusable)
			})
		}
	}
}

// Bodies of every kind and of sizes around the buffers' arrive as they are.
func TestBodiesArrive(t *testing.T) {
	for _, size := range []int{1, 4<<10 - 1, 4 << 10, 60<<10 - 1, 60 << 10, 60<<10 + 1, 64 << 10, 200 << 10, 1 << 20} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		calls := map[string]*exchange.Call{
			"text":     post(body),
			"bytes":    {Method: "POST", Target: "/", Host: host, InMemory: true, Bytes: []byte(body)},
			"known":    upload(reading(strings.NewReader(body), int64(size))),
			"unknown":  upload(reading(strings.NewReader(body), -1)),
			"bytewise": upload(reading(onlyReader{strings.NewReader(body)}, int64(size))),
		}
		for kind, call := range calls {
			on(t, func(p *networktest.Peer) {
				if got := p.ReadRequest().Body; got != body {
					t.Errorf("%s of %d bytes: %d other bytes came", kind, size, len(got))
				}
				p.Answer(200, "thanks")
				p.WaitClosed()
			}, func(w *wire) {
				w.wantExchange(call, 200, "thanks", exchange.Reusable)
			})
		}
	}
}

// onlyReader hides what else a reader can, and gives odd pieces.
type onlyReader struct{ r io.Reader }

func (r onlyReader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 7919)]) }

var errContent = errors.New("the disk is gone")

// A content that is not what it said is the caller's fault, by name, and the
// end of the connection.
func TestContentFaults(t *testing.T) {
	large := strings.Repeat("x", 200<<10)
	failing := func(good string) io.Reader {
		return io.MultiReader(strings.NewReader(good), errReader{errContent})
	}
	tests := map[string]struct {
		content exchange.ContentSource
		err     error // nil: any
		words   string
	}{
		"small and too short":       {reading(strings.NewReader("12"), 3), nil, ""},
		"small and too long":        {reading(strings.NewReader("1234"), 3), nil, ""},
		"large and too short":       {reading(strings.NewReader(large), 300<<10), nil, ""},
		"large and too long":        {reading(strings.NewReader(large), 100<<10), nil, ""},
		"too long by a byte":        {reading(strings.NewReader(large), int64(len(large)-1)), nil, ""},
		"small, and fails":          {reading(failing("12"), 3), errContent, ""},
		"large, and fails":          {reading(failing(large), 300<<10), errContent, ""},
		"of unknown size and fails": {reading(failing("12"), -1), errContent, ""},
		"fails to open, small":      {content{func() (io.ReadCloser, error) { return nil, errContent }, 3}, errContent, ""},
		"opens as nil":              {content{func() (io.ReadCloser, error) { return nil, nil }, 3}, nil, ""},
		"fails to open, large":      {content{func() (io.ReadCloser, error) { return nil, errContent }, -1}, errContent, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) { p.WaitClosed() }, func(w *wire) {
				_, err := w.Do(w.Context(), upload(test.content))
				f := asFailure(w.T, err)
				w.stream.Close()
				if f.Guilt != exchange.Content || f.Phase != exchange.Write {
					w.Errorf("guilt %d (%v), want Content", f.Guilt, f)
				}
				if f.Progress >= exchange.Sent {
					w.Errorf("progress %d: not all of it was sent", f.Progress)
				}
				if test.err != nil && !errors.Is(err, test.err) {
					w.Errorf("the error is %v, want %v", err, test.err)
				}
			})
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// A content is closed once, however the exchange ends.
func TestContentIsClosed(t *testing.T) {
	large := strings.Repeat("x", 200<<10)
	scripts := map[string]func(*networktest.Peer){
		"read":           func(p *networktest.Peer) { p.ReadRequest(); p.Answer(200, ""); p.WaitClosed() },
		"refused early":  func(p *networktest.Peer) { p.ReadHead(); p.Answer(413, "", "Connection: close"); p.WaitClosed() },
		"reset":          func(p *networktest.Peer) { p.ReadHead(); p.Reset() },
		"closed at once": func(p *networktest.Peer) {},
	}
	for name, script := range scripts {
		for size, body := range map[string]string{"small": "x", "large": large} {
			t.Run(name+", "+size, func(t *testing.T) {
				var closed int
				on(t, script, func(w *wire) {
					src := content{func() (io.ReadCloser, error) {
						return &closeCounter{strings.NewReader(body), &closed}, nil
					}, int64(len(body))}
					if _, err := w.Do(w.Context(), upload(src)); err == nil {
						io.Copy(io.Discard, w.Conn)
						w.End()
					}
					w.stream.Close()
				})
				if closed != 1 {
					t.Errorf("the content was closed %d times", closed)
				}
			})
		}
	}
}

type closeCounter struct {
	io.Reader
	n *int
}

func (c *closeCounter) Close() error { *c.n++; return nil }

// A small body goes out with its head, in one write, where it is known to come
// at once.
func TestSmallBodiesGoWithTheHead(t *testing.T) {
	ready := upload(reading(strings.NewReader("hello"), 5))
	ready.Ready = true
	for name, call := range map[string]*exchange.Call{
		"in memory": post("hello"),
		"ready":     ready,
	} {
		on(t, func(p *networktest.Peer) {
			buf := make([]byte, 1000)
			n, _ := p.Conn().Read(buf)
			if got := string(buf[:n]); !strings.HasSuffix(got, "\r\n\r\nhello") {
				t.Errorf("%s: the first write is %q", name, got)
			}
			p.Answer(200, "")
			p.WaitClosed()
		}, func(w *wire) { w.wantExchange(call, 200, "", exchange.Reusable) })
	}
}
