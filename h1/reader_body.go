package h1

import (
	"io"
	"math"
)

// bodyState is where in a body the Reader stands. A body of Length or
// UntilClose is all data; the others are places in chunked framing (RFC 9112
// 7.1), each of which may be split from the next by the stream.
type bodyState uint8

const (
	bodyDone       bodyState = iota // no body, or its last byte was delivered
	bodyData                        // `left` bytes, of the body or of this chunk
	chunkSize                       // hexadecimal digits
	chunkBlank                      // whitespace behind them: an extension must follow
	chunkExtension                  // all that stands before CR
	chunkSizeLF                     // the CR was there
	chunkDataCR                     // the chunk's data was there
	chunkDataLF                     // and the CR behind it
	chunkTrailers                   // the last chunk was there
)

// place is the state's name in an error.
func (s bodyState) place() string {
	switch s {
	case chunkSize, chunkBlank, chunkSizeLF:
		return "chunk size"
	case chunkExtension:
		return "chunk extension"
	case chunkDataCR, chunkDataLF:
		return "end of a chunk"
	case chunkTrailers:
		return "trailers"
	}
	return "body"
}

// bodyReader is where a Reader stands in a body.
type bodyReader struct {
	kind       FramingKind
	state      bodyState
	left       int64 // in bodyData: bytes of the body, or of the chunk, to come
	digits     int   // in chunkSize: how many were there
	extensions int   // bytes of chunk extensions so far
}

// Begin says what body follows the head that was read. It must come before the
// first Read of the body.
func (r *Reader) Begin(f Framing) {
	r.trailers = nil
	r.scanned = 0
	r.body = bodyReader{kind: f.Kind}
	switch f.Kind {
	case None:
		r.body.state = bodyDone
	case Length:
		r.body.left = max(f.Length, 0)
		r.body.state = bodyData
		if r.body.left == 0 {
			r.body.state = bodyDone
		}
	case UntilClose:
		r.body.left = math.MaxInt64
		r.body.state = bodyData
	case Chunked:
		r.body.state = chunkSize
	}
}

// Done reports whether the last byte of the body, and its trailers, were read.
// It is true where there is no body.
func (r *Reader) Done() bool { return r.body.state == bodyDone }

// Remaining is how many bytes of the body are still to be read, where the
// framing says so.
func (r *Reader) Remaining() (n int64, known bool) {
	switch {
	case r.Done():
		return 0, true
	case r.body.kind == Length:
		return r.body.left, true
	}
	return 0, false
}

// Trailers are the fields behind a chunked body, once Read returned io.EOF, and
// nil where there were none. Fields that RFC 9110 6.5.1 forbids there are left
// out. They stay as they are when the Reader goes on.
func (r *Reader) Trailers() [][2]string { return r.trailers }

// Read reads the body. io.EOF is its end, and comes along with the last bytes
// where that is known by then. errors.Is finds io.ErrUnexpectedEOF when the
// peer ended inside the body.
//
// Read takes what is buffered, as many chunks as that holds, and blocks only
// where there is nothing. Large pieces are read straight into p.
func (r *Reader) Read(p []byte) (int, error) {
	if r.failed != nil {
		return 0, r.failed
	}
	if r.Done() {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := r.take(p)
		if r.Done() {
			return n, io.EOF
		}
		if n > 0 {
			// A fault behind good bytes waits in r.failed for the next call.
			return n, r.endWith()
		}
		if err != nil {
			return 0, err
		}
		if n, err = r.more(p); n > 0 || err != nil {
			return n, err
		}
	}
}

// take moves buffered bytes of the body to p, and goes on through what is
// buffered of the framing behind them.
func (r *Reader) take(p []byte) (n int, err error) {
	for {
		if r.body.state == bodyData {
			if n == len(p) || r.r == r.w {
				return n, nil
			}
			window := p[n:]
			if int64(len(window)) > r.body.left {
				window = window[:r.body.left]
			}
			got := copy(window, r.buf[r.r:r.w])
			r.consume(got)
			r.delivered(got)
			n += got
			continue
		}
		if r.body.state == bodyDone {
			return n, nil
		}
		needMore, err := r.advance()
		if err != nil {
			return n, r.fail(err)
		}
		if needMore {
			return n, nil
		}
	}
}

// delivered notes that n bytes of data went to the caller.
func (r *Reader) delivered(n int) {
	if r.body.kind == UntilClose {
		return
	}
	if r.body.left -= int64(n); r.body.left > 0 {
		return
	}
	if r.body.kind == Chunked {
		r.body.state = chunkDataCR
	} else {
		r.body.state = bodyDone
	}
}

// more reads once from the stream: into p where that is worth it, else into the
// buffer (n is then 0).
func (r *Reader) more(p []byte) (n int, err error) {
	if !r.isDirect(len(p)) {
		return 0, r.atEnd(r.fill(r.limits.headerBytes()))
	}
	if err := r.takePending(); err != nil {
		return 0, r.atEnd(err)
	}
	left := r.body.left
	if int64(len(p)) > left {
		// Room for a byte behind the body shows whether one came with it.
		p = p[:left+1]
	}
	n, err = r.readSource(p)
	if err != nil {
		return 0, r.atEnd(err)
	}
	if int64(n) > left {
		r.keep(p[left:n])
		n = int(left)
	}
	r.delivered(n)
	if r.Done() {
		return n, io.EOF
	}
	return n, r.endWith()
}

// keep buffers what was read behind a body. Nothing is buffered yet.
func (r *Reader) keep(b []byte) {
	if len(r.buf) == 0 {
		r.buf = make([]byte, bufferBytes)
	}
	r.r, r.w = 0, copy(r.buf, b)
}

// endWith is io.EOF when the stream ended along with the bytes just delivered,
// and with it the body.
func (r *Reader) endWith() error {
	if r.body.kind == UntilClose && r.pending == io.EOF && r.Buffered() == 0 {
		return r.atEnd(r.takePending())
	}
	return nil
}

// isDirect reports whether the next bytes should go past the buffer, which is
// empty: to a large slice, or to one that takes all of the rest. Not the end of
// a chunk, though: with it the next chunks can be read.
func (r *Reader) isDirect(room int) bool {
	if r.body.state != bodyData {
		return false
	}
	if int64(room) >= r.body.left {
		return r.body.kind != Chunked || r.body.left >= directBytes
	}
	return room >= directBytes
}

// atEnd gives the end of the stream its meaning: the end of a body that only
// that can end, a truncation of any other.
func (r *Reader) atEnd(err error) error {
	if err != io.EOF {
		return err
	}
	if r.body.kind == UntilClose {
		r.body.state = bodyDone
		return io.EOF
	}
	return r.fail(truncated(r.body.state.place()))
}

// WriteTo writes the rest of the body to w, from the buffer, and returns nil at
// its end. After an error of the stream or of w it can be called again: no byte
// is lost or written twice.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		if r.failed != nil {
			return written, r.failed
		}
		if r.Done() {
			return written, nil
		}
		if r.body.state == bodyData && r.Buffered() > 0 {
			n, err := r.writeBuffered(w)
			written += int64(n)
			if err != nil {
				return written, err
			}
		} else if err := r.step(); err != nil && err != io.EOF {
			return written, err
		}
	}
}

// writeBuffered writes what is buffered of the data to w.
func (r *Reader) writeBuffered(w io.Writer) (int, error) {
	b := r.Peek()
	if int64(len(b)) > r.body.left {
		b = b[:r.body.left]
	}
	n, err := w.Write(b)
	if n < 0 || n > len(b) {
		return 0, errInvalidCount
	}
	r.consume(n)
	r.delivered(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// step goes on through the framing, or fills the buffer.
func (r *Reader) step() error {
	if r.body.state != bodyData {
		needMore, err := r.advance()
		if err != nil {
			return r.fail(err)
		}
		if !needMore {
			return nil
		}
	}
	return r.atEnd(r.fill(r.limits.headerBytes()))
}
