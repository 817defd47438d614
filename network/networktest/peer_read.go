package networktest

import (
	"errors"
	"io"
	"strconv"
	"strings"
)

// Expect wants exactly these bytes to come next, and waits for all of them. It
// does not read what comes behind them.
func (p *Peer) Expect(text string) {
	p.t.Helper()
	p.begin("Expect(" + strconv.Quote(text) + ")")
	defer p.done()
	for {
		got := p.io.ahead
		if same := commonPrefix(text, got); same == len(text) {
			p.take(same)
			return
		} else if same < len(got) {
			p.taken += int64(same)
			p.fail("other bytes came than expected, from byte %d of them:\n\twant %q\n\t got %q", same, text, got)
		}
		if err := p.io.more(); err != nil {
			p.taken += int64(len(got))
			p.fail("%s after %d of %d bytes:\n\twant %q\n\t got %q", endWords(err), len(got), len(text), text, got)
		}
	}
}

func commonPrefix(a string, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func endWords(err error) string {
	if err == io.EOF {
		return "the client ended"
	}
	return "reading failed (" + err.Error() + ")"
}

// A Request is what ReadRequest read.
type Request struct {
	Method, Target, Proto string
	Fields                [][2]string // as they came
	Body                  string      // without its framing
	Trailers              [][2]string
}

// Get returns the value of the first field of that name, in any case, or "".
func (r *Request) Get(name string) string {
	for _, field := range r.Fields {
		if strings.EqualFold(field[0], name) {
			return field[1]
		}
	}
	return ""
}

// ReadRequest reads a request and its body, framed by Content-Length or chunked.
// It fails the test if the client ends before or inside it.
func (p *Peer) ReadRequest() *Request {
	p.t.Helper()
	p.begin("ReadRequest()")
	defer p.done()
	request, ok := p.nextRequest()
	if !ok {
		p.fail("the client ended; want a request")
	}
	return request
}

// NextRequest is ReadRequest, but ok is false if the client ended before the
// request's first byte: what the loop of a server asks.
func (p *Peer) NextRequest() (request *Request, ok bool) {
	p.t.Helper()
	p.begin("NextRequest()")
	defer p.done()
	return p.nextRequest()
}

// ReadHead reads a request up to the end of its head and leaves the body, for
// ReadBody or other verbs.
func (p *Peer) ReadHead() *Request {
	p.t.Helper()
	p.begin("ReadHead()")
	defer p.done()
	request, ok := p.nextHead()
	if !ok {
		p.fail("the client ended; want the head of a request")
	}
	return request
}

// ReadBody reads the body of a request whose head was read.
func (p *Peer) ReadBody(request *Request) string {
	p.t.Helper()
	p.begin("ReadBody()")
	defer p.done()
	p.readBody(request)
	return request.Body
}

func (p *Peer) nextRequest() (*Request, bool) {
	p.t.Helper()
	request, ok := p.nextHead()
	if ok {
		p.readBody(request)
	}
	return request, ok
}

func (p *Peer) nextHead() (*Request, bool) {
	p.t.Helper()
	if len(p.io.ahead) == 0 {
		if err := p.io.more(); err != nil {
			return nil, false
		}
	}
	line := p.readLine("a request line")
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || !strings.HasPrefix(parts[2], "HTTP/1.") {
		p.fail("not a request line: %q", line)
	}
	return &Request{Method: parts[0], Target: parts[1], Proto: parts[2], Fields: p.readFields()}, true
}

func (p *Peer) readFields() (fields [][2]string) {
	p.t.Helper()
	for {
		line := p.readLine("a field line")
		if line == "" {
			return fields
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			p.fail("not a field line: %q", line)
		}
		fields = append(fields, [2]string{name, strings.Trim(value, " \t")})
	}
}

func (p *Peer) readBody(request *Request) {
	p.t.Helper()
	length, coding := request.Get("Content-Length"), request.Get("Transfer-Encoding")
	switch {
	case coding != "" && length != "":
		p.fail("both Content-Length %q and Transfer-Encoding %q", length, coding)
	case coding != "":
		if coding != "chunked" {
			p.fail("Transfer-Encoding %q; want chunked", coding)
		}
		p.readChunks(request)
	case length != "":
		n, err := strconv.ParseUint(length, 10, 31)
		if err != nil {
			p.fail("Content-Length %q", length)
		}
		request.Body = p.readBytes(int(n), "the body")
	}
}

func (p *Peer) readChunks(request *Request) {
	p.t.Helper()
	var body strings.Builder
	for {
		line := p.readLine("a chunk's size")
		n, err := strconv.ParseUint(line, 16, 31)
		if err != nil {
			p.fail("not a chunk's size: %q", line)
		}
		if n == 0 {
			break
		}
		body.WriteString(p.readBytes(int(n), "a chunk"))
		if end := p.readBytes(2, "a chunk's end"); end != "\r\n" {
			p.fail("a chunk ends in %q", end)
		}
	}
	request.Body = body.String()
	request.Trailers = p.readFields()
}

// readLine reads up to CR LF and returns what is before it.
func (p *Peer) readLine(what string) string {
	p.t.Helper()
	for {
		if line, _, ok := strings.Cut(string(p.io.ahead), "\n"); ok {
			p.take(len(line) + 1)
			if !strings.HasSuffix(line, "\r") {
				p.fail("%s ends in a bare LF: %q", what, line)
			}
			return line[:len(line)-1]
		}
		if err := p.io.more(); err != nil {
			p.fail("%s inside %s: %q", endWords(err), what, p.io.ahead)
		}
	}
}

func (p *Peer) readBytes(n int, what string) string {
	p.t.Helper()
	for len(p.io.ahead) < n {
		if err := p.io.more(); err != nil {
			p.fail("%s inside %s, after %d of %d bytes", endWords(err), what, len(p.io.ahead), n)
		}
	}
	return p.take(n)
}

// WaitClosed waits until the client has closed its end, or it was reset, and
// drops what the client still writes.
func (p *Peer) WaitClosed() {
	p.begin("WaitClosed()")
	defer p.done()
	p.io.ahead = nil
	// The inside first, so that a TLS alert is read as one; then the bottom, of
	// which the client may have closed one direction only.
	_, _ = io.Copy(io.Discard, p.io)
	_, _ = io.Copy(io.Discard, p.end)
	down := p.end.out
	down.await(func() bool { return down.readerClosed || down.reset || down.writerClosed })
}

// Closed says whether the client has closed its end, or it was reset.
func (p *Peer) Closed() bool {
	down := p.end.out
	down.mu.Lock()
	defer down.mu.Unlock()
	return down.readerClosed || down.reset
}

// WaitEnd wants the client to end its direction next, and no more bytes before.
func (p *Peer) WaitEnd() {
	p.t.Helper()
	p.begin("WaitEnd()")
	defer p.done()
	if len(p.io.ahead) == 0 {
		err := p.io.more()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.fail("%s; want a proper end", endWords(err))
		}
	}
	p.fail("want the end, got %q", p.io.ahead)
}
