package networktest

import (
	"strconv"
	"strings"
)

// Write writes the text in one piece: the client reads it at once, if its slice
// is large enough.
func (p *Peer) Write(text string) {
	p.t.Helper()
	p.begin("Write(" + quoteShort(text) + ")")
	defer p.done()
	p.write(text)
}

func (p *Peer) write(text string) {
	p.t.Helper()
	if n, err := p.io.Write([]byte(text)); err != nil {
		p.fail("writing failed after %d of %d bytes: %v", n, len(text), err)
	}
}

// WriteSplit writes the text in pieces of these sizes, and what is left as the
// last: each arrives as a Read of its own. A single size is used again and
// again.
func (p *Peer) WriteSplit(text string, sizes ...int) {
	p.t.Helper()
	p.begin("WriteSplit(" + quoteShort(text) + ")")
	defer p.done()
	repeated := len(sizes) == 1
	for len(sizes) > 0 && text != "" {
		n := min(max(sizes[0], 1), len(text))
		p.write(text[:n])
		text = text[n:]
		if !repeated {
			sizes = sizes[1:]
		}
	}
	if text != "" {
		p.write(text)
	}
}

// Answer writes a well-formed response in one piece. Fields are lines such as
// "Connection: close". A Content-Length is added unless the fields frame the
// body themselves, or the status has none.
func (p *Peer) Answer(status int, body string, fields ...string) {
	p.t.Helper()
	p.begin("Answer(" + strconv.Itoa(status) + ")")
	defer p.done()
	p.write(AppendAnswer(status, body, fields...))
}

// AppendAnswer returns the text that Answer writes.
func AppendAnswer(status int, body string, fields ...string) string {
	var text strings.Builder
	text.WriteString("HTTP/1.1 " + strconv.Itoa(status) + " " + reasons[status] + "\r\n")
	framed := status < 200 || status == 204 || status == 304
	for _, field := range fields {
		name, _, _ := strings.Cut(field, ":")
		if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") {
			framed = true
		}
		text.WriteString(field + "\r\n")
	}
	if !framed {
		text.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	text.WriteString("\r\n" + body)
	return text.String()
}

// reasons are those of the statuses that tests speak of (RFC 9110 section 15).
var reasons = map[int]string{
	100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints",
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
	301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
	307: "Temporary Redirect", 308: "Permanent Redirect",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	407: "Proxy Authentication Required", 408: "Request Timeout", 413: "Content Too Large",
	417: "Expectation Failed", 426: "Upgrade Required", 429: "Too Many Requests",
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
	503: "Service Unavailable", 504: "Gateway Timeout",
}

// Always returns a script that answers each request so, until the client ends.
func Always(status int, body string, fields ...string) func(*Peer) {
	return func(p *Peer) {
		p.t.Helper()
		for {
			if _, ok := p.NextRequest(); !ok {
				return
			}
			p.Answer(status, body, fields...)
		}
	}
}

func quoteShort(text string) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(text[:most]) + "…"
	}
	return strconv.Quote(text)
}

// CloseWrite ends the server's direction: a FIN, or close_notify on TLS. The
// client can still write.
func (p *Peer) CloseWrite() {
	p.t.Helper()
	p.begin("CloseWrite()")
	defer p.done()
	if err := p.closeWrite(); err != nil {
		p.fail("CloseWrite failed: %v", err)
	}
}

func (p *Peer) closeWrite() error {
	return p.io.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// Close closes the server's end, after close_notify on TLS. The client reads
// what was written and then io.EOF; what it writes fails from now on.
func (p *Peer) Close() {
	if p.io.Conn != p.end {
		_ = p.closeWrite()
	}
	p.end.Close()
}

// Cut closes the server's end without close_notify: how TLS is truncated.
func (p *Peer) Cut() { p.end.Close() }

// Reset is a RST: the client's reads and writes fail with ECONNRESET, and what
// it had not read is lost.
func (p *Peer) Reset() { p.end.Reset() }

// Window sets how many bytes the client may write ahead of the script's reading
// before its Write waits: 64 KiB unless told. What it has written already stays;
// Network.Window holds from the first byte on.
func (p *Peer) Window(n int) {
	up := p.end.in
	up.update(func() { up.window = n })
}
