package httpx

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestCookies(t *testing.T) {
	s := answerWith(
		respond(200, "", "Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=two; Secure", "Set-Cookie", "=nonsense", "set-cookie", "c=\"3\"; HttpOnly"),
		respond(200, ""), respond(200, ""), respond(200, ""),
	)
	tr := Cookies(newJar())(s)
	for _, tt := range []struct {
		url  string
		own  Headers
		want string // the Cookie fields sent
	}{
		{"https://example.com/x", nil, ""},
		{"https://example.com/y", nil, "Cookie: a=1; b=two; c=\"3\"\n"},
		{"http://example.com/", Headers{{"cookie", "own=0"}, {"Cookie", "own=1"}}, "Cookie: own=0; own=1; a=1; c=\"3\"\n"},
		{"https://other.example/", Headers{{"cookie", "own=0"}}, "cookie: own=0\n"},
	} {
		req := mustRequest(t, "GET", tt.url, tt.own)
		mustSend(t, tr, req)
		if got := lines(s.last(t).Headers); got != tt.want {
			t.Errorf("to %s: sent %q, want %q", tt.url, got, tt.want)
		}
		if !slices.Equal(req.Headers, tt.own) {
			t.Errorf("to %s: the caller's request was changed to %q", tt.url, lines(req.Headers))
		}
	}
}

func TestCookiesNotWanted(t *testing.T) {
	jar := newJar()
	jar.SetCookies(&url.URL{Scheme: "http", Host: "example.com"}, []*http.Cookie{{Name: "a", Value: "1"}})
	s := answerWith(respond(200, "", "Set-Cookie", "b=2"))
	mustSend(t, Cookies(jar)(s), mustRequest(t, "GET", "http://example.com/", Headers{{"Cookie", ""}, {"X", "y"}}))
	if got := lines(s.last(t).Headers); got != "X: y\n" {
		t.Errorf("sent %q, want no cookies", got)
	}
	if got := len(jar.Cookies(&url.URL{Scheme: "http", Host: "example.com", Path: "/"})); got != 2 {
		t.Errorf("%d cookies in the jar, want 2: what the response sets is kept", got)
	}
}

func TestCookiesOfAPublicSuffix(t *testing.T) {
	s := answerWith(respond(200, "", "Set-Cookie", "a=1; Domain=co.uk"), respond(200, ""))
	tr := Cookies(newJar())(s)
	mustSend(t, tr, mustRequest(t, "GET", "http://one.co.uk/"))
	mustSend(t, tr, mustRequest(t, "GET", "http://two.co.uk/"))
	if s.last(t).Headers.Has("Cookie") {
		t.Error("a cookie for all of co.uk was taken")
	}
}

func TestCookiesOfRedirects(t *testing.T) {
	s := answerWith(
		respond(302, "", "Location", "/in", "Set-Cookie", "session=1"),
		respond(200, "welcome"),
	)
	tr := FollowRedirects(0)(Cookies(newJar())(s))
	mustSend(t, tr, mustRequest(t, "POST", "http://example.com/login", Headers{{"Cookie", "own=1"}}))
	if got := s.last(t).Headers.Get("Cookie"); got != "own=1; session=1" {
		t.Errorf("the hop sent %q: it wants the cookie of the redirect, once", got)
	}
}

// A carelessJar has cookies that must not reach the wire as they are.
type carelessJar struct{ noCookies }

func (carelessJar) Cookies(*url.URL) []*http.Cookie {
	return []*http.Cookie{
		{Name: "bad name", Value: "x"},
		{Name: "split", Value: "a\r\nX-Evil: 1; b"},
		{Name: "attributes", Value: "x", Domain: "example.com", Path: "/", Secure: true},
	}
}

func TestCookiesOfACarelessJar(t *testing.T) {
	s := answerWith(respond(200, ""))
	mustSend(t, Cookies(carelessJar{})(s), mustRequest(t, "GET", "http://example.com/"))
	if got := s.last(t).Headers.Get("Cookie"); got != "attributes=x" {
		t.Errorf("sent %q, want the one that is sound", got)
	}
}

func TestNoCookies(t *testing.T) {
	s := answerWith()
	for _, jar := range []http.CookieJar{nil, NoCookies} {
		if Cookies(jar)(s) != Transport(s) {
			t.Errorf("%v: something was put around the transport", jar)
		}
	}
	NoCookies.SetCookies(&url.URL{Scheme: "http", Host: "example.com"}, []*http.Cookie{{Name: "a", Value: "1"}})
	if got := NoCookies.Cookies(&url.URL{Scheme: "http", Host: "example.com"}); len(got) != 0 {
		t.Errorf("NoCookies kept %v", got)
	}
}
