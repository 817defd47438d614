package h1

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Good messages that net/http reads in another way, and why we do not.
var stdlibDiffers = map[string]string{
	"content-length as a list of one number":          "RFC 9110 8.6 lets it be taken; one number can be read in one way",
	"chunked, in capitals, leading zeros, extensions": "whitespace before an extension is BWS, RFC 9112 7.1.1",
	"chunked, trailers, bytes behind":                 "fields that RFC 9110 6.5.1 forbids are dropped",
	"chunked, forbidden trailers only":                "fields that RFC 9110 6.5.1 forbids are dropped",
	"head answers have no body, whatever they say":    "RFC 9112 6.3 item 1 comes first",
	"a tunnel":                     "RFC 9112 6.3 item 2 comes first",
	"request behind an empty line": "RFC 9112 2.2; net/http reads on in its server",
}

// Bad messages that net/http takes, and why we do not.
var stdlibTakes = map[string]string{
	"another major version":        "its framing may be another one",
	"status with a sign":           "RFC 9112 4: three digits",
	"status below 100":             "neither interim nor final",
	"two spaces before the status": "RFC 9112 4: one space",
	"NUL in the reason":            "RFC 9112 4: no control bytes",
	"CR in the reason":             "some recipients take it for the end of the line",
	"status line ends in LF":       "some recipients do not take it for the end of the line",
	"all lines end in LF":          "some recipients do not take it for the end of the line",
	"an empty value ends in LF":    "some recipients do not take it for the end of the line",
	"the blank line is LF":         "some recipients do not take it for the end of the head",
	"whitespace before the colon":  "RFC 9112 5.1; net/http keeps it in the name",
	"folded onto whitespace":       "some recipients take it for the blank line",
	"folded, LF behind":            "some recipients do not take it for the end of the line",
	"chunked in http/1.0":          "RFC 9112 6.1: its framing is faulty",
	"a folded trailer":             "RFC 9112 5.2",
	"http/2's preface":             "its server answers it as HTTP/2",
	"request line ends in LF":      "some recipients do not take it for the end of the line",
	"no host":                      "RFC 9112 3.2; net/http asks for it in its server",
	"a folded request field":       "RFC 9112 5.2: a server refuses it",
	"chunked http/1.0 request":     "RFC 9112 6.1: its framing is faulty",
}

// net/http reads the good messages as we do, and refuses the bad ones as we do,
// but for the differences that are listed, all of which are real.
func TestAgreesWithNetHTTP(t *testing.T) {
	for _, m := range goodMessages {
		want := outcome{head: canonicalHead(&m), body: m.body, trailers: canonical(m.trailers)}
		got := readWithNetHTTP(&m)
		why, listed := stdlibDiffers[m.name]
		if isSame := got == want; isSame == listed {
			t.Errorf("%s (listed: %q)\nnet/http %+v\nwe       %+v", m.name, why, got, want)
		}
	}
	for _, m := range badMessages {
		if m.limits != (Limits{}) {
			continue // its limits are its own
		}
		got := readWithNetHTTP(&m)
		why, listed := stdlibTakes[m.name]
		if isTaken := got.err == nil; isTaken != listed {
			t.Errorf("%s (listed: %q): net/http reads %+v", m.name, why, got)
		}
	}
	for name := range stdlibDiffers {
		if !slices.ContainsFunc(goodMessages, func(m message) bool { return m.name == name }) {
			t.Errorf("no good message %q", name)
		}
	}
	for name := range stdlibTakes {
		if !slices.ContainsFunc(badMessages, func(m message) bool { return m.name == name }) {
			t.Errorf("no bad message %q", name)
		}
	}
}

// readWithNetHTTP gives the start line, the fields sorted by canonical name,
// body and trailers.
func readWithNetHTTP(m *message) (o outcome) {
	src := bufio.NewReader(strings.NewReader(m.wire))
	var body io.ReadCloser
	var header http.Header
	if m.request {
		req, err := http.ReadRequest(src)
		if err != nil {
			return outcome{err: err}
		}
		o.head = req.Method + " " + req.RequestURI + " " + strings.TrimPrefix(req.Proto, "HTTP/")
		header, body = req.Header, req.Body
		if req.Host != "" {
			header["Host"] = []string{req.Host} // net/http takes it out
		}
		defer func() { o.trailers = headerText(req.Trailer) }()
	} else {
		res, err := http.ReadResponse(src, &http.Request{Method: orGET(m.method)})
		if err != nil {
			return outcome{err: err}
		}
		_, reason, _ := strings.Cut(res.Status, " ")
		o.head = strings.TrimPrefix(res.Proto, "HTTP/") + " " + strconv.Itoa(res.StatusCode) + " " + reason
		header, body = res.Header, res.Body
		defer func() { o.trailers = headerText(res.Trailer) }()
	}
	o.head = withFields(o.head, headerText(header))
	b, err := io.ReadAll(body)
	o.body, o.err = string(b), err
	return o
}

func orGET(method string) string {
	if method == "" {
		return "GET"
	}
	return method
}

func headerText(h http.Header) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "Transfer-Encoding" {
			continue // net/http takes it out
		}
		for _, value := range h[name] {
			lines = append(lines, name+": "+value)
		}
	}
	return strings.Join(lines, "|")
}

// canonicalHead is the head of m in the form of readWithNetHTTP.
func canonicalHead(m *message) string {
	line, fields, _ := strings.Cut(m.head, "|")
	return withFields(line, canonical(fields))
}

func withFields(line, fields string) string {
	if fields == "" {
		return line
	}
	return line + "|" + fields
}

func canonical(fields string) string {
	h := http.Header{}
	for _, field := range strings.Split(fields, "|") {
		if name, value, ok := strings.Cut(field, ": "); ok {
			name = textproto.CanonicalMIMEHeaderKey(name)
			h[name] = append(h[name], value)
		}
	}
	return headerText(h)
}
