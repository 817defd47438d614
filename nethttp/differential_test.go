package nethttp_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/nethttp"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// A sample is one exchange that both transports are put through.
type sample struct {
	name    string
	method  string
	body    string
	reader  func(body string) io.Reader // nil: strings.NewReader where there is a body
	change  func(*http.Request)
	answer  string // ok where empty
	closes  bool   // the connection ends with the answer
	refused bool   // nothing may reach the server
}

func (s sample) request(t *testing.T, address string) *http.Request {
	t.Helper()
	var body io.Reader
	switch {
	case s.reader != nil:
		body = s.reader(s.body)
	case s.body != "":
		body = strings.NewReader(s.body)
	}
	method := s.method
	if method == "" {
		method = "GET"
	}
	r, err := http.NewRequest(method, "http://"+address+"/path?q=1", body)
	if err != nil {
		t.Fatal(err)
	}
	if s.change != nil {
		s.change(r)
	}
	return r
}

// unknown hides everything of a reader but its bytes.
func unknown(body string) io.Reader { return struct{ io.Reader }{strings.NewReader(body)} }

func set(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func length(head, body string) string {
	return "HTTP/1.1 " + head + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

var requests = []sample{
	{name: "plain"},
	{name: "no method", change: func(r *http.Request) { r.Method = "" }},
	{name: "fields", change: func(r *http.Request) {
		r.Header.Add("B", "2")
		r.Header.Add("A", "1")
		r.Header.Add("A", "3")
		r.Header.Add("A", " spaced\t")
		r.Header["odd-Case"] = []string{"kept"}
		r.Header["Empty"] = []string{""}
		r.Header["None"] = nil
	}},
	{name: "many fields", change: func(r *http.Request) {
		for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
			r.Header.Set("X-"+string(c), strings.Repeat(string(c), 10))
		}
	}},
	{name: "nil header", change: func(r *http.Request) { r.Header = http.Header{} }},
	{name: "user agent", change: set("User-Agent", "me/1", "you/2")},
	{name: "no user agent", change: set("User-Agent", "")},
	{name: "nil user agent", change: set("User-Agent")},
	{name: "padded user agent", change: set("User-Agent", " me/1 ")},
	{name: "blank user agent", change: set("User-Agent", " ")},
	{name: "empty encoding", change: set("Accept-Encoding", "")},
	{name: "own encoding of a range", change: func(r *http.Request) {
		set("Range", "bytes=0-1")(r)
		set("Accept-Encoding", "")(r)
	}},
	{name: "names as they are", change: set("accept-encoding", "br")},
	{name: "closing, but saying keep-alive", change: func(r *http.Request) {
		set("Connection", "keep-alive")(r)
		r.Close = true
	}},
	{name: "host", change: func(r *http.Request) { r.Host = "www.example.com" }},
	{name: "no host", change: func(r *http.Request) { r.Host = "" }},
	{name: "host in other letters", change: func(r *http.Request) { r.Host = "bücher.example:81" }},
	{name: "host with a zone", change: func(r *http.Request) { r.Host = "[fe80::1%eth0]:80" }},
	{name: "ignored fields", method: "POST", body: "body", change: func(r *http.Request) {
		r.Header.Set("Host", "wrong.example")
		r.Header.Set("Content-Length", "17")
		r.Header.Set("Transfer-Encoding", "gzip")
		r.Header.Set("Trailer", "Wrong")
	}},
	{name: "user in the URL", change: func(r *http.Request) { r.URL.User = url.UserPassword("me", "secret") }},
	{name: "fragment", change: func(r *http.Request) { r.URL.Fragment = "here" }},
	{name: "escaped path", change: func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b c", "/a%2Fb%20c" }},
	{name: "no path", change: func(r *http.Request) { r.URL.Path = "" }},
	{name: "empty query", change: func(r *http.Request) { r.URL.RawQuery, r.URL.ForceQuery = "", true }},
	{name: "opaque", change: func(r *http.Request) { r.URL.Opaque = "/what/ever" }},
	{name: "opaque with host", change: func(r *http.Request) { r.URL.Opaque = "//other.example/what" }},
	{name: "options of the server", method: "OPTIONS", change: func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "*", "" }},
	{name: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
	{name: "odd method", method: "BREW"},
	{name: "odd method with a body", method: "BREW", body: "tea"},
	{name: "close", change: func(r *http.Request) { r.Close = true }},
	{name: "close twice", change: func(r *http.Request) { r.Close = true; r.Header.Set("Connection", "keep-alive, Close") }},
	{name: "own encoding", change: set("Accept-Encoding", "br")},
	{name: "range", change: set("Range", "bytes=0-1")},
	{name: "expect", method: "POST", body: "awaited", change: set("Expect", "100-continue")},

	{name: "POST", method: "POST", body: "body"},
	{name: "POST large", method: "POST", body: strings.Repeat("0123456789abcdef", 20<<10)},
	{name: "POST of a buffer", method: "POST", body: "body", reader: func(s string) io.Reader { return bytes.NewBufferString(s) }},
	{name: "POST unknown", method: "POST", body: "body", reader: unknown},
	{name: "POST unknown large", method: "POST", body: strings.Repeat("0123456789abcdef", 20<<10), reader: unknown},
	{name: "POST unknown, empty", method: "POST", reader: unknown},
	{name: "POST unknown with a length", method: "POST", body: "body", reader: unknown, change: func(r *http.Request) { r.ContentLength = 4 }},
	{name: "POST known, length 0", method: "POST", body: "body", change: func(r *http.Request) { r.ContentLength = 0 }},
	{name: "POST known, length -1", method: "POST", body: "body", change: func(r *http.Request) { r.ContentLength = -1 }},
	{name: "POST chunked by wish", method: "POST", body: "body", change: func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }},
	{name: "POST identity", method: "POST", body: "body", change: func(r *http.Request) { r.TransferEncoding = []string{"identity"} }},
	{name: "POST nothing", method: "POST"},
	{name: "POST NoBody", method: "POST", change: func(r *http.Request) { r.Body = http.NoBody }},
	{name: "PUT nothing", method: "PUT"},
	{name: "PATCH nothing", method: "PATCH"},
	{name: "DELETE nothing", method: "DELETE"},
	{name: "DELETE identity", method: "DELETE", change: func(r *http.Request) {
		r.Body, r.TransferEncoding = http.NoBody, []string{"identity"}
	}},
	{name: "GET identity", change: func(r *http.Request) {
		r.Body, r.TransferEncoding = http.NoBody, []string{"identity"}
	}},
	{name: "DELETE with a body", method: "DELETE", body: "body"},
	{name: "GET with a body", body: "body"},
	{name: "GET unknown, empty", reader: unknown},
	{name: "GET unknown, a byte", body: "b", reader: unknown},
	{name: "GET unknown", body: "body", reader: unknown},
	{name: "DELETE unknown, empty", method: "DELETE", reader: unknown},
	{name: "GET chunked by wish, empty", reader: unknown, change: func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }},
	{name: "trailers", method: "POST", body: "body", reader: unknown, change: func(r *http.Request) {
		r.Trailer = http.Header{"B": {"late"}, "A": {"early"}}
	}},
	{name: "trailers that come with the end", method: "POST", reader: unknown, change: func(r *http.Request) {
		r.Trailer = http.Header{"Sum": nil}
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("body"), atEnd(func() { r.Trailer["Sum"] = []string{"42"} })))
	}},
	{name: "trailers with a length", method: "POST", body: "body", change: func(r *http.Request) {
		r.Trailer = http.Header{"A": {"early"}}
	}},
	{name: "trailers without a body", method: "POST", change: func(r *http.Request) {
		r.Trailer = http.Header{"A": {"early"}}
	}},
	{name: "trailers of a GET", body: "body", reader: unknown, change: func(r *http.Request) {
		r.Trailer = http.Header{"A": {"early"}}
	}},

	{name: "no URL", refused: true, change: func(r *http.Request) { r.URL = nil }},
	{name: "no host in the URL", refused: true, change: func(r *http.Request) { r.URL.Host = "" }},
	{name: "another scheme", refused: true, change: func(r *http.Request) { r.URL.Scheme = "gopher" }},
	{name: "no scheme", refused: true, change: func(r *http.Request) { r.URL.Scheme = "" }},
	{name: "bad method", refused: true, change: func(r *http.Request) { r.Method = "GE T" }},
	{name: "bad field name", refused: true, change: set("Bad Name", "x")},
	{name: "empty field name", refused: true, change: set("", "x")},
	{name: "bad field value", refused: true, change: set("A", "x\r\nInjected: y")},
	{name: "bad trailer name", method: "POST", body: "x", reader: unknown, refused: true, change: func(r *http.Request) {
		r.Trailer = http.Header{"Bad Name": {"x"}}
	}},
	{name: "forbidden trailer name", method: "POST", body: "x", reader: unknown, refused: true, change: func(r *http.Request) {
		r.Trailer = http.Header{"Content-Length": {"1"}}
	}},
	{name: "bad trailer value", method: "POST", body: "x", reader: unknown, refused: true, change: func(r *http.Request) {
		r.Trailer = http.Header{"A": {"x\ny"}}
	}},
	{name: "a length without a body", refused: true, change: func(r *http.Request) { r.ContentLength = 3 }},
	{name: "a control byte in the query", refused: true, change: func(r *http.Request) { r.URL.RawQuery = "a\r\nb" }},
}

// atEnd is an empty reader that calls f when it is read.
type atEnd func()

func (f atEnd) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

var responses = []sample{
	{name: "length"},
	{name: "length 0", answer: length("200 OK", "")},
	{name: "length twice", answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"},
	{name: "large", answer: length("200 OK\r\nX: y", strings.Repeat("0123456789abcdef", 20<<10))},
	{name: "chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
	{name: "chunked, empty", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{name: "trailers", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A, b\r\nTrailer: C\r\n\r\n2\r\nok\r\n0\r\nA: 1\r\nb: 2\r\na: 3\r\n\r\n"},
	{name: "trailers without a word", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: 1\r\n\r\n"},
	{name: "trailers that do not come", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
	{name: "Trailer without chunks", answer: length("200 OK\r\nTrailer: A", "ok")},
	{name: "until close", answer: "HTTP/1.1 200 OK\r\n\r\nuntil close", closes: true},
	{name: "until close, empty", answer: "HTTP/1.1 200 OK\r\n\r\n", closes: true},
	{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\n\r\nold", closes: true},
	{name: "HTTP/1.0 with a length", answer: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", closes: true},
	{name: "HTTP/1.0 kept", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold"},
	{name: "Connection: close", answer: length("200 OK\r\nConnection: close", "ok"), closes: true},
	{name: "Connection: list", answer: length("200 OK\r\nConnection: x-y\r\nConnection: foo, Close", "ok"), closes: true},
	{name: "Connection: keep-alive", answer: length("200 OK\r\nConnection: keep-alive", "ok")},
	{name: "no reason", answer: length("404 ", "no")},
	{name: "own reason", answer: length("200 Very Well", "ok")},
	{name: "unknown status", answer: length("299 What", "ok")},
	{name: "usual status", answer: length("404 Not Found", "no")},
	{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n"},
	{name: "304", answer: "HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\n\r\n"},
	{name: "304 with a length", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 17\r\n\r\n"},
	{name: "HEAD", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"},
	{name: "HEAD of nothing", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{name: "HEAD, length unsaid", method: "HEAD", answer: "HTTP/1.1 200 OK\r\n\r\n"},
	{name: "HEAD chunked", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{name: "HEAD gzip", method: "HEAD", answer: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 17\r\n\r\n"},
	{name: "names and values", answer: length("200 OK\r\nset-cookie: a=1\r\nSET-COOKIE: b=2\r\nx-odd:  spaced \r\nEmpty:", "ok")},
	{name: "many fields", answer: length("200 OK\r\n"+strings.Repeat("A: 1\r\nB: 2\r\nC: 3\r\n", 10)+"D: 4", "ok")},
	{name: "Pragma", answer: length("200 OK\r\nPragma: no-cache", "ok")},
	{name: "Pragma and Cache-Control", answer: length("200 OK\r\nPragma: no-cache\r\nCache-Control: private", "ok")},
	{name: "early hints", answer: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok},
	{name: "gzip", answer: length("200 OK\r\nContent-Encoding: gzip", zipped("plain"))},
	{name: "gzip large", answer: length("200 OK\r\nContent-Encoding: gzip", zipped(strings.Repeat("plain", 100<<10)))},
	{name: "GZIP", answer: length("200 OK\r\nContent-Encoding: GZIP", zipped("plain"))},
	{name: "gzip chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nTrailer: A\r\n\r\n1d\r\n" + zipped("plain") + "\r\n0\r\nA: 1\r\n\r\n"},
	{name: "gzip of nothing", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n0\r\n\r\n"},
	{name: "gzip that is none", answer: length("200 OK\r\nContent-Encoding: gzip", "none of it, by far")},
	{name: "gzip cut off", answer: length("200 OK\r\nContent-Encoding: gzip", zipped("plain")[:20])},
	{name: "gzip by own wish", change: set("Accept-Encoding", "gzip"), answer: length("200 OK\r\nContent-Encoding: gzip", zipped("plain"))},
	{name: "gzip of a range", change: set("Range", "bytes=1-2"), answer: length("206 Partial Content\r\nContent-Encoding: gzip", "xy")},
	{name: "another coding", answer: length("200 OK\r\nContent-Encoding: br", "whatever")},
	{name: "cut off", answer: "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nshort", closes: true},
	{name: "cut off in a chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nsho", closes: true},
	{name: "cut off in the head", answer: "HTTP/1.1 200 OK\r\nContent-", closes: true},
	{name: "nothing", answer: " ", closes: true},
	{name: "no HTTP", answer: "SSH-2.0-OpenSSH_9.6\r\n\r\n", closes: true},
}

// TestLikeHTTPTransport puts both transports through the same exchanges: what
// the server sees and what the caller sees must not differ.
func TestLikeHTTPTransport(t *testing.T) {
	for _, table := range []struct {
		name    string
		samples []sample
	}{{"request", requests}, {"response", responses}} {
		t.Run(table.name, func(t *testing.T) {
			for _, s := range table.samples {
				t.Run(s.name, func(t *testing.T) { s.compare(t) })
			}
		})
	}
}

func (s sample) compare(t *testing.T) {
	if s.answer == "" {
		s.answer = ok
	}
	theirs := &http.Transport{}
	defer theirs.CloseIdleConnections()
	wantSeen, wantGot, _ := s.run(t, theirs)
	gotSeen, got, err := s.run(t, nethttp.RoundTripper(newPool(t)))
	if s.refused && (err == nil || gotSeen != "") {
		t.Errorf("error %v, and the server saw:\n%s\nwant an error before anything is sent", err, gotSeen)
	}
	if gotSeen != wantSeen && !s.refused {
		t.Errorf("the server saw:\n%s\nwith http.Transport:\n%s", gotSeen, wantSeen)
	}
	if got != wantGot && !s.refused {
		t.Errorf("the caller saw:\n%s(%v)\nwith http.Transport:\n%s", got, err, wantGot)
	}
}

// run sends the sample twice, so that what a connection keeps shows too.
func (s sample) run(t *testing.T, rt http.RoundTripper) (seen, got string, err error) {
	rec := record(t, s.answer, s.closes)
	for range 2 {
		r := s.request(t, rec.address)
		var res *http.Response
		res, err = rt.RoundTrip(r)
		if err == nil && res.Request != r {
			t.Errorf("Response.Request is %p, want %p", res.Request, r)
		}
		got += describeResponse(res, err)
	}
	return rec.all(), got, err
}
