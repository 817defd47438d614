package nethttp

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx"
)

// An answer is a response in the form of net/http. It is one allocation.
type answer struct {
	out    http.Response
	body   body
	names  shapes               // of the names on the wire
	values [inlineFields]string // of out.Header
	coding [1]string            // out.TransferEncoding
}

// answer makes the net/http form of the response. h, where it is not nil, is
// given back at the end of the body.
func (x *trip) answer(res *httpx.Response, h *held) *http.Response {
	a := new(answer)
	out := &a.out
	out.StatusCode = res.StatusCode
	out.Status = statusText(res)
	out.Proto, out.ProtoMajor, out.ProtoMinor = res.Proto, 1, 1
	if res.Proto == "HTTP/1.0" {
		out.ProtoMinor = 0
	}
	a.fillHeader(res.Headers)
	out.Request = x.in
	out.TLS = x.security(res)
	if stream, ok := asStream(res); ok {
		out.Close = a.closes()
		x.release()
		x.feed(stream)
		out.Body = stream
		return out
	}
	if isConnect(x.in) {
		x.content.closeUnopened() // there is no tunnel for it
	}
	if a.frame(res, x.in.Method) {
		a.body.open(x, a, res, h)
		return out
	}
	res.Body.Close()
	out.Body = http.NoBody
	x.release()
	x.free()
	if h != nil {
		h.free()
	}
	return out
}

// statuses are the texts of Response.Status that need no making.
var statuses = map[int]string{
	201: "201 Created", 202: "202 Accepted", 204: "204 No Content",
	301: "301 Moved Permanently", 302: "302 Found", 304: "304 Not Modified",
	400: "400 Bad Request", 401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found",
}

func statusText(res *httpx.Response) string {
	if res.StatusCode == 200 && res.Reason == "OK" {
		return "200 OK" // by far the most
	}
	if text, ok := statuses[res.StatusCode]; ok && text[len("200 "):] == res.Reason {
		return text
	}
	return strconv.Itoa(res.StatusCode) + " " + res.Reason
}

// fillHeader makes the map, whose values lie in the answer where they have room.
func (a *answer) fillHeader(fields httpx.Headers) {
	values := a.values[:]
	if len(fields) > len(values) {
		values = make([]string, len(fields))
	}
	a.out.Header, a.names = header(fields, values)
	if v := a.get("Pragma"); v != nil && v[0] == "no-cache" && a.get("Cache-Control") == nil {
		a.out.Header["Cache-Control"] = []string{"no-cache"} // RFC 9111 section 5.4, as in net/http
	}
}

// get gives the values of a name from the wire, at least one, or nil.
func (a *answer) get(name string) []string {
	if !a.names.have(name) {
		return nil
	}
	return a.out.Header[name]
}

// header makes a map of fields; values has room for as many.
func header(fields httpx.Headers, values []string) (http.Header, shapes) {
	h := make(http.Header, len(fields))
	var names shapes
	for i, f := range fields {
		name := canonical(f[0])
		if names.have(name) {
			if known, ok := h[name]; ok {
				h[name] = append(known, f[1])
				continue
			}
		}
		names.add(name)
		values[i] = f[1]
		h[name] = values[i : i+1 : i+1]
	}
	return h, names
}

// canonical is textproto.CanonicalMIMEHeaderKey, and quicker for a name that has
// that form already, as most have.
func canonical(name string) string {
	isFirst := true // of a word
	for i := range len(name) {
		switch c := name[i]; {
		case isFirst && 'a' <= c && c <= 'z', !isFirst && 'A' <= c && c <= 'Z':
			return textproto.CanonicalMIMEHeaderKey(name)
		default:
			isFirst = c == '-'
		}
	}
	return name
}

// shapes are those of some names, a bit each: of most names that a header has not
// they say so, which spares the look into the map.
type shapes uint64

func (s shapes) have(name string) bool { return s&shapeOf(name) != 0 }
func (s *shapes) add(name string)      { *s |= shapeOf(name) }

// shapeOf is by the length and the first letter.
func shapeOf(name string) shapes {
	if name == "" { // from a Transport that is not ours
		return 1
	}
	return 1 << ((len(name) ^ int(name[0])<<2) % 64)
}

// frame sets what net/http says of the framing, and reports whether there is a
// body to read.
func (a *answer) frame(res *httpx.Response, method string) (hasBody bool) {
	out := &a.out
	sizes := a.get("Content-Length")
	if len(sizes) > 1 {
		sizes = sizes[:1:1] // they agree, or the response would have been refused
		out.Header["Content-Length"] = sizes
	}
	isChunked := a.get("Transfer-Encoding") != nil && out.ProtoMinor > 0
	bodyAllowed := bodyAllowed(out.StatusCode)
	isHead := method == http.MethodHead

	out.ContentLength = -1
	if len(sizes) > 0 && !(isChunked && !isHead) {
		// A list of one and the same number is that number (RFC 9110 section 8.6).
		size, _, _ := strings.Cut(sizes[0], ",")
		if n, err := strconv.ParseInt(textproto.TrimString(size), 10, 64); err == nil {
			out.ContentLength = n
		}
	}
	if !bodyAllowed && !isHead {
		out.ContentLength = 0
	}
	out.Close = a.closes() || !isHead && bodyAllowed && !isChunked && out.ContentLength < 0
	if isChunked {
		a.coding[0] = "chunked"
		out.TransferEncoding = a.coding[:]
		delete(out.Header, "Transfer-Encoding")
		if !isHead && bodyAllowed {
			delete(out.Header, "Content-Length")
		}
		a.announceTrailers()
	}
	if res.Uncompressed() {
		out.ContentLength, out.Uncompressed = -1, true
	}
	return !isHead && bodyAllowed && out.ContentLength != 0
}

// bodyAllowed reports whether a response of that status may have a body (RFC
// 9110 section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// closes is what net/http calls Close: the connection ends with this response.
// As there, the token is taken out of the header of HTTP/1.1.
func (a *answer) closes() bool {
	values := a.get("Connection")
	if a.out.ProtoMinor == 0 {
		return hasToken(values, "close") || !hasToken(values, "keep-alive")
	}
	if values == nil || !hasToken(values, "close") {
		return false
	}
	delete(a.out.Header, "Connection")
	return true
}

// announceTrailers puts the names that the field Trailer announces into
// Response.Trailer. Their values come with the end of the body.
func (a *answer) announceTrailers() {
	out := &a.out
	lists := a.get("Trailer")
	if lists == nil {
		return
	}
	delete(out.Header, "Trailer")
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(textproto.TrimString(name)); name == "" {
				continue
			}
			if out.Trailer == nil {
				out.Trailer = make(http.Header)
			}
			out.Trailer[name] = nil
		}
	}
}
