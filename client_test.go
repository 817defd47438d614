package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestClientStack(t *testing.T) {
	s := answerWith(
		respond(302, "", "Location", "http://other.example/b", "Set-Cookie", "a=1; Domain=example.com"),
		respond(302, "", "Location", "http://www.example.com/c"),
		respond(200, encode(t, "text", "gzip"), "Content-Encoding", "gzip"),
	)
	var seen []string
	c := NewClient(&ClientOptions{
		Transport: s,
		Headers:   Headers{{"Authorization", "Bearer secret"}, {"X-Default", "1"}},
		Middleware: []Middleware{
			func(next Transport) Transport {
				return Wrap(next, func(ctx context.Context, req *Request) (*Response, error) {
					res, err := next.Send(ctx, req)
					if err == nil {
						seen = append(seen, req.URL.String()+"\n"+lines(req.Headers)+lines(res.Headers))
					}
					return res, err
				})
			},
		},
	})
	res, err := c.Get(t.Context(), "http://example.com/a", Headers{{"X-Own", "1"}})
	if err != nil {
		t.Fatal(err)
	}
	const (
		own  = "X-Own: 1\nUser-Agent: gohttpx/" + Version + "\nAccept: */*\n"
		rest = "X-Default: 1\n"
		gz   = "Accept-Encoding: gzip, deflate\n"
	)
	want := []string{
		"http://example.com/a\n" + own + "Authorization: Bearer secret\n" + rest + gz +
			"Location: http://other.example/b\nSet-Cookie: a=1; Domain=example.com\n",
		"http://other.example/b\n" + own + rest + gz + "Location: http://www.example.com/c\n",
		"http://www.example.com/c\n" + own + rest + "Cookie: a=1\n" + gz + "Content-Encoding: gzip\n",
	}
	for i, w := range want {
		if i >= len(seen) || seen[i] != w {
			t.Errorf("hop %d: the middleware saw\n%q, want\n%q", i, seen, w)
		}
	}
	if text, _ := res.Text(); text != "text" || len(res.History) != 2 {
		t.Errorf("text %q after %d redirects", text, len(res.History))
	}
}

func TestClientHeaders(t *testing.T) {
	const agent = "User-Agent: gohttpx/" + Version + "\n"
	for _, tt := range []struct {
		name    string
		options Headers
		request Headers
		want    string
	}{
		{"the defaults", nil, nil, agent + "Accept: */*\nAccept-Encoding: gzip, deflate\n"},
		{"replaced in the options", Headers{{"accept", "text/csv"}}, nil, agent + "accept: text/csv\nAccept-Encoding: gzip, deflate\n"},
		{"removed in the options", Headers{{"user-agent", ""}, {"X", "y"}}, nil, "Accept: */*\nX: y\nAccept-Encoding: gzip, deflate\n"},
		{"removed in the request", Headers{{"X", "y"}}, Headers{{"x", ""}, {"Accept", ""}}, agent + "Accept-Encoding: gzip, deflate\n"},
		{"no encoding in the options", Headers{{"Accept-Encoding", ""}}, nil, agent + "Accept: */*\n"},
		{"no encoding in the request", nil, Headers{{"accept-encoding", ""}}, agent + "Accept: */*\n"},
		{"an encoding of the request's own", nil, Headers{{"Accept-Encoding", "br"}}, "Accept-Encoding: br\n" + agent + "Accept: */*\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := answerWith(respond(200, ""))
			c := NewClient(&ClientOptions{Transport: s, Headers: tt.options})
			if _, err := c.Get(t.Context(), "http://example.com/", tt.request); err != nil {
				t.Fatal(err)
			}
			if got := lines(s.last(t).Headers); got != tt.want {
				t.Errorf("sent\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestClientVerbs(t *testing.T) {
	s := new(script)
	s.answer = func(req *Request) (*Response, error) { return respond(200, req.Method), nil }
	c := NewClient(&ClientOptions{Transport: s, BaseURL: mustURL(t, "http://example.com/v1/")})
	for _, tt := range []struct {
		method string
		send   func(context.Context, string, ...RequestOption) (*Response, error)
	}{
		{"GET", c.Get}, {"HEAD", c.Head}, {"POST", c.Post}, {"PUT", c.Put}, {"PATCH", c.Patch}, {"DELETE", c.Delete},
	} {
		res, err := tt.send(t.Context(), "users?a=b")
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := res.Text(); text != tt.method || !res.Body.(*bodyProbe).closed {
			t.Errorf("%s: %q was sent, its body closed: %t", tt.method, text, res.Body.(*bodyProbe).closed)
		}
		if got := s.last(t).URL.String(); got != "http://example.com/v1/users?a=b" {
			t.Errorf("%s: to %s", tt.method, got)
		}
	}
}

func TestClientBaseURL(t *testing.T) {
	base := mustURL(t, "http://example.com/v1/")
	s := new(script)
	s.answer = func(req *Request) (*Response, error) { return respond(200, ""), nil }
	c := NewClient(&ClientOptions{Transport: s, BaseURL: base})
	base.Host = "changed.example" // the options were copied
	for ref, want := range map[string]string{
		"":                     "http://example.com/v1/",
		"/":                    "http://example.com/",
		"../x":                 "http://example.com/x",
		"https://other.test/y": "https://other.test/y",
	} {
		res, err := c.Stream(t.Context(), "GET", ref)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.last(t).URL.String(); got != want || res.Body.(*bodyProbe).closed {
			t.Errorf("%q: %s, want %s; closed: %t", ref, got, want, res.Body.(*bodyProbe).closed)
		}
	}
	if _, err := NewClient(&ClientOptions{Transport: s}).Get(t.Context(), "/x"); err == nil || !strings.Contains(err.Error(), "no scheme") {
		t.Errorf("relative without a base: %v", err)
	}
}

func TestClientOptionsOff(t *testing.T) {
	s := answerWith(respond(302, "", "Location", "/b", "Set-Cookie", "a=1"), respond(200, ""))
	c := NewClient(&ClientOptions{Transport: s, MaxRedirects: None, Jar: NoCookies})
	if res, err := c.Get(t.Context(), "http://example.com/"); err != nil || res.StatusCode != 302 {
		t.Errorf("%v, %v; want the redirect itself", res, err)
	}
	if _, err := c.Get(t.Context(), "http://example.com/"); err != nil || s.last(t).Headers.Has("Cookie") {
		t.Errorf("%v; sent %q, want no cookies", err, lines(s.last(t).Headers))
	}
}

func TestClientRequestFails(t *testing.T) {
	res := respond(200, encode(t, "text", "gzip")[:12], "Content-Encoding", "gzip")
	got, err := NewClient(&ClientOptions{Transport: answerWith(res)}).Get(t.Context(), "http://example.com/")
	if got != nil || !errors.Is(err, ErrDecode) {
		t.Errorf("%v, %v; want only ErrDecode", got, err)
	}
}

func TestClientOnATransport(t *testing.T) {
	s := answerWith()
	c := NewClient(&ClientOptions{Transport: s})
	if c.Transport() != Transport(s) {
		t.Errorf("the transport is %v", c.Transport())
	}
	if got := c.String(); got != "<Client>" {
		t.Errorf("%s, want <Client>", got)
	}
	if err := c.Close(); err != nil || s.closed != 0 {
		t.Errorf("Close: %v, and %d of the transport, which is not the client's", err, s.closed)
	}
}

func TestClientOnAPool(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, "/in", http.StatusSeeOther)
		default:
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte(encode(t, r.Method+" "+r.Header.Get("Cookie"), "gzip")))
		}
	}))
	defer server.Close()
	c := NewClient(nil)
	if got := c.String(); got != "<Client [0 active]>" {
		t.Errorf("%s, want <Client [0 active]>", got)
	}
	res, err := c.Post(t.Context(), server.URL, Form(url.Values{"a": {"b"}}))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := res.Text(); text != "GET seen=1" || err != nil || len(res.History) != 1 {
		t.Errorf("%q, %v, history %v", text, err, res.History)
	}
	for name, shown := range map[string]string{
		"the client":            c.String(),
		"a client on a client":  NewClient(&ClientOptions{Transport: c}).String(),
		"a client on a wrapped": NewClient(&ClientOptions{Transport: Wrap(c, c.Send)}).String(),
	} {
		if shown != "<Client [1 idle]>" {
			t.Errorf("%s: %s, want <Client [1 idle]>: one connection, and it was given back", name, shown)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(t.Context(), server.URL); !errors.Is(err, ErrPoolClosed) {
		t.Errorf("after Close: %v, want %v", err, ErrPoolClosed)
	}
}

func TestDefaultClientKeepsNoCookies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		w.Header().Set("X-Seen", r.Method+" ["+r.Header.Get("Cookie")+"]")
	}))
	defer server.Close()
	defer defaultClient().Transport().(*ConnectionPool).CloseIdle()
	for _, tt := range []struct {
		method string
		send   func(context.Context, string, ...RequestOption) (*Response, error)
	}{
		{"GET", Get}, {"HEAD", Head}, {"POST", Post}, {"PUT", Put}, {"PATCH", Patch}, {"DELETE", Delete},
	} {
		res, err := tt.send(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Headers.Get("X-Seen"); got != tt.method+" []" {
			t.Errorf("%s: the server saw %q", tt.method, got)
		}
	}
}

func TestClientUpgrade(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/moved":
			http.Redirect(w, r, "/v1/echo", http.StatusTemporaryRedirect)
		case r.Header.Get("Upgrade") != "echo":
			http.Error(w, "no such protocol", http.StatusBadRequest)
		default:
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			line, _ := rw.ReadString('\n')
			io.WriteString(conn, line)
		}
	}))
	defer server.Close()
	c := NewClient(&ClientOptions{BaseURL: mustURL(t, server.URL+"/v1/")})
	defer c.Close()

	stream, res, err := c.Upgrade(t.Context(), "GET", "moved", Headers{{"Upgrade", "echo"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if res.StatusCode != 101 || len(res.History) != 1 {
		t.Errorf("%v after %v", res, res.History)
	}
	io.WriteString(stream, "hello\n")
	if echo, err := io.ReadAll(stream); string(echo) != "hello\n" || err != nil {
		t.Errorf("the stream gave %q, %v", echo, err)
	}

	var refused *UpgradeError
	if _, _, err := c.Upgrade(t.Context(), "GET", "echo", Headers{{"Upgrade", "other"}}); !errors.As(err, &refused) {
		t.Fatalf("%v, want a refusal", err)
	}
	if text, err := refused.Response.Text(); text != "no such protocol\n" || err != nil {
		t.Errorf("the refusal says %q, %v", text, err)
	}
}

// One Request may be sent by several goroutines at once: with -race this finds
// a middleware that writes to it.
func TestClientSendsOneRequestOften(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, "/in", http.StatusTemporaryRedirect)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		data, _ := io.ReadAll(r.Body)
		w.Write([]byte(encode(t, string(data), "gzip")))
	}))
	defer server.Close()
	c := NewClient(nil)
	defer c.Close()
	req := mustRequest(t, "POST", server.URL, MultiPart(Part{Name: "a", Content: Text("b")}), Headers{{"Cookie", "own=1"}})
	want, err := contentOf(req)
	if err != nil {
		t.Fatal(err)
	}
	requests := slices.Repeat([]*Request{req}, 64)
	for r := range Gather(t.Context(), c, 8, requests...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if text, _ := r.Response.Text(); text != want {
			t.Errorf("%d: %q, want %q", r.Index, text, want)
		}
	}
}
