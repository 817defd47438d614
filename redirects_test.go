package httpx

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func redirect(status int, location string) *Response {
	return respond(status, "moved", "Location", location)
}

func TestRedirectMethodAndContent(t *testing.T) {
	for _, tt := range []struct {
		method string
		status int
		want   string // method and content of the second request
	}{
		{"GET", 301, "GET "}, {"GET", 302, "GET "}, {"GET", 303, "GET "}, {"GET", 307, "GET "}, {"GET", 308, "GET "},
		{"HEAD", 301, "HEAD "}, {"HEAD", 302, "HEAD "}, {"HEAD", 303, "HEAD "}, {"HEAD", 307, "HEAD "},
		{"POST", 301, "GET "}, {"POST", 302, "GET "}, {"POST", 303, "GET "}, {"POST", 307, "POST x=1"}, {"POST", 308, "POST x=1"},
		{"PUT", 301, "PUT x=1"}, {"PUT", 302, "PUT x=1"}, {"PUT", 303, "GET "}, {"PUT", 307, "PUT x=1"}, {"PUT", 308, "PUT x=1"},
		{"DELETE", 302, "DELETE "}, {"DELETE", 303, "GET "},
	} {
		var options []RequestOption
		if tt.method == "POST" || tt.method == "PUT" {
			options = append(options, Text("x=1"), Headers{{"Content-Language", "la"}, {"X-Kept", "1"}}, Trailers(Headers{{"X-Sum", "9"}}))
		}
		req := mustRequest(t, tt.method, "http://example.com/a", options...)
		s := answerWith(redirect(tt.status, "/b"), respond(200, "ok"))
		res := mustSend(t, FollowRedirects(0)(s), req)

		hop := s.last(t)
		if got := hop.Method + " " + s.bodies[1]; got != tt.want {
			t.Errorf("%s answered %d: went on as %q, want %q", tt.method, tt.status, got, tt.want)
		}
		keeps := hop.Content != nil
		if len(options) > 0 && (hop.Headers.Has("Content-Language") != keeps || (hop.Trailers != nil) != keeps || !hop.Headers.Has("X-Kept")) {
			t.Errorf("%s answered %d: fields %q and trailers %q", tt.method, tt.status, lines(hop.Headers), lines(hop.Trailers))
		}
		if got := hop.URL.String(); got != "http://example.com/b" || res.Request != hop {
			t.Errorf("%s answered %d: went to %s, and the response is to %v", tt.method, tt.status, got, res.Request)
		}
		if len(res.History) != 1 || res.History[0].StatusCode != tt.status || res.History[0].Request.URL.Path != "/a" {
			t.Errorf("%s answered %d: history %v", tt.method, tt.status, res.History)
		}
	}
}

func TestRedirectLocation(t *testing.T) {
	for _, tt := range []struct{ from, location, want string }{
		{"http://example.com/a/b?c=d", "e", "http://example.com/a/e"},
		{"http://example.com/a/b", "/x/../y", "http://example.com/y"},
		{"http://example.com/a/b", "?q=1", "http://example.com/a/b?q=1"},
		{"http://example.com/a", "//other.example/b", "http://other.example/b"},
		{"http://example.com/a", "HTTPS://other.example/b", "https://other.example/b"},
		{"http://example.com/a#top", "/b", "http://example.com/b#top"},
		{"http://example.com/a#top", "/b#end", "http://example.com/b#end"},
		{"http://example.com/a", "/b?q=a b&r=ü\"<>", "http://example.com/b?q=a%20b&r=%C3%BC%22%3C%3E"},
		{"http://example.com/a", "/b c/ü", "http://example.com/b%20c/%C3%BC"},
		{"https://example.com/a", "http://example.com/", "http://example.com/"},
	} {
		s := answerWith(redirect(302, tt.location), respond(200, ""))
		mustSend(t, FollowRedirects(0)(s), mustRequest(t, "GET", tt.from))
		if got := s.last(t).URL.String(); got != tt.want {
			t.Errorf("%s and %q: %s, want %s", tt.from, tt.location, got, tt.want)
		}
	}
}

func TestRedirectReturnedAsItIs(t *testing.T) {
	post := func(c Content) *Request { return mustRequest(t, "POST", "http://example.com/", Body{c}) }
	get := mustRequest(t, "GET", "http://example.com/")
	connect := mustRequest(t, "CONNECT", "http://example.com/")
	for _, tt := range []struct {
		name string
		req  *Request
		res  *Response
	}{
		{"not a redirect", get, redirect(200, "/b")},
		{"300 is for the user to choose", get, redirect(300, "/b")},
		{"304 leads nowhere", get, redirect(304, "/b")},
		{"no Location", get, respond(302, "moved")},
		{"an empty Location", get, redirect(302, "")},
		{"two Locations that differ", get, respond(302, "moved", "Location", "/a", "Location", "/b")},
		{"a Location that does not parse", get, redirect(302, "http://[::1/")},
		{"another scheme", get, redirect(302, "ftp://example.com/")},
		{"a script", get, redirect(302, "javascript:alert(1)")},
		{"no host", get, redirect(302, "http:///b")},
		{"307 with a content that opens once", post(Reader(strings.NewReader("x"), 1)), redirect(307, "/b")},
		{"a part that opens once", post(MultiPart(Part{Name: "a", Content: Reader(strings.NewReader("x"), 1)})), redirect(308, "/b")},
		{"a content that does not open again", post(&fickleContent{Body: Text("x"), good: 1}), redirect(307, "/b")},
		{"CONNECT", connect, redirect(307, "/b")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := answerWith(tt.res)
			res := mustSend(t, FollowRedirects(0)(s), tt.req)
			if res != tt.res || len(res.History) != 0 {
				t.Errorf("got %v with history %v", res, res.History)
			}
			if text, err := res.Text(); text != "moved" || err != nil {
				t.Errorf("its body: %q, %v", text, err)
			}
		})
	}
}

// A trailer can carry a secret as a field does: it stays with its origin.
func TestRedirectTrailersKeepSecrets(t *testing.T) {
	for to, want := range map[string]string{
		"/b":                      "X-Session-Token: s\nX-Sum: 9\n",
		"http://other.example/b":  "X-Sum: 9\n",
		"https://example.com/b":   "X-Sum: 9\n",
		"http://example.com:81/b": "X-Sum: 9\n",
	} {
		req := mustRequest(t, "PUT", "http://example.com/a", Text("x"), Trailers(Headers{{"X-Session-Token", "s"}, {"X-Sum", "9"}}))
		s := answerWith(redirect(307, to), respond(200, "ok"))
		mustSend(t, FollowRedirects(0)(s), req)
		if got := lines(s.last(t).Trailers); got != want {
			t.Errorf("to %s: the trailers are %q, want %q", to, got, want)
		}
		if got := req.Trailers.Get("X-Session-Token"); got != "s" {
			t.Errorf("to %s: the caller's trailers were changed", to)
		}
	}
}

// A fickleContent opens so many times, and counts what is open.
type fickleContent struct {
	Body
	good int
	open int
}

func (f *fickleContent) Open() (io.ReadCloser, error) {
	if f.good == 0 {
		return nil, errors.New("gone")
	}
	f.good--
	f.open++
	r, err := f.Body.Open()
	return gaugedReader{r, &f.open}, err
}

func TestRedirectOpensEachTime(t *testing.T) {
	content := &fickleContent{Body: Text("x"), good: 3}
	s := answerWith(redirect(307, "/b"), redirect(308, "/c"), respond(200, "ok"))
	mustSend(t, FollowRedirects(0)(s), mustRequest(t, "POST", "http://example.com/", Body{content}))
	if got := strings.Join(s.bodies, ","); got != "x,x,x" {
		t.Errorf("sent %q", got)
	}
	if content.good != 0 || content.open != 0 {
		t.Errorf("%d openings left over, %d readers open", content.good, content.open)
	}
}

func TestRedirectReleasesWhatWasNotSent(t *testing.T) {
	content := &fickleContent{Body: Text("x"), good: 1}
	broken := errors.New("no connection")
	first := true
	tr := Wrap(answerWith(), func(context.Context, *Request) (*Response, error) {
		if first {
			first = false
			return redirect(307, "/b"), nil
		}
		return nil, broken // before it opened the content
	})
	_, err := FollowRedirects(0)(tr).Send(t.Context(), mustRequest(t, "POST", "http://example.com/", Body{content}))
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if content.good != 0 || content.open != 0 {
		t.Errorf("%d openings left over, %d readers open", content.good, content.open)
	}
}

func TestRedirectSecrets(t *testing.T) {
	const secrets = "Authorization: Basic x\nProxy-Authorization: y\nCookie: a=b\nX-Api-Key: k\n"
	for _, tt := range []struct {
		name string
		hops []string // where each redirect leads
		want string   // fields of the last request
	}{
		{"the same origin", []string{"/b", "https://EXAMPLE.com:443/c"},
			secrets + "Host: virtual\nReferer: https://example.com/from\nX-Own: 1\n"},
		{"another host", []string{"https://other.example/"}, "Referer: https://example.com/from\nX-Own: 1\n"},
		{"a subdomain", []string{"https://www.example.com/"}, "Referer: https://example.com/from\nX-Own: 1\n"},
		{"another port", []string{"https://example.com:8443/"}, "Referer: https://example.com/from\nX-Own: 1\n"},
		{"a downgrade", []string{"http://example.com/"}, "X-Own: 1\n"},
		{"there and back", []string{"https://other.example/", "https://example.com/a"}, "Referer: https://example.com/from\nX-Own: 1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := mustRequest(t, "GET", "https://example.com/a", Headers{
				{"Authorization", "Basic x"}, {"Proxy-Authorization", "y"}, {"Cookie", "a=b"}, {"X-Api-Key", "k"},
				{"Host", "virtual"}, {"Referer", "https://example.com/from"}, {"X-Own", "1"},
			})
			before := lines(req.Headers)
			var responses []*Response
			for _, hop := range tt.hops {
				responses = append(responses, redirect(302, hop))
			}
			s := answerWith(append(responses, respond(200, ""))...)
			mustSend(t, FollowRedirects(0)(s), req)
			if got := lines(s.last(t).Headers); got != tt.want {
				t.Errorf("sent\n%swant\n%s", got, tt.want)
			}
			if got := lines(req.Headers); got != before || req.URL.Path != "/a" {
				t.Errorf("the caller's request was changed: %v\n%s", req, got)
			}
		})
	}
}

func TestRedirectKeepsTheRest(t *testing.T) {
	var interim int
	req := mustRequest(t, "GET", "http://example.com/", Direct, NoReplay, Timeouts{Read: time.Second},
		OnInterim(func(int, Headers) { interim++ }), Headers{{"Cookie", ""}})
	req.Target = "*"
	s := answerWith(redirect(307, "http://other.example/"), respond(200, ""))
	mustSend(t, FollowRedirects(0)(s), req)
	hop := s.last(t)
	hop.OnInterim(103, nil)
	if hop.Route == nil || !hop.NoReplay || hop.Timeouts.Read != time.Second || interim != 1 {
		t.Errorf("lost on the way: %+v", hop)
	}
	if hop.Target != "" {
		t.Errorf("the target %q of the first URL went along", hop.Target)
	}
	if !hop.Headers.Has("Cookie") {
		t.Error("the wish for no cookies was lost")
	}
}

func TestTooManyRedirects(t *testing.T) {
	const standard = 20
	for _, tt := range []struct{ max, allowed int }{{0, standard}, {1, 1}, {3, 3}, {Unlimited, 50}} {
		var sent int
		var last *bodyProbe
		s := new(script)
		s.answer = func(*Request) (*Response, error) {
			if sent++; tt.max == Unlimited && sent > tt.allowed {
				return respond(200, ""), nil
			}
			res := redirect(302, "/again?token=secret")
			last = res.Body.(*bodyProbe)
			return res, nil
		}
		res, err := FollowRedirects(tt.max)(s).Send(t.Context(), mustRequest(t, "GET", "http://example.com:8080/"))
		if tt.max == Unlimited {
			if err != nil || len(res.History) != tt.allowed {
				t.Errorf("unlimited: %v, %v", res, err)
			}
			continue
		}
		var e *Error
		if !errors.Is(err, ErrTooManyRedirects) || !errors.As(err, &e) || e.Origin != "http://example.com:8080" || e.Progress != Answered {
			t.Fatalf("max %d: %#v", tt.max, err)
		}
		if sent != tt.allowed+1 || !last.closed {
			t.Errorf("max %d: %d requests, the last body closed: %t", tt.max, sent, last.closed)
		}
		if text := err.Error(); !strings.Contains(text, "the next would lead to http://example.com:8080/again?token=…") || strings.Contains(text, "secret") {
			t.Errorf("max %d: %s", tt.max, text)
		}
	}
}

func TestNoRedirects(t *testing.T) {
	s := answerWith(redirect(302, "/b"))
	if FollowRedirects(None)(s) != Transport(s) {
		t.Error("something was put around the transport")
	}
}

func TestRedirectHistory(t *testing.T) {
	s := answerWith(redirect(301, "/b"), redirect(302, "/c"), respond(200, "ok"))
	res := mustSend(t, FollowRedirects(0)(s), mustRequest(t, "GET", "http://example.com/a"))
	var got []string
	for _, r := range res.History {
		got = append(got, r.Request.URL.Path+" "+r.String())
		probe := r.Body.(*bodyProbe)
		if !probe.atEnd || !probe.closed {
			t.Errorf("%v: its body was read to the end: %t, closed: %t", r, probe.atEnd, probe.closed)
		}
	}
	if want := "/a <Response [301 Moved Permanently]>, /b <Response [302 Found]>"; strings.Join(got, ", ") != want {
		t.Errorf("history %q, want %q", got, want)
	}
	if text, err := res.Text(); text != "ok" || err != nil {
		t.Errorf("the last body: %q, %v", text, err)
	}
}

// A slowBody yields nothing until it is closed.
type slowBody struct{ done chan struct{} }

func (b slowBody) Read([]byte) (int, error) {
	<-b.done
	return 0, errBodyClosed
}

func (b slowBody) Close() error {
	select {
	case <-b.done:
	default:
		close(b.done)
	}
	return nil
}

func TestRedirectDoesNotWaitForASlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := redirect(302, "/b")
		slow.Body = slowBody{make(chan struct{})}
		start := time.Now()
		mustSend(t, FollowRedirects(0)(answerWith(slow, respond(200, ""))), mustRequest(t, "GET", "http://example.com/"))
		if took := time.Since(start); took != redirectDrainTime {
			t.Errorf("it took %v, want %v", took, redirectDrainTime)
		}
	})
}

func TestRedirectReadsNoEndlessBody(t *testing.T) {
	endless := redirect(302, "/b")
	var n int
	endless.Body = &bodyProbe{Reader: readerFunc(func(p []byte) (int, error) {
		n += len(p)
		return len(p), nil
	})}
	mustSend(t, FollowRedirects(0)(answerWith(endless, respond(200, ""))), mustRequest(t, "GET", "http://example.com/"))
	if n != redirectDrainBytes {
		t.Errorf("%d bytes were read, want %d", n, redirectDrainBytes)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzLocation(f *testing.F) {
	f.Add("http://example.com/a?b#c", "../x y?ü#frag")
	f.Add("https://example.com/", "//user:pass@evil.example:99999/%zz")
	f.Fuzz(func(t *testing.T, from, to string) {
		base, err := url.Parse(from)
		if err != nil || (&Request{URL: base}).check() != nil {
			return
		}
		h, ok := nextHop(&Request{URL: base, Headers: Headers{{"Authorization", "secret"}}}, redirect(302, to))
		if !ok {
			return
		}
		if err := h.req.check(); err != nil {
			t.Errorf("followed to what cannot be sent: %v", err)
		}
		if strings.ContainsFunc(h.req.URL.RawQuery, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("query %q", h.req.URL.RawQuery)
		}
		if h.req.Headers.Has("Authorization") && h.req.URL.Scheme+h.req.URL.Hostname() != base.Scheme+base.Hostname() &&
			!sameOrigin(base, h.req.URL) {
			t.Errorf("the secret of %s went to %s", base, h.req.URL)
		}
	})
}
