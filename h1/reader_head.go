package h1

import (
	"io"
	"strings"
)

// ReadResponse reads one head, be it interim or final: the caller looks at its
// Status. It returns io.EOF when the peer ended before the first byte, and
// errors.Is finds io.ErrUnexpectedEOF when it ended in the middle. The body
// before must have been read to its end.
func (r *Reader) ReadResponse(h *ResponseHead) error {
	if err := r.beforeHead(); err != nil {
		return err
	}
	if r.Buffered() == 0 {
		if err := r.fillHead(); err != nil {
			h.Reset()
			return err
		}
	}
	// A head that repeats the last one needs no look for its end, nor parsing.
	if h.isRepeat(r.Peek(), &r.limits) {
		r.endHead(len(h.block))
		h.publish()
		return nil
	}
	block, err := r.readHead(isNoResponse)
	if err != nil {
		h.Reset()
		return err
	}
	if err := h.parse(block, &r.limits); err != nil {
		return r.fail(err)
	}
	r.endHead(len(block))
	return nil
}

// ReadRequest reads one head, as ReadResponse does. It skips one empty line
// before it (RFC 9112 2.2): some old clients send one behind a body.
func (r *Reader) ReadRequest(h *RequestHead) error {
	if err := r.beforeHead(); err != nil {
		return err
	}
	if err := r.skipEmptyLine(); err != nil {
		h.Reset()
		return err
	}
	if h.isRepeat(r.Peek(), &r.limits) {
		r.endHead(len(h.block))
		h.publish()
		return nil
	}
	block, err := r.readHead(isNoRequest)
	if err != nil {
		h.Reset()
		return err
	}
	if err := h.parse(block, &r.limits); err != nil {
		return r.fail(err)
	}
	r.endHead(len(block))
	return nil
}

func (r *Reader) skipEmptyLine() error {
	for !r.skipped {
		b := r.Peek()
		switch {
		case len(b) == 0 || len(b) == 1 && b[0] == '\r':
			if err := r.fillHead(); err != nil {
				return err
			}
			continue
		case b[0] == '\r' && b[1] == '\n':
			r.consume(2)
		}
		r.skipped = true
	}
	return nil
}

func (r *Reader) beforeHead() error {
	if r.failed != nil {
		return r.failed
	}
	if r.body.state != bodyDone {
		return errBodyUnread
	}
	return nil
}

func (r *Reader) endHead(n int) {
	r.consume(n)
	r.scanned = 0
	r.skipped = false
	r.trailers = nil
}

// readHead reads until a whole head is buffered, and leaves it there. isWrong
// tells from the first bytes that the peer speaks something else, so that
// nobody waits for the end of a head that will not come.
func (r *Reader) readHead(isWrong func([]byte) error) ([]byte, error) {
	limit := r.limits.headerBytes()
	for {
		b := r.Peek()
		if err := isWrong(b); err != nil {
			return nil, r.fail(err)
		}
		end := HeadEnd(b, r.scanned)
		if end > limit || end == 0 && len(b) >= limit {
			return nil, r.fail(tooLarge("head", limit, "bytes", 431))
		}
		if end > 0 {
			return b[:end], nil
		}
		r.scanned = len(b)
		if err := r.fillHead(); err != nil {
			return nil, err
		}
	}
}

func (r *Reader) fillHead() error {
	err := r.fill(r.limits.headerBytes())
	if err == io.EOF && r.Buffered() > 0 {
		return r.fail(truncated("head"))
	}
	return err
}

func isNoResponse(b []byte) error {
	const protocol = "HTTP/"
	if n := min(len(b), len(protocol)); string(b[:n]) != protocol[:n] {
		_, err := parseVersion(string(b[:min(len(b), excerptBytes)]), "status line")
		return err
	}
	return nil
}

func isNoRequest(b []byte) error {
	if len(b) > 0 && chars[b[0]]&inToken == 0 {
		return &Error{Where: "request line", What: "does not begin with a method"}
	}
	return nil
}

// parseTrailers reads the trailer section behind the last chunk (RFC 9112
// 7.1.2), or says needMore while not all of it is buffered.
func (r *Reader) parseTrailers() (needMore bool, err error) {
	const where = "trailers"
	b := r.Peek()
	if len(b) == 0 || len(b) == 1 && b[0] == '\r' {
		return true, nil
	}
	if b[0] == '\r' && b[1] == '\n' {
		r.consume(2)
		return false, nil
	}
	p := fieldParser{what: "trailer", max: r.limits.fields()}
	if b[0] == '\r' || chars[b[0]]&inToken == 0 {
		// No blank line may ever come: do not wait for it.
		p.block = string(b[:1])
		return false, p.badName(1, 0, 0)
	}
	limit := r.limits.headerBytes()
	end := HeadEnd(b, r.scanned)
	if end > limit || end == 0 && len(b) >= limit {
		return false, tooLarge(where, limit, "bytes", 431)
	}
	if end == 0 {
		r.scanned = len(b)
		return true, nil
	}
	p.block = string(b[:end])
	fields, err := p.parse(nil, 0, nil)
	if err != nil {
		return false, err
	}
	r.consume(end)
	r.scanned = 0
	r.trailers = keepTrailers(fields)
	return false, nil
}

// keepTrailers drops the fields that no trailer section may hold (RFC 9110
// 6.5.1). They are dropped, not refused: by then the response was delivered,
// its framing is known, and nobody who never sees them can be misled by them.
func keepTrailers(fields [][2]string) [][2]string {
	kept := fields[:0]
	for _, field := range fields {
		if !isForbiddenTrailer(field[0]) {
			kept = append(kept, field)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// isForbiddenTrailer: fields that frame or route a message, authenticate,
// modify a request, control a response or say how content is coded mean
// nothing, or harm, where they come behind it (RFC 9110 6.5.1).
func isForbiddenTrailer(name string) bool {
	if len(name) > len("If-") && equalFold(name[:len("If-")], "If-") {
		return true
	}
	for _, forbidden := range forbiddenTrailers {
		if equalFold(name, forbidden) {
			return true
		}
	}
	return false
}

var forbiddenTrailers = strings.Fields(`
	Connection Content-Length Host Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding Upgrade
	Authorization Cookie Proxy-Authenticate Proxy-Authorization Set-Cookie WWW-Authenticate
	Cache-Control Expect Max-Forwards Pragma Range
	Age Date Expires Location Retry-After Vary Warning
	Content-Encoding Content-Range Content-Type`)
