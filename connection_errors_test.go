package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Each timeout of an exchange says that it was it, for which origin and after
// how long. The connection is gone; a pool says so.
func TestExchangeTimeouts(t *testing.T) {
	const d = 7 * time.Second
	busy := func(p *networktest.Peer) {
		for !p.Closed() {
			time.Sleep(time.Second)
		}
	}
	tests := map[string]struct {
		script   func(*networktest.Peer)
		options  []RequestOption
		phase    Phase
		progress Progress
		took     time.Duration
		words    string
	}{
		"write":             {busy, []RequestOption{Text(strings.Repeat("x", 1<<20)), Timeouts{Write: d}}, PhaseWrite, PartlySent, 2 * d, "nothing could be written for 7s"},
		"write, by default": {busy, []RequestOption{Text(strings.Repeat("x", 1<<20))}, PhaseWrite, PartlySent, 60 * time.Second, "nothing could be written for 30s"},
		"first byte":        {silent, []RequestOption{Timeouts{FirstByte: d}}, PhaseFirstByte, Sent, d, "no response within 7s"},
		"head":              {answering("HTTP/1.1 200 OK\r\n"), []RequestOption{Timeouts{Read: d}}, PhaseHead, Answered, d, "nothing could be read for 7s"},
		"body":              {answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), []RequestOption{Timeouts{Read: d}}, PhaseBody, Answered, d, "nothing could be read for 7s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, test.script, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				begin := time.Now()
				_, err := p.Request(t.Context(), "POST", "http://www.example.com/path?q=secret", test.options...)
				wantTook(t, begin, test.took)
				e := wantError(t, err, ErrTimeout, test.phase, test.progress)
				if !errors.Is(err, ErrTimeout) || !e.Timeout() || e.After != test.took || e.Origin != "http://www.example.com" || e.Connection == 0 {
					t.Errorf("it says %+v", e)
				}
				wantWords(t, err, test.words, "http://www.example.com", "after ", fmt.Sprint("connection ", e.Connection))
				if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrTimeout) {
					t.Errorf("%v is a deadline, but no timeout", err)
				}
				wantText(t, p, "<ConnectionPool [0 active]>")
				x := e.Exchange()
				if x.Connection != e.Connection || len(x.Attempts) != 1 || x.Attempts[0].Phase != test.phase || x.Attempts[0].Progress != test.progress || x.Attempts[0].Err == nil || x.Total != test.took {
					t.Errorf("the record is %+v", x)
				}
			})
		})
	}
}

// The context governs the exchange until the body is read or closed.
func TestContextGovernsTheBody(t *testing.T) {
	half := answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
	errWhy := errors.New("the user left")
	reads := map[string]func(*Response) ([]byte, error){
		"Bytes":   func(res *Response) ([]byte, error) { return res.Bytes() },
		"ReadAll": func(res *Response) ([]byte, error) { return io.ReadAll(res.Body) },
		"Copy": func(res *Response) ([]byte, error) {
			var b strings.Builder
			_, err := io.Copy(&b, res.Body)
			return []byte(b.String()), err
		},
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, half, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				res, err := p.Stream(ctx, "GET", "http://www.example.com/")
				if err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				got, err := read(res)
				wantTook(t, begin, time.Minute)
				if string(got) != "hello" {
					t.Errorf("read %q", got)
				}
				e := wantError(t, err, ErrTimeout, PhaseBody, Answered)
				if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !e.Timeout() {
					t.Errorf("the deadline is told as %v", err)
				}
				if _, again := res.Body.Read(make([]byte, 1)); again == nil || again.Error() != err.Error() {
					t.Errorf("the next read gives %v, want the same error", again)
				}
				wantText(t, p, "<ConnectionPool [0 active]>")

				ctx, end := context.WithCancelCause(t.Context())
				res, err = p.Stream(ctx, "GET", "http://www.example.com/")
				if err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Minute, func() { end(errWhy) })
				_, err = read(res)
				e = wantError(t, err, nil, PhaseBody, Answered)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, errWhy) || errors.Is(err, ErrTimeout) || e.Timeout() {
					t.Errorf("the cancellation is told as %v", err)
				}
				for _, kind := range []error{ErrConnect, ErrClosed, ErrProtocol} {
					if errors.Is(err, kind) {
						t.Errorf("the cancellation is %v too", kind)
					}
				}
				wantText(t, p, "<ConnectionPool [0 active]>")
			})
		})
	}
	// After the body is read or closed, it governs nothing.
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for _, finish := range []func(*Response) error{(*Response).Close, func(res *Response) error { _, err := res.Bytes(); return err }} {
			ctx, cancel := context.WithCancel(t.Context())
			res, err := p.Stream(ctx, "GET", "http://www.example.com/")
			if err != nil {
				t.Fatal(err)
			}
			if err := finish(res); err != nil {
				t.Error(err)
			}
			cancel()
			wantText(t, p, "<ConnectionPool [1 idle]>")
		}
	})
}

// What a peer does wrong is told by its kind.
func TestPeersFaults(t *testing.T) {
	tests := map[string]struct {
		script   func(*networktest.Peer)
		kind     error
		phase    Phase
		progress Progress
		also     error
	}{
		"it closes before it answers": {func(p *networktest.Peer) { p.ReadRequest() }, ErrConnect, PhaseFirstByte, Sent, nil},
		"it resets":                   {func(p *networktest.Peer) { p.ReadRequest(); p.Reset() }, ErrConnect, PhaseFirstByte, Sent, nil},
		"it speaks another protocol":  {answering("220 mail.example.com ESMTP\r\n"), ErrProtocol, PhaseHead, Answered, nil},
		"its head is cut":             {func(p *networktest.Peer) { p.ReadRequest(); p.Write("HTTP/1.1 200 OK\r\n") }, ErrProtocol, PhaseHead, Answered, io.ErrUnexpectedEOF},
		"its body is cut": {func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
		}, ErrProtocol, PhaseBody, Answered, io.ErrUnexpectedEOF},
		"its head is too large":          {answering("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 257) + "\r\n"), ErrProtocol, PhaseHead, Answered, ErrTooLarge},
		"it hints without end":           {answering(strings.Repeat("HTTP/1.1 103 Hints\r\n\r\n", 17)), ErrProtocol, PhaseHead, Answered, nil},
		"it splits its response":         {answering("HTTP/1.1 200 OK\r\nA: b\rHTTP/1.1 200 OK\r\n\r\n"), ErrProtocol, PhaseHead, Answered, nil},
		"it gives two lengths":           {answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), ErrProtocol, PhaseHead, Answered, nil},
		"it switches, but was not asked": {answering("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), ErrProtocol, PhaseHead, Answered, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, test.script, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
				e := wantError(t, err, test.kind, test.phase, test.progress)
				if !errors.Is(err, test.kind) || test.also != nil && !errors.Is(err, test.also) || e.Timeout() || e.Temporary() {
					t.Errorf("the error is %v", err)
				}
				wantText(t, p, "<ConnectionPool [0 active]>")
				if d := n.Dials("*"); d != 1 {
					t.Errorf("%d dials: it was sent again", d)
				}
			})
		})
	}
}

// TLS that ends without close_notify inside a body that only the end of the
// connection ends is a truncation.
func TestTruncatedTLS(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.TLS(nil)
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\n\r\nhalf of it")
		p.Cut()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		_, err := p.Request(t.Context(), "GET", "https://www.example.com/")
		wantError(t, err, ErrProtocol, PhaseBody, Answered)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the error is %v", err)
		}
		wantWords(t, err, "close_notify")
	})
}

// The caller's bugs are told before a byte is written, and cost nothing; a
// Request that was put together by hand is looked at as well.
func TestCallersBugs(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		good := func() *Request { return mustRequest(t, "POST", "http://www.example.com/", Text("hello")) }
		bugs := map[string]func(*Request){
			"CRLF in a field":            func(r *Request) { r.Headers = Headers{{"A", "b\r\nEvil: 1"}} },
			"LF in a name":               func(r *Request) { r.Headers = Headers{{"A\nB", "c"}} },
			"NUL in a field":             func(r *Request) { r.Headers = Headers{{"A", "\x00"}} },
			"CR in the method":           func(r *Request) { r.Method = "GET\r" },
			"a blank in the method":      func(r *Request) { r.Method = "GET / HTTP/1.1\r\nA:" },
			"LF in the target":           func(r *Request) { r.Target = "/\n" },
			"a blank in the target":      func(r *Request) { r.Target = "/ HTTP/1.1" },
			"CRLF in the query":          func(r *Request) { r.URL.RawQuery = "a=b\r\nEvil: 1" },
			"CRLF in a trailer":          func(r *Request) { r.Trailers = Headers{{"A", "\r\n\r\nGET"}} },
			"a trailer that frames":      func(r *Request) { r.Trailers = Headers{{"Content-Length", "1"}} },
			"CRLF in the content's type": func(r *Request) { r.Content = typed{r.Content, "a\r\nb: c"} },
			"another length":             func(r *Request) { r.Headers = Headers{{"Content-Length", "6"}} },
			"a coding":                   func(r *Request) { r.Headers = Headers{{"Transfer-Encoding", "chunked"}} },
			"CRLF in the Host":           func(r *Request) { r.Headers = Headers{{"Host", "a\r\nB: c"}} },
			"a host with a blank":        func(r *Request) { r.URL.Host = "www.exa mple.com" },
			"a host with CRLF":           func(r *Request) { r.URL.Host = "www.example.com\r\nA: b" },
			"no host":                    func(r *Request) { r.URL.Host = "" },
			"another scheme":             func(r *Request) { r.URL.Scheme = "gopher" },
			"no URL":                     func(r *Request) { r.URL = nil },
			"an opaque URL":              func(r *Request) { r.URL.Host, r.URL.Opaque = "", "www.example.com\r\n" },
		}
		for name, bug := range bugs {
			req := good()
			bug(req)
			for _, s := range []Transport{p} {
				if res, err := s.Send(t.Context(), req); err == nil {
					res.Close()
					t.Errorf("%s: it was sent", name)
				} else if strings.ContainsAny(err.Error(), "\r\n\x00") {
					t.Errorf("%s: the error splits lines: %q", name, err)
				}
			}
			wantText(t, p, "<ConnectionPool [1 idle]>")
		}
		wantGet(t, p, "http://www.example.com/", "hello")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
	// Nor is anything dialled for it.
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		if _, err := p.Send(t.Context(), &Request{URL: mustRequest(t, "GET", "http://www.example.com/").URL, Method: "G\nT"}); err == nil {
			t.Error("it was sent")
		}
		wantText(t, p, "<ConnectionPool [0 active]>")
		wantGet(t, p, "http://www.example.com/", "hello")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
}

// typed is a content of a type.
type typed struct {
	Content
	contentType string
}

func (c typed) ContentType() string { return c.contentType }

// NewRequest refuses the same, and a Content-Length that agrees passes.
func TestFramingFieldsOfTheCaller(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			p.Answer(200, fmt.Sprint(len(r.Body), " ", r.Get("Content-Length"), r.Get("Transfer-Encoding")))
		}
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for _, test := range []struct {
			options []RequestOption
			want    string // "": refused
		}{
			{[]RequestOption{Text("hello"), Headers{{"content-length", "5"}}}, "5 5"},
			{[]RequestOption{Headers{{"Content-Length", "0"}}}, "0 0"},
			{[]RequestOption{Headers{{"Content-Length", "0"}}, Bytes(nil)}, "0 0"},
			{[]RequestOption{Text("hello"), Headers{{"Content-Length", "4"}}}, ""},
			{[]RequestOption{Text("hello"), Headers{{"Content-Length", "05"}}}, ""},
			{[]RequestOption{Headers{{"Content-Length", "4"}}}, ""},
			{[]RequestOption{Reader(strings.NewReader("x"), -1), Headers{{"Content-Length", "1"}}}, ""},
			{[]RequestOption{Reader(strings.NewReader("x"), -1)}, "1 chunked"},
			{[]RequestOption{Text("x"), Headers{{"Transfer-Encoding", "chunked"}}}, ""},
			{[]RequestOption{Text("x"), Headers{{"TRANSFER-ENCODING", "identity"}}}, ""},
		} {
			for _, method := range []string{"POST", "GET"} {
				res, err := p.Request(t.Context(), method, "http://www.example.com/", test.options...)
				switch {
				case test.want == "" && err == nil:
					t.Errorf("%s %v was sent", method, test.options)
				case test.want != "" && err != nil:
					if !errors.Is(err, ErrOpensOnce) {
						t.Errorf("%s %v: %v", method, test.options, err)
					}
				case test.want != "":
					wantBody(t, res, test.want)
				}
			}
		}
	})
}

// Contents that are not what they say end the connection, with the cause.
func TestContentsThatLie(t *testing.T) {
	errDisk := errors.New("the disk is gone")
	for name, content := range map[string]Body{
		"too short": Reader(strings.NewReader("abc"), 4),
		"too long":  Reader(strings.NewReader("abcde"), 4),
		"failing":   Reader(io.MultiReader(strings.NewReader("ab"), failingReader{errDisk}), 4),
		"chunked":   Reader(io.MultiReader(strings.NewReader("ab"), failingReader{errDisk}), -1),
	} {
		t.Run(name, func(t *testing.T) {
			onPool(t, PoolOptions{}, func(p *networktest.Peer) { p.WaitClosed() }, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				_, err := p.Request(t.Context(), "POST", "http://www.example.com/", content)
				var e *Error
				if !errors.As(err, &e) || e.Kind != nil || e.Progress >= Sent {
					t.Errorf("the error is %v", err)
				}
				wantWords(t, err, "content of the request")
				if strings.HasSuffix(name, "ing") && !errors.Is(err, errDisk) {
					t.Errorf("the cause is lost: %v", err)
				}
				wantText(t, p, "<ConnectionPool [0 active]>")
			})
		})
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// A content that blocks is ended with the context, and an answer that comes
// first does not wait for it.
func TestContentThatBlocks(t *testing.T) {
	for _, size := range []int64{5, 1 << 20, -1} {
		onPool(t, PoolOptions{}, func(p *networktest.Peer) { p.WaitClosed() }, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			blocked := newBlocking()
			begin := time.Now()
			_, err := p.Request(ctx, "POST", "http://www.example.com/", Reader(blocked, size))
			wantTook(t, begin, time.Second)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("size %d: %v", size, err)
			}
			<-blocked.closed
			wantText(t, p, "<ConnectionPool [0 active]>")
		})
	}
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.ReadHead()
		p.Answer(401, "who are you?")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		blocked := newBlocking()
		res, err := p.Request(t.Context(), "POST", "http://www.example.com/", Reader(blocked, -1))
		if err != nil {
			t.Fatal(err)
		}
		wantBody(t, res, "who are you?")
		<-blocked.closed
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}
