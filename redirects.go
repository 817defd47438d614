package httpx

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/gohttpx/httpx/internal/redact"
)

// defaultMaxRedirects is how many redirects are followed where nobody says.
const defaultMaxRedirects = 20

// What is read of the body of a redirect so that its connection can serve on.
const (
	redirectDrainBytes = 64 << 10
	redirectDrainTime  = 50 * time.Millisecond
)

// FollowRedirects follows the redirects 301, 302, 303, 307 and 308 (RFC 9110
// section 15.4), at most max in a row: 0 means 20, [None] follows none. One
// more is [ErrTooManyRedirects].
//
// The responses that led on are in the History of the last one, their bodies
// closed. 303 asks with GET, as 301 and 302 do after a POST; HEAD stays HEAD.
// Where the method changes like that the content goes, and with it the fields
// that describe it. 307, 308 and the rest keep method and content.
//
// Fields that carry a credential are dropped for good on the first step to
// another origin (scheme, host or port), and so is a Host field. They are known
// by their names: Authorization, Cookie, X-Api-Key, and every other that has
// auth, cookie, token, secret, password, passwd, credential, api-key, apikey,
// access-key, subscription-key, signature, session, csrf or xsrf in it. What is
// secret under another name goes along. A Referer is not added, and never taken
// from https to http. Everything else of the request goes along, its Route
// included.
//
// What cannot be followed is returned as it is, its body unread: a redirect
// without a Location, or with one that does not parse or is not of http or
// https; one that would send again a content that opens once; an answer to
// CONNECT.
func FollowRedirects(max int) Middleware {
	switch {
	case max == 0:
		max = defaultMaxRedirects
	case max < 0:
		return func(next Transport) Transport { return next }
	}
	return func(next Transport) Transport {
		f := follower{next: next, max: max}
		return Wrap(next, f.send)
	}
}

type follower struct {
	next Transport
	max  int
}

func (f follower) send(ctx context.Context, req *Request) (*Response, error) {
	start := time.Now()
	res, err := f.next.Send(ctx, req)
	if err != nil || !isRedirect(res.StatusCode) {
		return res, err
	}
	return f.follow(ctx, req, res, start)
}

// follow goes on from the first redirect; start is when Send was called.
func (f follower) follow(ctx context.Context, req *Request, res *Response, start time.Time) (*Response, error) {
	var history []*Response
	for {
		hop, ok := nextHop(req, res)
		if !ok {
			break
		}
		if len(history) == f.max {
			hop.release()
			res.Close()
			return nil, f.tooMany(hop.req, res, start)
		}
		finish(res)
		if res.Request == nil {
			res.Request = req
		}
		history = append(history, res)

		var err error
		req = hop.req
		res, err = f.next.Send(ctx, req)
		hop.release()
		if err != nil {
			return nil, err
		}
	}
	res.History = append(history, res.History...)
	return res, nil
}

func (f follower) tooMany(next *Request, res *Response, start time.Time) error {
	return answeredError(next, res, start, Error{
		Kind:  ErrTooManyRedirects,
		Phase: PhaseDone,
		Err:   fmt.Errorf("%d followed, the next would lead to %s", f.max, redact.URL(next.URL)),
	})
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// A hop is the request that follows from a redirect.
type hop struct {
	req    *Request
	opened *openedContent // nil where the content was not opened beforehand
}

// release closes what was opened beforehand and not taken.
func (h hop) release() {
	if h.opened != nil {
		h.opened.release()
	}
}

// nextHop makes the request that res, an answer to req, asks for; not ok where
// there is none, or it cannot be sent.
func nextHop(req *Request, res *Response) (h hop, ok bool) {
	if !isRedirect(res.StatusCode) || req.method() == "CONNECT" {
		return hop{}, false
	}
	to, ok := location(req.URL, res.Headers)
	if !ok {
		return hop{}, false
	}
	next := req.clone()
	next.URL = to
	next.Target = "" // it was the target of the first URL
	if dropsContent(req.method(), res.StatusCode) {
		next.withoutContent()
	}
	if !sameOrigin(req.URL, to) {
		next.withoutSecrets()
	}
	if req.URL.Scheme == "https" && to.Scheme == "http" {
		next.Headers.Del("Referer") // RFC 9110 section 10.1.3
	}
	if next.check() != nil {
		return hop{}, false
	}
	h.req = next
	if next.Content != nil {
		if h.opened, ok = openAgain(next.Content); !ok {
			return hop{}, false
		}
		if h.opened != nil {
			next.Content = h.opened
		}
	}
	return h, true
}

// location resolves the Location among h against the URL of the request (RFC
// 9110 section 10.2.2). Two that differ are none.
func location(base *url.URL, h Headers) (*url.URL, bool) {
	values := h.Values("Location")
	if len(values) == 0 || values[0] == "" || slices.ContainsFunc(values, func(v string) bool { return v != values[0] }) {
		return nil, false
	}
	ref, err := url.Parse(values[0])
	if err != nil {
		return nil, false
	}
	to := base.ResolveReference(ref)
	if to.Scheme != "http" && to.Scheme != "https" {
		return nil, false
	}
	if ref.Fragment == "" { // it is inherited: same section
		to.Fragment, to.RawFragment = base.Fragment, base.RawFragment
	}
	to.RawQuery = escapeQuery(to.RawQuery)
	return to, true
}

// escapeQuery percent-encodes what servers write into the query of a Location
// though it must not stand in a request target: spaces and whatever is not
// ASCII. Browsers do the same.
func escapeQuery(raw string) string {
	const hex = "0123456789ABCDEF"
	if !slices.ContainsFunc([]byte(raw), needsQueryEscape) {
		return raw
	}
	b := make([]byte, 0, len(raw)+8)
	for i := range len(raw) {
		if c := raw[i]; needsQueryEscape(c) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func needsQueryEscape(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' }

// dropsContent reports whether the next request asks for something rather than
// sends it again: after 303 always, after 301 and 302 where the method was
// POST, for the reasons of history that RFC 9110 section 15.4.2 gives.
func dropsContent(method string, status int) bool {
	switch status {
	case 303:
		return true
	case 301, 302:
		return method == "POST"
	}
	return false
}

// withoutContent makes r a GET without content, or leaves it a HEAD (RFC 9110
// section 15.4).
func (r *Request) withoutContent() {
	if r.method() != "HEAD" {
		r.Method = "GET"
	}
	r.Content = nil
	r.Trailers = nil
	r.Headers = slices.DeleteFunc(r.Headers, func(f [2]string) bool { return describesContent(f[0]) })
}

func describesContent(name string) bool {
	const prefix = "Content-"
	if len(name) > len(prefix) && sameName(name[:len(prefix)], prefix) {
		return true
	}
	for _, n := range [...]string{"Digest", "Repr-Digest", "Expect", "Trailer", "Last-Modified"} {
		if sameName(name, n) {
			return true
		}
	}
	return false
}

// withoutSecrets takes out what belongs to the origin that r was for.
func (r *Request) withoutSecrets() {
	r.Headers = slices.DeleteFunc(r.Headers, func(f [2]string) bool { return isSecret(f) || sameName(f[0], "Host") })
	r.Trailers = slices.DeleteFunc(slices.Clone(r.Trailers), isSecret)
}

// isSecret reports whether f carries a credential. An empty field does not: it
// says that a default is not wanted, which holds for every hop.
func isSecret(f [2]string) bool { return f[1] != "" && redact.IsSecret(f[0]) }

// finish ends a response that nobody will read: the body is read to its end
// within bounds, so that the connection can serve on, and closed.
func finish(res *Response) {
	if res.Body == nil {
		return
	}
	// Close may run beside a Read and ends it: a bound without a goroutine.
	timer := time.AfterFunc(redirectDrainTime, func() { res.Body.Close() })
	io.CopyN(io.Discard, res.Body, redirectDrainBytes)
	timer.Stop()
	res.Body.Close()
}
