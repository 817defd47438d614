package h1

import "io"

const (
	// bufferBytes is what a Reader or Writer allocates when it was lent none.
	bufferBytes = 16 << 10
	// directBytes is from when on body bytes go straight between the stream
	// and the caller's slice. Below, one read into the buffer saves calls that
	// cost more than the copy.
	directBytes = 8 << 10
	// maxEmptyReads is how often in a row a stream may give nothing, and no
	// error, before it is called broken.
	maxEmptyReads = 100
)

// Reader reads HTTP/1.1 messages, one after the other, from a stream.
//
// For each: ReadResponse or ReadRequest for the head; Begin with what its
// Framing says; Read or WriteTo until io.EOF; then the next. After a head
// without a body (an interim response) Begin may be left out.
//
// An error of the stream, other than io.EOF, is passed through as it is and
// leaves the Reader where it was: after a timeout the same call may be made
// again. An [*Error] is the peer's fault and for good.
//
// The zero Reader is ready after Reset. One goroutine at a time.
type Reader struct {
	src    io.Reader
	limits Limits

	buf  []byte // from src, not delivered: buf[r:w]
	r, w int
	lent []byte // what Attach gave; buf is another one when that was too small

	scanned int   // bytes of buf[r:w] known not to hold the end of the head or trailers
	skipped bool  // the one empty line that may stand before a request was skipped
	pending error // came with the last bytes from src; returned once they are gone
	failed  error // an *Error is for good

	body     bodyReader
	trailers [][2]string
}

// NewReader gives a Reader of src. It allocates its buffer, of 16 KiB, when it
// first needs one.
func NewReader(src io.Reader, limits Limits) *Reader {
	r := &Reader{limits: limits}
	r.Reset(src)
	return r
}

// Reset forgets everything but the buffer and the limits, and reads from src.
func (r *Reader) Reset(src io.Reader) {
	*r = Reader{src: src, limits: r.limits, buf: r.buf, lent: r.lent}
	r.body.state = bodyDone
}

// SetLimits replaces the limits, from the next head or body on.
func (r *Reader) SetLimits(limits Limits) { r.limits = limits }

// Attach lends the Reader a buffer to use in place of its own, until Detach. It
// reads into buf as far as its length; its capacity comes into use with Extend,
// and with a head that does not fit (lend buf[:n:n] to keep what lies behind it).
// One that does not fit that either gets a private buffer meanwhile. Attach panics
// while bytes are buffered.
func (r *Reader) Attach(buf []byte) {
	if r.Buffered() != 0 {
		panic("h1: Reader.Attach while bytes are buffered")
	}
	r.lent, r.buf = buf, buf
	r.r, r.w, r.scanned = 0, 0, 0
}

// Extend has the Reader use all of the capacity of the buffer that it was lent.
func (r *Reader) Extend() { r.buf = r.buf[:cap(r.buf)] }

// Detach gives back the buffer that was lent, or nil, and drops a private one:
// until the next Attach, or the next read that needs one, the Reader holds no
// buffer. Detach panics while bytes are buffered.
func (r *Reader) Detach() []byte {
	if r.Buffered() != 0 {
		panic("h1: Reader.Detach while bytes are buffered")
	}
	lent := r.lent
	r.lent, r.buf = nil, nil
	r.r, r.w, r.scanned = 0, 0, 0
	return lent
}

// Buffered is how many bytes were read from the stream and not delivered.
func (r *Reader) Buffered() int { return r.w - r.r }

// Peek gives the buffered bytes: behind the head of a response that switched
// protocols, the first bytes of the new one; behind the end of a body, what
// nobody asked for. They hold until the next call that reads.
func (r *Reader) Peek() []byte { return r.buf[r.r:r.w] }

// Discard drops the first n buffered bytes, or all where there are fewer. It is
// for bytes that belong to no message.
func (r *Reader) Discard(n int) {
	r.consume(min(max(n, 0), r.Buffered()))
	r.scanned = 0
}

func (r *Reader) consume(n int) {
	r.r += n
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
}

// fill reads once from the stream behind what is buffered, and makes room for
// that first. Nothing read is an error.
func (r *Reader) fill(limit int) error {
	if err := r.takePending(); err != nil {
		return err
	}
	if r.w == len(r.buf) {
		r.makeRoom(limit)
	}
	n, err := r.readSource(r.buf[r.w:])
	r.w += n
	return err
}

// makeRoom moves what is buffered to the front, or, where all of the buffer is
// taken, extends it, or moves to one of twice the size. A new one has at most one
// byte more than limit: that many can be held before it is decided that they are
// too many.
func (r *Reader) makeRoom(limit int) {
	if r.r == 0 && cap(r.buf) > len(r.buf) {
		r.Extend()
		return
	}
	to := r.buf
	if r.r == 0 {
		size := max(bufferBytes, min(2*len(r.buf), limit+1))
		to = make([]byte, max(size, len(r.buf)+1))
	}
	r.w = copy(to, r.buf[r.r:r.w])
	r.r = 0
	r.buf = to
}

// readSource reads once into p. It returns bytes or an error, never neither,
// and never both: an error that came along with bytes is pending.
func (r *Reader) readSource(p []byte) (int, error) {
	for range maxEmptyReads {
		n, err := r.src.Read(p)
		if n < 0 || n > len(p) {
			return 0, errInvalidCount
		}
		if n > 0 {
			r.pending = err
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

func (r *Reader) takePending() error {
	err := r.pending
	r.pending = nil
	return err
}

// fail remembers a fault of the peer: nothing behind it can be trusted.
func (r *Reader) fail(err error) error {
	r.failed = err
	return err
}
