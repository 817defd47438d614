package httpx

import (
	"fmt"
	"io"
	"sync"
)

// A multipartReader yields the parts one behind the other. A part is opened
// when its turn has come and closed at its end: one is open at a time. Close
// may run beside a Read.
type multipartReader struct {
	parts []encodedPart // those not begun
	end   string        // the closing delimiter; empty once it was begun

	text string // what is left of a head or of the closing delimiter
	name string // of the part begun last
	size int64  // what that part declared, -1: nothing
	left int64  // how much of size is still to come

	mu     sync.Mutex    // guards what follows; not held while a part is read
	body   io.ReadCloser // of the part begun last; nil once it ended
	closed bool
}

func (r *multipartReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		body, closed := r.current()
		switch {
		case closed:
			return 0, fmt.Errorf("httpx: multipart body %w", ErrClosed)
		case r.text != "":
			n := copy(p, r.text)
			r.text = r.text[n:]
			return n, nil
		case body != nil:
			if n, err := r.readBody(body, p); n > 0 || err != nil {
				return n, err
			}
		case len(r.parts) > 0:
			if err := r.next(); err != nil {
				return 0, err
			}
		case r.end != "":
			r.text, r.end = r.end, ""
		default:
			return 0, io.EOF
		}
	}
}

// next begins the next part.
func (r *multipartReader) next() error {
	p := r.parts[0]
	body, err := p.content.Open()
	if err != nil {
		return fmt.Errorf("part %q: %w", p.name, err)
	}
	r.parts = r.parts[1:]
	r.text, r.name = p.head, p.name
	r.size = p.content.Size()
	r.left = r.size
	return r.setCurrent(body)
}

// readBody reads of the part at hand. A part that is longer or shorter than it
// said is an error here: two such parts might make up for each other.
func (r *multipartReader) readBody(body io.ReadCloser, p []byte) (int, error) {
	n, err := body.Read(p)
	if r.size >= 0 {
		if int64(n) > r.left {
			return 0, fmt.Errorf("part %q yields more than its %d bytes", r.name, r.size)
		}
		r.left -= int64(n)
	}
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, fmt.Errorf("part %q: %w", r.name, err)
	}
	if r.size >= 0 && r.left > 0 {
		return n, fmt.Errorf("part %q yields %d bytes less than its %d", r.name, r.left, r.size)
	}
	return n, r.endCurrent()
}

func (r *multipartReader) current() (body io.ReadCloser, closed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.body, r.closed
}

// setCurrent makes body the part at hand; one that comes too late is closed.
func (r *multipartReader) setCurrent(body io.ReadCloser) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return body.Close()
	}
	r.body = body
	return nil
}

// endCurrent closes the part at hand, if there is one.
func (r *multipartReader) endCurrent() error {
	r.mu.Lock()
	body := r.body
	r.body = nil
	r.mu.Unlock()
	if body == nil {
		return nil
	}
	return body.Close()
}

func (r *multipartReader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	return r.endCurrent()
}
