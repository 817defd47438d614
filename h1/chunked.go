package h1

import "math"

// maxSizeDigits bounds a chunk size, leading zeros among them: more than an
// int64 needs, and a peer could send zeros for ever.
const maxSizeDigits = 16

// advance goes on through chunked framing (RFC 9112 7.1), up to the next data,
// the end of the body, or the end of what is buffered: needMore then.
//
// It is a machine of small states, so that a stream may be split anywhere. All
// lines end in CR LF; a lone LF, which some take for the end of a line and some
// do not, is refused everywhere, in extensions too.
func (r *Reader) advance() (needMore bool, err error) {
	body := &r.body
	for r.r < r.w {
		switch body.state {
		case chunkTrailers:
			needMore, err := r.parseTrailers()
			if !needMore && err == nil {
				body.state = bodyDone
			}
			return needMore, err
		case bodyData, bodyDone:
			return false, nil
		case chunkSize:
			if err := r.readChunkSize(); err != nil {
				return false, err
			}
			continue
		}
		c := r.buf[r.r]
		r.consume(1)
		switch body.state {
		case chunkBlank:
			// RFC 9112 7.1.1 has whitespace before an extension only.
			if err := r.countExtension(); err != nil {
				return false, err
			}
			if c == ';' {
				body.state = chunkExtension
			} else if !isBlank(c) {
				return false, &Error{Where: "chunk size", What: "whitespace behind it"}
			}
		case chunkExtension:
			if c == '\r' {
				body.state = chunkSizeLF
				break
			}
			if chars[c]&inValue == 0 {
				return false, badByte("chunk extension", c, body.extensions)
			}
			if err := r.countExtension(); err != nil {
				return false, err
			}
		case chunkSizeLF:
			if c != '\n' {
				return false, &Error{Where: "chunk size", What: "CR without LF behind it"}
			}
			body.state = bodyData
			if body.left == 0 {
				body.state = chunkTrailers
				r.scanned = 0
			}
		case chunkDataCR:
			if c != '\r' {
				return false, badByte("end of a chunk", c, 0)
			}
			body.state = chunkDataLF
		case chunkDataLF:
			if c != '\n' {
				return false, badByte("end of a chunk", c, 1)
			}
			body.state = chunkSize
			body.left, body.digits = 0, 0
		}
	}
	return body.state != bodyData && body.state != bodyDone, nil
}

// readChunkSize reads digits, and the byte behind them.
func (r *Reader) readChunkSize() error {
	body := &r.body
	for r.r < r.w {
		c := r.buf[r.r]
		digit := hexDigits[c]
		if digit == notHex {
			if body.digits == 0 {
				return &Error{Where: "chunk size", What: "does not begin with a hexadecimal digit",
					Excerpt: string(r.buf[r.r : r.r+1])}
			}
			return r.endChunkSize(c)
		}
		if body.digits++; body.digits > maxSizeDigits || body.left > math.MaxInt64>>4 {
			return &Error{Where: "chunk size", What: "is too large a number", status: 413}
		}
		body.left = body.left<<4 | int64(digit)
		r.consume(1)
	}
	return nil
}

func (r *Reader) endChunkSize(c byte) error {
	switch {
	case c == '\r':
		r.body.state = chunkSizeLF
	case c == ';':
		r.body.state = chunkExtension
	case isBlank(c):
		r.body.state = chunkBlank
	default:
		return badByte("chunk size", c, r.body.digits)
	}
	r.consume(1)
	if c == '\r' {
		return nil
	}
	return r.countExtension()
}

// countExtension counts one byte of chunk extensions.
func (r *Reader) countExtension() error {
	if r.body.extensions++; r.body.extensions > r.limits.chunkExtensionBytes() {
		return tooLarge("chunk extensions", r.limits.chunkExtensionBytes(), "bytes in one body", 413)
	}
	return nil
}
