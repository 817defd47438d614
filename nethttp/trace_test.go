package nethttp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
	"github.com/gohttpx/httpx/network/networktest"
)

// A log lists the hooks that were called.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// take returns the lines so far and begins anew.
func (l *log) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.Join(l.lines, "\n")
	l.lines = nil
	return text
}

// hooks logs every hook of the family.
func (l *log) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { l.add("GetConn") },
		GotConn: func(i httptrace.GotConnInfo) {
			l.add("GotConn reused %v, was idle %v, to %v", i.Reused, i.WasIdle, i.Conn.RemoteAddr() != nil && i.Conn.LocalAddr() != nil)
		},
		PutIdleConn:          func(err error) { l.add("PutIdleConn %v", err) },
		GotFirstResponseByte: func() { l.add("GotFirstResponseByte") },
		Got100Continue:       func() { l.add("Got100Continue") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			l.add("Got1xxResponse %d %v", code, h)
			return nil
		},
		DNSStart:          func(i httptrace.DNSStartInfo) { l.add("DNSStart %s", i.Host) },
		DNSDone:           func(i httptrace.DNSDoneInfo) { l.add("DNSDone %v", i.Err) },
		ConnectStart:      func(network, _ string) { l.add("ConnectStart %s", network) },
		ConnectDone:       func(network, _ string, err error) { l.add("ConnectDone %s %v", network, err) },
		TLSHandshakeStart: func() { l.add("TLSHandshakeStart") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			l.add("TLSHandshakeDone %v, failed %v", s.HandshakeComplete, err != nil)
		},
		WroteHeaders:    func() { l.add("WroteHeaders") },
		Wait100Continue: func() { l.add("Wait100Continue") },
		WroteRequest:    func(i httptrace.WroteRequestInfo) { l.add("WroteRequest %v", i.Err) },
	}
}

// TestTraceLikeHTTPTransport compares the hooks that are called, and their
// order, with http.Transport.
func TestTraceLikeHTTPTransport(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hints" {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.Header().Del("Link")
		}
		if r.URL.Path == "/close" {
			w.Header().Set("Connection", "close")
		}
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "ok")
	})
	for _, test := range []struct {
		name, method, path, body string
		change                   func(*http.Request)
		tls                      bool
		closes                   bool // the connection does not come back
	}{
		{name: "GET", method: "GET"},
		{name: "POST", method: "POST", body: "body"},
		{name: "large POST", method: "POST", body: strings.Repeat("0123456789abcdef", 64<<10)},
		{name: "TLS", method: "GET", tls: true},
		{name: "hints", method: "GET", path: "/hints"},
		{name: "close", method: "GET", path: "/close", closes: true},
		{name: "expect", method: "POST", body: "body", change: set("Expect", "100-continue")},
		{name: "HEAD", method: "HEAD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(handler)
			if test.tls {
				server.TLS = serverTLS()
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			theirs := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots()}, ExpectContinueTimeout: time.Second}
			defer theirs.CloseIdleConnections()
			// By name, so that it is looked up.
			url := server.URL + test.path
			if !test.tls {
				url = strings.Replace(url, "127.0.0.1", "localhost", 1)
			}
			var texts []string
			for _, rt := range []http.RoundTripper{theirs, nethttp.RoundTripper(newPool(t))} {
				var text string
				for range 2 {
					l := new(log)
					ctx := httptrace.WithClientTrace(t.Context(), l.hooks())
					var body io.Reader
					if test.body != "" {
						body = strings.NewReader(test.body)
					}
					r := newRequest(t, ctx, test.method, url, body)
					if test.change != nil {
						test.change(r)
					}
					res, err := rt.RoundTrip(r)
					if err != nil {
						t.Fatal(err)
					}
					finish(t, res)
					// What ends the exchange may be told a moment later.
					for i := 0; i < 1000 && !test.closes && !slices.ContainsFunc(l.snapshot(), isLast); i++ {
						<-time.After(time.Millisecond)
					}
					text += l.take() + "\n\n"
				}
				texts = append(texts, text)
			}
			want, got := canonical(texts[0]), canonical(texts[1])
			if got != want {
				t.Errorf("called:\n%s\nhttp.Transport:\n%s", got, want)
			}
		})
	}
}

func isLast(line string) bool { return strings.HasPrefix(line, "PutIdleConn") }

func (l *log) snapshot() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// canonical removes what depends on the moment: how many addresses were tried,
// whether head and body were written before or after an answer came, and whether
// the connection was back when the body had been read.
func canonical(text string) string {
	var exchanges []string
	for _, exchange := range strings.Split(text, "\n\n") {
		var kept, after []string
		for _, line := range strings.Split(exchange, "\n") {
			switch {
			case strings.HasPrefix(line, "Connect"), strings.HasPrefix(line, "DNS") && slices.Contains(kept, line):
			case strings.HasPrefix(line, "WroteRequest"), strings.HasPrefix(line, "PutIdleConn"), line == "Wait100Continue":
				after = append(after, line)
			default:
				kept = append(kept, line)
			}
		}
		slices.Sort(after)
		exchanges = append(exchanges, strings.Join(append(kept, after...), "\n"))
	}
	return strings.Join(exchanges, "\n\n")
}

// TestTraceDial calls the hooks of a dial for its first caller.
func TestTraceDial(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	l := new(log)
	ctx := httptrace.WithClientTrace(t.Context(), l.hooks())
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	res, err := nethttp.RoundTripper(newPool(t)).RoundTrip(newRequest(t, ctx, "GET", url, nil))
	if err != nil {
		t.Fatal(err)
	}
	finish(t, res)
	text := l.take()
	for _, want := range []string{"GetConn", "DNSStart localhost", "DNSDone <nil>", "ConnectStart tcp", "ConnectDone tcp <nil>", "GotConn reused false"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
}

// TestTraceFailedTLS tells of a handshake that failed.
func TestTraceFailedTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // it complains too
	server.StartTLS()
	defer server.Close()
	l := new(log)
	ctx := httptrace.WithClientTrace(t.Context(), l.hooks())
	pool := newPool(t)
	if _, err := nethttp.RoundTripper(pool).RoundTrip(newRequest(t, ctx, "GET", server.URL, nil)); !errors.Is(err, httpx.ErrTLS) {
		t.Fatalf("error %v", err)
	}
	want := "GetConn\nConnectStart tcp\nConnectDone tcp <nil>\nTLSHandshakeStart\nTLSHandshakeDone false, failed true"
	if got := l.take(); got != want {
		t.Errorf("called:\n%s\nwant:\n%s", got, want)
	}
}

// TestTraceInterimError ends a request by the error of its hook.
func TestTraceInterimError(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 103 Early Hints\r\n\r\n")
			p.WaitClosed()
		})
		errMine := errors.New("enough")
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(int, textproto.MIMEHeader) error { return errMine },
		})
		if _, err := rt.RoundTrip(newRequest(t, ctx, "GET", "http://example.com/", nil)); err != errMine {
			t.Errorf("error %v, want the hook's", err)
		}
	})
}

// TestTraceFailedWrite tells of a request that could not be written.
func TestTraceFailedWrite(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Handle(host, func(p *networktest.Peer) { p.ReadHead(); p.WaitClosed() })
		errMine := errors.New("no more")
		l := new(log)
		ctx := httptrace.WithClientTrace(t.Context(), l.hooks())
		body := io.MultiReader(strings.NewReader("a"), failing{errMine})
		if _, err := rt.RoundTrip(newRequest(t, ctx, "POST", "http://example.com/", body)); !errors.Is(err, errMine) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		if text := l.take(); !strings.HasSuffix(text, "WroteRequest no more") {
			t.Errorf("called:\n%s", text)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestTraceConn shows the connection to the hook, and keeps its bytes.
func TestTraceConn(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	var seen net.Conn
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { seen = i.Conn },
	})
	res, err := nethttp.RoundTripper(newPool(t)).RoundTrip(newRequest(t, ctx, "GET", server.URL, nil))
	if err != nil {
		t.Fatal(err)
	}
	finish(t, res)
	if got := seen.RemoteAddr().String(); "http://"+got != server.URL {
		t.Errorf("remote address %s, want that of %s", got, server.URL)
	}
	if got := fmt.Sprint(seen); !strings.HasPrefix(got, "<Connection ") {
		t.Errorf("shown as %s", got)
	}
	_, readErr := seen.Read(make([]byte, 1))
	_, writeErr := seen.Write([]byte("x"))
	for _, err := range []error{readErr, writeErr, seen.Close(), seen.SetDeadline(time.Time{}), seen.SetReadDeadline(time.Time{}), seen.SetWriteDeadline(time.Time{})} {
		if err == nil {
			t.Error("a hook could use the connection")
		}
	}
}
