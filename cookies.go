package httpx

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// NoCookies is the value of [ClientOptions].Jar that keeps no cookies.
var NoCookies http.CookieJar = noCookies{}

type noCookies struct{}

func (noCookies) SetCookies(*url.URL, []*http.Cookie) {}
func (noCookies) Cookies(*url.URL) []*http.Cookie     { return nil }

// newJar returns a jar that knows the public suffixes: a site under
// example.co.uk cannot set cookies for all of co.uk (RFC 6265 section 5.3).
func newJar() http.CookieJar {
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // it has no error to give
	return jar
}

// Cookies sends the cookies that jar has for the URL of a request, and stores
// those that its response sets (RFC 6265 sections 5.4 and 5.2). Interim
// responses set none. A Set-Cookie that does not parse is passed over.
//
// The cookies stand in one field Cookie behind the caller's own, which the jar
// never sees. A request whose Cookie field is empty is sent without cookies.
// The jar must be safe for several goroutines, as net/http's is.
func Cookies(jar http.CookieJar) Middleware {
	if jar == nil || jar == NoCookies {
		return func(next Transport) Transport { return next }
	}
	return func(next Transport) Transport {
		k := keeper{next: next, jar: jar}
		return Wrap(next, k.send)
	}
}

type keeper struct {
	next Transport
	jar  http.CookieJar
}

func (k keeper) send(ctx context.Context, req *Request) (*Response, error) {
	res, err := k.next.Send(ctx, k.withCookies(req))
	if err != nil {
		return nil, err
	}
	if set := parseSetCookies(res.Headers); len(set) > 0 {
		k.jar.SetCookies(req.URL, set)
	}
	return res, nil
}

// withCookies returns req where it is to be sent as it is, else a copy.
func (k keeper) withCookies(req *Request) *Request {
	own, mentioned := ownCookies(req.Headers)
	if mentioned && own == "" {
		return req.withHeaders(without(req.Headers, "Cookie"))
	}
	line := appendCookies(own, k.jar.Cookies(req.URL))
	if line == own {
		return req
	}
	h := make(Headers, 0, len(req.Headers)+1)
	h = append(h, req.Headers...)
	h.Set("Cookie", line)
	return req.withHeaders(h)
}

// ownCookies joins the Cookie fields of the caller, and says whether there is
// one at all.
func ownCookies(h Headers) (line string, mentioned bool) {
	for _, f := range h {
		if !sameName(f[0], "Cookie") {
			continue
		}
		mentioned = true
		switch {
		case f[1] == "":
		case line == "":
			line = f[1]
		default:
			line += "; " + f[1]
		}
	}
	return line, mentioned
}

func appendCookies(line string, cookies []*http.Cookie) string {
	if len(cookies) == 0 {
		return line
	}
	var b strings.Builder
	b.WriteString(line)
	for _, c := range cookies {
		// Attributes are the jar's alone: name and value are what is sent.
		pair := http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}
		if pair.Valid() != nil {
			continue // it would not arrive as it is
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(pair.String())
	}
	return b.String()
}

func parseSetCookies(h Headers) []*http.Cookie {
	var set []*http.Cookie
	for _, f := range h {
		if !sameName(f[0], "Set-Cookie") {
			continue
		}
		if c, err := http.ParseSetCookie(f[1]); err == nil {
			set = append(set, c)
		}
	}
	return set
}

// without returns h without the fields of that name; h stays as it is.
func without(h Headers, name string) Headers {
	return slices.DeleteFunc(slices.Clone(h), func(f [2]string) bool { return sameName(f[0], name) })
}
