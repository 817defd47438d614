package h1

import "io"

// Writer writes HTTP/1.1 messages, one after the other, to a stream. What fits
// its buffer (a head and a small body) goes out in one write.
//
// For each: WriteRequest or WriteResponse; Write or ReadFrom for the body;
// Close, which ends it and flushes.
//
// An error of the stream is passed through as it is. What was not written stays
// buffered: after a timeout, Flush goes on where it stopped, and so does the
// call that failed, given what it did not take. After any other error of the
// stream the connection is lost.
//
// The zero Writer is ready after Reset. One goroutine at a time.
type Writer struct {
	dst  io.Writer
	buf  []byte // accepted, not written: buf[sent:]
	sent int
	lent []byte // what Attach gave; buf is another one when that was too small
	err  error  // of the last write to dst

	kind      FramingKind
	open      bool  // a message was begun and not ended
	declared  int64 // with Length
	left      int64 // with Length: bytes of the body to come
	chunkLeft int64 // with Chunked: bytes of a chunk to come, whose size was written
}

// NewWriter gives a Writer to dst. It allocates its buffer, of 16 KiB, when it
// first needs one.
func NewWriter(dst io.Writer) *Writer {
	w := &Writer{}
	w.Reset(dst)
	return w
}

// Reset forgets everything but the buffer, and writes to dst.
func (w *Writer) Reset(dst io.Writer) {
	*w = Writer{dst: dst, buf: w.buf[:0], lent: w.lent}
}

// Attach lends the Writer a buffer, of which it uses the capacity, in place of
// its own, until Detach. A head that does not fit gets a private one meanwhile.
// Attach panics while bytes are buffered.
func (w *Writer) Attach(buf []byte) {
	if w.Buffered() != 0 {
		panic("h1: Writer.Attach while bytes are buffered")
	}
	w.lent, w.buf, w.sent = buf, buf[:0], 0
}

// Detach gives back the buffer that was lent, or nil, and drops a private one:
// until the next Attach, or the next message, the Writer holds no buffer.
// Detach panics while bytes are buffered.
func (w *Writer) Detach() []byte {
	if w.Buffered() != 0 {
		panic("h1: Writer.Detach while bytes are buffered")
	}
	lent := w.lent
	w.lent, w.buf, w.sent = nil, nil, 0
	return lent
}

// Available is how many bytes the buffer still takes.
func (w *Writer) Available() int { return cap(w.buf) - len(w.buf) }

// Buffered is how many bytes were accepted and are not written.
func (w *Writer) Buffered() int { return len(w.buf) - w.sent }

// WriteErr is the last error of the stream, and nil again after a write that
// succeeded. It tells, after ReadFrom, a fault of the stream from one of the
// source.
func (w *Writer) WriteErr() error { return w.err }

// WriteRequest begins a request: it buffers the head. f says what body follows,
// and the fields must agree: Content-Length with Length (it may be left out
// where the length is 0), Transfer-Encoding: chunked with Chunked, neither with
// None. An [*Error] leaves nothing buffered.
func (w *Writer) WriteRequest(method, target string, fields [][2]string, f Framing) error {
	if err := w.beforeHead(); err != nil {
		return err
	}
	var notes facts
	buf, err := appendRequest(w.buf, method, target, fields, &notes)
	if err == nil {
		err = requestAgrees(&notes, f)
	}
	if err != nil {
		return err // w.buf still ends where it did
	}
	w.begin(buf, f)
	return nil
}

// WriteResponse begins a response: it buffers the head. f says what body
// follows, and the fields must agree, as for WriteRequest; UntilClose goes with
// neither field. With None they may speak of the body that is left out (HEAD,
// 304), but not in a 1xx or 204 (RFC 9110 8.6, RFC 9112 6.1). An [*Error]
// leaves nothing buffered.
func (w *Writer) WriteResponse(status int, reason string, fields [][2]string, f Framing) error {
	if err := w.beforeHead(); err != nil {
		return err
	}
	var notes facts
	buf, err := appendResponse(w.buf, status, reason, fields, &notes)
	if err == nil {
		err = responseAgrees(&notes, status, f)
	}
	if err != nil {
		return err
	}
	w.begin(buf, f)
	return nil
}

func requestAgrees(notes *facts, f Framing) error {
	switch {
	case f.Kind == UntilClose:
		return &Error{Where: "framing", What: "the end of the connection cannot end a request"}
	case f.Kind == None:
		f = Framing{Kind: Length}
	}
	if f == (Framing{Kind: Length}) && !notes.has(hasLength|hasCoding) {
		return nil
	}
	return notes.agreesWith(f)
}

func responseAgrees(notes *facts, status int, f Framing) error {
	if hasNoContent(status) && f.Kind != None {
		return &Error{Where: "framing", What: "a response of this status has no body"}
	}
	if (status < 200 || status == 204) && notes.has(hasLength|hasCoding) {
		return &Error{Where: "fields", What: "a response of this status has no length"}
	}
	return notes.agreesWith(f)
}

func (w *Writer) beforeHead() error {
	if w.open {
		return errNotEnded
	}
	if w.buf == nil {
		w.buf = make([]byte, 0, bufferBytes)
	}
	return nil
}

// begin takes over the buffer with the head in it.
func (w *Writer) begin(buf []byte, f Framing) {
	w.buf = buf
	w.open = true
	w.kind = f.Kind
	w.declared, w.left, w.chunkLeft = 0, 0, 0
	if f.Kind == Length {
		w.declared, w.left = f.Length, f.Length
	}
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	for w.sent < len(w.buf) {
		n, err := w.send(w.buf[w.sent:])
		w.sent += n
		if err != nil {
			return err
		}
	}
	w.buf, w.sent = w.buf[:0], 0
	return nil
}

// send writes p to the stream once, and remembers how that went.
func (w *Writer) send(p []byte) (int, error) {
	n, err := w.dst.Write(p)
	switch {
	case n < 0 || n > len(p):
		n, err = 0, errInvalidCount
	case n < len(p) && err == nil:
		err = io.ErrShortWrite
	}
	w.err = err
	return n, err
}
