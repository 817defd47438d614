package h1

import (
	"io"
	"math/bits"
)

// Write takes p into the body, as one chunk where that is chunked. It returns
// how much of p it took, written or buffered: after a timeout of the stream the
// rest may be given to it again.
//
// More than Content-Length promised is a [*BodyLengthError]; nothing of p is
// taken then.
func (w *Writer) Write(p []byte) (int, error) {
	if !w.open || w.kind == None {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, errNoBody
	}
	switch w.kind {
	case Length:
		if int64(len(p)) > w.left {
			return 0, &BodyLengthError{Declared: w.declared, Got: w.declared - w.left + int64(len(p))}
		}
		n, err := w.put(p)
		w.left -= int64(n)
		return n, err
	case Chunked:
		return w.putChunked(p)
	default:
		return w.put(p)
	}
}

// put buffers p, or fills the buffer with it, writes that, and lets a large
// rest go past it.
func (w *Writer) put(p []byte) (taken int, err error) {
	for len(p) > w.Available() {
		if w.Buffered() == 0 && len(p) >= min(directBytes, cap(w.buf)) {
			n, err := w.send(p)
			return taken + n, err
		}
		n := w.Available()
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		taken += n
		if err := w.Flush(); err != nil {
			return taken, err
		}
	}
	w.buf = append(w.buf, p...)
	return taken + len(p), nil
}

// putChunked writes p as a chunk. Where a timeout left a chunk open, the first
// bytes of p are the rest of that one: its size was written.
func (w *Writer) putChunked(p []byte) (taken int, err error) {
	for len(p) > 0 {
		if w.chunkLeft == 0 {
			if err := w.reserve(chunkOverhead); err != nil {
				return taken, err
			}
			w.buf = appendChunkSize(w.buf, len(p))
			w.chunkLeft = int64(len(p))
		}
		n, err := w.put(p[:min(int64(len(p)), w.chunkLeft)])
		taken += n
		p = p[n:]
		if w.chunkLeft -= int64(n); w.chunkLeft == 0 {
			if err == nil {
				err = w.reserve(len("\r\n"))
			}
			w.buf = append(w.buf, "\r\n"...) // after an error too: it belongs to what was taken
		}
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// chunkOverhead is the most that stands around a chunk's data, or in the last
// chunk.
const chunkOverhead = maxSizeDigits + len("\r\n") + len("\r\n")

// reserve makes sure that n bytes fit the buffer.
func (w *Writer) reserve(n int) error {
	if w.Available() >= n {
		return nil
	}
	return w.Flush()
}

// ReadFrom takes all that src has into the body, through the buffer. It reads
// src to its io.EOF, so that a source which has more than Content-Length
// promised is found out: a [*BodyLengthError]. Fewer bytes are found out by
// Close. Of a chunked body, each piece that src gives is a chunk and is flushed,
// as the next may be long in coming.
//
// An error may be of src or of the stream: WriteErr tells. After a timeout of
// the stream, ReadFrom may be called again to go on.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	if !w.open {
		return 0, errNoBody
	}
	var taken int64
	for empty := 0; ; {
		if err := w.reserve(minRead); err != nil {
			return taken, err
		}
		n, err := w.readOnce(src)
		taken += int64(n)
		if err == io.EOF {
			return taken, nil
		}
		if err == nil && n > 0 && w.kind == Chunked {
			err = w.Flush()
		}
		if err != nil {
			return taken, err
		}
		if empty++; n > 0 {
			empty = 0
		} else if empty == maxEmptyReads {
			return taken, io.ErrNoProgress
		}
	}
}

// minRead is the least room worth asking a source for.
const minRead = 512

// readOnce reads once from src, behind what is buffered.
func (w *Writer) readOnce(src io.Reader) (int, error) {
	if w.Available() < minRead {
		w.growTo(minRead) // an owner lent a tiny buffer
	}
	switch w.kind {
	case Chunked:
		return w.readChunk(src)
	case UntilClose:
		n, err := readInto(src, w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		return n, err
	}
	// One byte more than may come, to see at once whether there is more.
	room := w.buf[len(w.buf):cap(w.buf)]
	if int64(len(room)) > w.left+1 {
		room = room[:w.left+1]
	}
	n, err := readInto(src, room)
	if int64(n) > w.left {
		return 0, &BodyLengthError{Declared: w.declared, Got: w.declared - w.left + int64(n)}
	}
	w.buf = w.buf[:len(w.buf)+n]
	w.left -= int64(n)
	return n, err
}

// readChunk reads a chunk's data to where it will stand, behind the most digits
// that its size can need, and then moves it up to those it has.
func (w *Writer) readChunk(src io.Reader) (int, error) {
	if w.chunkLeft > 0 {
		return w.readOpenChunk(src)
	}
	start := len(w.buf)
	room := cap(w.buf) - start
	prefix := hexLength(room) + len("\r\n")
	data := w.buf[start+prefix : cap(w.buf)-len("\r\n")]
	n, err := readInto(src, data)
	if n == 0 {
		return 0, err
	}
	w.buf = appendChunkSize(w.buf, n)
	w.buf = append(w.buf, data[:n]...)
	w.buf = append(w.buf, "\r\n"...)
	return n, err
}

// readOpenChunk reads what is missing of a chunk that a timeout cut.
func (w *Writer) readOpenChunk(src io.Reader) (int, error) {
	room := w.buf[len(w.buf) : cap(w.buf)-len("\r\n")]
	if int64(len(room)) > w.chunkLeft {
		room = room[:w.chunkLeft]
	}
	n, err := readInto(src, room)
	w.buf = w.buf[:len(w.buf)+n]
	if w.chunkLeft -= int64(n); w.chunkLeft == 0 {
		w.buf = append(w.buf, "\r\n"...)
	}
	return n, err
}

// readInto reads once, and does not trust the count.
func readInto(src io.Reader, p []byte) (int, error) {
	n, err := src.Read(p)
	if n < 0 || n > len(p) {
		return 0, errInvalidCount
	}
	return n, err
}

func hexLength(n int) int { return (bits.Len(uint(n)) + 3) / 4 }

func (w *Writer) growTo(room int) {
	if w.lent == nil {
		room = bufferBytes
	}
	w.buf = append(make([]byte, 0, len(w.buf)+room), w.buf...)
}

// Close ends the message and flushes. A body shorter than Content-Length
// promised is a [*BodyLengthError], and nothing is flushed. Trailers go with a
// chunked body only; an [*Error] names one that is malformed or forbidden (see
// [AppendLastChunk]), and the message stays open.
//
// After a timeout of the stream, Flush or Close goes on. Close of a message
// that was ended flushes.
func (w *Writer) Close(trailers [][2]string) error {
	if !w.open {
		return w.Flush()
	}
	if w.kind != Chunked && len(trailers) > 0 {
		return errNoTrailers
	}
	if w.left > 0 {
		return &BodyLengthError{Declared: w.declared, Got: w.declared - w.left}
	}
	if w.chunkLeft > 0 {
		return errChunkOpen
	}
	if w.kind == Chunked {
		if err := w.reserve(chunkOverhead); err != nil {
			return err
		}
		buf, err := AppendLastChunk(w.buf, trailers)
		if err != nil {
			return err
		}
		w.buf = buf
	}
	w.open = false
	return w.Flush()
}
