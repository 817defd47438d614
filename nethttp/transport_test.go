package nethttp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// both runs a test over a pool of ours and over an http.Transport: the same must
// come of it.
func both(t *testing.T, test func(t *testing.T, transport httpx.Transport)) {
	t.Helper()
	t.Run("pool", func(t *testing.T) { test(t, newPool(t)) })
	t.Run("http.Transport", func(t *testing.T) {
		theirs := http.DefaultTransport.(*http.Transport).Clone()
		theirs.TLSClientConfig = &tls.Config{RootCAs: roots()}
		theirs.Proxy = nil
		transport := nethttp.Transport(theirs)
		t.Cleanup(func() { transport.Close() })
		test(t, transport)
	})
}

// echo answers with what it was asked, in words.
func echo(t testing.TB) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/redirect":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
			return
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, zipped("plain, asked as "+r.Header.Get("Accept-Encoding")))
			return
		case "/trailers":
			w.Header().Set("Trailer", "Sum")
			defer w.Header().Set("Sum", "42")
		case "/hints":
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.Header().Del("Link")
		case "/empty":
			w.WriteHeader(204)
			return
		}
		fmt.Fprintf(w, "%s %s host %v, agent %q, type %q, A %q, cookie %q, length %d, %v, body %q, trailers %v",
			r.Method, r.RequestURI, r.Host != "", r.UserAgent(), r.Header.Get("Content-Type"), r.Header["A"],
			r.Header.Get("Cookie"), r.ContentLength, r.TransferEncoding, body, r.Trailer)
	})
}

// sized is a content that opens again and says what size it likes.
type sized struct {
	text string
	size int64
}

func (s sized) Open() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s.text)), nil }
func (s sized) Size() int64                  { return s.size }
func (s sized) ContentType() string          { return "" }

// TestClientOverTransport compares what httpx.Client does over both.
func TestClientOverTransport(t *testing.T) {
	server := echo(t)
	for _, test := range []struct {
		name, method, path string
		options            []httpx.RequestOption
		want               string
	}{
		{"GET", "GET", "/a?b=c", nil, `GET /a?b=c host true, agent "gohttpx/`},
		{"fields", "GET", "/", []httpx.RequestOption{httpx.Headers{{"A", "1"}, {"A", "2"}}}, `A ["1" "2"]`},
		{"host", "GET", "/", []httpx.RequestOption{httpx.Headers{{"Host", "www.example.com"}}}, `host true`},
		{"JSON", "POST", "/", []httpx.RequestOption{httpx.JSON(42)}, `type "application/json", A [], cookie "", length 2, [], body "42"`},
		{"no content", "POST", "/", nil, `length 0, [], body ""`},
		{"empty content", "POST", "/", []httpx.RequestOption{httpx.Text("")}, `type "text/plain; charset=utf-8", A [], cookie "", length 0, []`},
		{"unknown size", "PUT", "/", []httpx.RequestOption{httpx.Body{Content: sized{"body", -1}}}, `length -1, [chunked], body "body"`},
		{"known size", "PUT", "/", []httpx.RequestOption{httpx.Body{Content: sized{"body", 4}}}, `length 4, [], body "body"`},
		{"trailers", "POST", "/", []httpx.RequestOption{httpx.Text("body"), httpx.Trailers(httpx.Headers{{"Sum", "17"}})}, `length -1, [chunked], body "body", trailers map[Sum:[17]]`},
		{"target", "OPTIONS", "/", []httpx.RequestOption{httpx.Target("*")}, ""},
		{"odd target", "GET", "/", []httpx.RequestOption{httpx.Target("/x%2Fy?z")}, `GET /x%2Fy?z host`},
		{"redirect", "POST", "/redirect", []httpx.RequestOption{httpx.Text("body")}, `POST /end`},
		{"cookie", "POST", "/redirect", []httpx.RequestOption{httpx.Text("body")}, `cookie "seen=yes"`},
		{"decoded", "GET", "/gzip", nil, "plain, asked as gzip, deflate"},
		{"trailers back", "GET", "/trailers", nil, `GET /trailers`},
		{"nothing", "GET", "/empty", nil, ""},
		{"HEAD", "HEAD", "/", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var seen []string
			both(t, func(t *testing.T, transport httpx.Transport) {
				client := httpx.NewClient(&httpx.ClientOptions{Transport: transport})
				defer client.Close()
				res, err := client.Request(t.Context(), test.method, server.URL+test.path, test.options...)
				if err != nil {
					t.Fatal(err)
				}
				text, err := res.Text()
				if err != nil || !strings.Contains(text, test.want) {
					t.Errorf("%q, %v, want %s", text, err, test.want)
				}
				res.Headers.Del("Date")
				seen = append(seen, fmt.Sprint(res, res.Reason, res.Proto, text, res.Trailers, len(res.History), res.Uncompressed(),
					res.Headers.Get("Content-Length"), res.Headers.Get("Content-Type"), res.Request.URL))
			})
			if len(seen) == 2 && seen[0] != seen[1] {
				t.Errorf("over the pool:\n%s\nover http.Transport:\n%s", seen[0], seen[1])
			}
		})
	}
}

// TestTransportHints passes interim responses on.
func TestTransportHints(t *testing.T) {
	server := echo(t)
	both(t, func(t *testing.T, transport httpx.Transport) {
		var hints []string
		req, err := httpx.NewRequest("GET", server.URL+"/hints", httpx.OnInterim(func(status int, h httpx.Headers) {
			hints = append(hints, fmt.Sprintf("%d %s", status, h.Get("Link")))
		}))
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Close()
		if len(hints) != 1 || hints[0] != "103 </a>" {
			t.Errorf("hints %q", hints)
		}
	})
}

// TestTransportBody streams, closes and reads too late.
func TestTransportBody(t *testing.T) {
	server := echo(t)
	both(t, func(t *testing.T, transport httpx.Transport) {
		req, err := httpx.NewRequest("GET", server.URL)
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, make([]byte, 4)); err != nil {
			t.Error(err)
		}
		if err := errors.Join(res.Close(), res.Close()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, httpx.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestTransportRefuses what must not be sent.
func TestTransportRefuses(t *testing.T) {
	there, err := url.Parse("http://127.0.0.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	both(t, func(t *testing.T, transport httpx.Transport) {
		for name, req := range map[string]*httpx.Request{
			"no URL":       {},
			"method":       {Method: "GE T", URL: there},
			"target":       {URL: there, Target: "/a b"},
			"field name":   {URL: there, Headers: httpx.Headers{{"A B", "x"}}},
			"field value":  {URL: there, Headers: httpx.Headers{{"A", "x\r\nB: y"}}},
			"trailer name": {URL: there, Trailers: httpx.Headers{{"Content-Length", "1"}}, Content: httpx.Text("")},
		} {
			_, err := transport.Send(t.Context(), req)
			var sent *httpx.Error
			if err == nil || errors.As(err, &sent) && sent.Progress != httpx.NotSent {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestTransportErrors wants an error to be of the same kind over both.
func TestTransportErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		script   func(*networktest.Peer)
		scheme   string
		limit    time.Duration
		inBody   bool
		kind     error
		is       error
		progress httpx.Progress
	}{
		{name: "refused", kind: httpx.ErrConnect},
		{name: "deadline", script: func(p *networktest.Peer) { p.ReadRequest(); p.WaitClosed() }, limit: time.Second,
			kind: httpx.ErrTimeout, is: context.DeadlineExceeded, progress: httpx.Sent},
		{name: "closed", script: func(p *networktest.Peer) { p.ReadRequest() }, kind: httpx.ErrConnect, progress: httpx.Sent},
		{name: "no HTTP", script: func(p *networktest.Peer) { p.ReadRequest(); p.Write("SSH-2.0-OpenSSH_9.6\r\n\r\n"); p.WaitClosed() },
			kind: httpx.ErrProtocol, progress: httpx.Answered},
		{name: "no TLS", scheme: "https", script: func(p *networktest.Peer) { p.Write("what?\r\n\r\n"); p.WaitClosed() }, kind: httpx.ErrTLS},
		{name: "cut off", inBody: true, script: func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
		}, kind: httpx.ErrProtocol, is: io.ErrUnexpectedEOF, progress: httpx.Answered},
		{name: "deadline in the body", inBody: true, limit: time.Second, script: func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
			p.WaitClosed()
		}, kind: httpx.ErrTimeout, is: context.DeadlineExceeded, progress: httpx.Answered},
		{name: "101 unasked", script: func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			p.WaitClosed()
		}, kind: httpx.ErrProtocol, progress: httpx.Answered},
	} {
		for _, over := range []string{"pool", "http.Transport"} {
			t.Run(test.name+"/"+over, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					servers := networktest.New(t)
					scheme, address := "http", "example.com:80"
					if test.scheme != "" {
						scheme, address = test.scheme, "example.com:443"
					}
					if test.script == nil {
						servers.Refuse(address, nil)
					} else {
						servers.Handle(address, test.script)
					}
					var transport httpx.Transport = newPoolWith(t, httpx.ConnectionOptions{Backend: servers})
					if over != "pool" {
						transport = nethttp.Transport(&http.Transport{DialContext: servers.DialContext})
						defer transport.Close()
					}
					ctx := t.Context()
					if test.limit != 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, test.limit)
						defer cancel()
					}
					req, err := httpx.NewRequest("GET", scheme+"://example.com/?secret=1")
					if err != nil {
						t.Fatal(err)
					}
					res, err := transport.Send(ctx, req)
					if err == nil {
						_, err = res.Bytes()
					} else if test.inBody {
						t.Fatal(err)
					}
					var e *httpx.Error
					if !errors.As(err, &e) {
						t.Fatalf("error %v is no *httpx.Error", err)
					}
					if e.Kind != test.kind || test.is != nil && !errors.Is(err, test.is) || e.Progress != test.progress {
						t.Errorf("%v: kind %v, progress %v, want %v, %v, %v", err, e.Kind, e.Progress, test.kind, test.progress, test.is)
					}
					if e.Origin != scheme+"://example.com" || strings.Contains(err.Error(), "secret") {
						t.Errorf("%v, origin %s", err, e.Origin)
					}
					if e.Timeout() != (test.limit != 0) {
						t.Errorf("%v: timeout %v", err, e.Timeout())
					}
				})
			})
		}
	}
}

// TestTransportCause keeps both errors of a context with a cause.
func TestTransportCause(t *testing.T) {
	errMine := errors.New("my cause")
	both(t, func(t *testing.T, transport httpx.Transport) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errMine)
		req, err := httpx.NewRequest("GET", "http://127.0.0.1:1/")
		if err != nil {
			t.Fatal(err)
		}
		_, err = transport.Send(ctx, req)
		var e *httpx.Error
		if !errors.Is(err, errMine) || !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.Kind != nil {
			t.Errorf("error %v", err)
		}
	})
}

// TestTransportUntold is careful about a RoundTripper that tells nothing.
func TestTransportUntold(t *testing.T) {
	errMine := errors.New("who knows")
	transport := nethttp.Transport(roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, errMine }))
	req, err := httpx.NewRequest("GET", "http://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	_, err = transport.Send(t.Context(), req)
	var e *httpx.Error
	if !errors.As(err, &e) || !errors.Is(err, errMine) || e.Progress != httpx.Sent || e.Kind != nil {
		t.Errorf("error %#v", err)
	}
	if err := transport.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTransportHandlers takes responses that others than http.Transport make.
func TestTransportHandlers(t *testing.T) {
	transport := nethttp.Transport(roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 404, Proto: "HTTP/1.1", Header: http.Header{"B": {"2"}, "A": {"1", "3"}}}, nil
	}))
	req, err := httpx.NewRequest("GET", "http://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.Send(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := res.Text()
	if got := fmt.Sprintf("%v %s %q %q %v", res, res.Reason, [][2]string(res.Headers), text, err); got !=
		`<Response [404 Not Found]> Not Found [["A" "1"] ["A" "3"] ["B" "2"]] "" <nil>` {
		t.Errorf("response %s", got)
	}
}

// TestTransportUpgrade talks over the stream of a 101, plain and over TLS.
func TestTransportUpgrade(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Connection") != "Upgrade" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		upgradeToEcho(t, w)
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(handler)
	secure.TLS = serverTLS()
	secure.StartTLS()
	defer secure.Close()
	for _, server := range []*httptest.Server{plain, secure} {
		both(t, func(t *testing.T, transport httpx.Transport) {
			stream, res, err := httpx.Upgrade(t.Context(), transport, "GET", server.URL, httpx.Headers{{"Upgrade", "echo"}})
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != 101 {
				t.Errorf("%v", res)
			}
			if _, isTLS := stream.TLS(); isTLS != (server == secure) {
				t.Errorf("%v: TLS %v", stream, isTLS)
			}
			if got := stream.RemoteAddr().String(); got != server.Listener.Addr().String() || stream.LocalAddr() == nil {
				t.Errorf("remote address %s", got)
			}
			checkDeadline(t, stream)
			talk(t, stream)
			if _, err := stream.Read(make([]byte, 1)); err != net.ErrClosed {
				t.Errorf("after Close: %v", err)
			}
		})
	}
}

// checkDeadline wants a deadline to end a Read that would wait, and a later one
// to let it go on.
func checkDeadline(t *testing.T, stream *network.Stream) {
	t.Helper()
	var hello [5]byte
	if _, err := io.ReadFull(stream, hello[:]); err != nil {
		t.Fatal(err)
	}
	stream.Unread(hello[:])
	if _, err := io.ReadFull(stream, hello[:]); err != nil {
		t.Fatal(err)
	}
	stream.SetReadDeadline(time.Now().Add(-time.Second))
	_, err := stream.Read(make([]byte, 1))
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
	for _, set := range []func(time.Time) error{stream.SetReadDeadline, stream.SetWriteDeadline, stream.SetDeadline} {
		if err := set(time.Time{}); err != nil {
			t.Error(err)
		}
	}
	stream.Unread(hello[:])
}

// TestTransportConnect makes a tunnel, and is refused one.
func TestTransportConnect(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "CONNECT" || r.RequestURI != "there.example:443" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		conn, in, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 Established\r\n\r\nhello")
		var said [7]byte
		if _, err := io.ReadFull(in, said[:]); err != nil || string(said[:]) != "and you" {
			t.Errorf("the server heard %q, %v", said, err)
		}
		io.WriteString(conn, "fine")
	})
	both(t, func(t *testing.T, transport httpx.Transport) {
		stream, _, err := httpx.Upgrade(t.Context(), transport, "CONNECT", server.URL, httpx.Target("there.example:443"))
		if err != nil {
			t.Fatal(err)
		}
		talk(t, stream)
		var refused *httpx.UpgradeError
		if _, _, err = httpx.Upgrade(t.Context(), transport, "CONNECT", server.URL, httpx.Target("elsewhere.example:443")); !errors.As(err, &refused) {
			t.Fatalf("error %v", err)
		}
		if text, err := refused.Response.Text(); text != "no\n" || err != nil {
			t.Errorf("refused with %q, %v", text, err)
		}
	})
}

// TestTransportHTTP2 speaks HTTP/2 under the Client, bodies and trailers both
// ways.
func TestTransportHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s, %d bytes, %v", r.Proto, len(body), r.Trailer)
		w.Header().Set("Sum", "42")
	}))
	server.TLS = serverTLS()
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	theirs := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots()}, ForceAttemptHTTP2: true}
	transport := nethttp.Transport(theirs)
	defer transport.Close()
	client := httpx.NewClient(&httpx.ClientOptions{Transport: transport})
	defer client.Close()
	for range 3 {
		res, err := client.Post(t.Context(), server.URL, httpx.Bytes(make([]byte, 1<<20)), httpx.Trailers(httpx.Headers{{"Sum", "17"}}))
		if err != nil {
			t.Fatal(err)
		}
		text, err := res.Text()
		if want := "HTTP/2.0, 1048576 bytes, map[Sum:[17]]"; text != want || err != nil {
			t.Errorf("%q, %v, want %q", text, err, want)
		}
		if res.Proto != "HTTP/2.0" || res.Reason != "OK" || res.Trailers.Get("Sum") != "42" {
			t.Errorf("%v %s %s, trailers %v", res, res.Proto, res.Reason, res.Trailers)
		}
	}
}

// TestThereAndBack puts one adapter over the other.
func TestThereAndBack(t *testing.T) {
	server := echo(t)
	rt := nethttp.RoundTripper(nethttp.Transport(nethttp.RoundTripper(newPool(t))))
	client := &http.Client{Transport: rt}
	res, err := client.Post(server.URL, "text/plain", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	if got := finish(t, res); !strings.Contains(got, `type "text/plain", A [], cookie "", length 4, [], body "body"`) {
		t.Errorf("%s", got)
	}
}
