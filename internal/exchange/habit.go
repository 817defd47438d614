package exchange

import "github.com/gohttpx/httpx/h1"

// A habit is how the last body was read, if it was too large for the usual buffer.
// The next one on the connection will mostly be read in the same way, so the
// buffer is chosen by it, before the head comes.
type habit uint8

const (
	fitting habit = iota // it was not too large, or is not read yet
	direct               // into large slices of the caller's: the buffer is for the head alone
	through              // by way of the buffer, which should be as large as the body
)

// isLarge reports whether the body is known to be too large for the usual buffer.
// On TLS none is: a read gives a record at most.
func (c *Conn) isLarge() bool {
	switch {
	case c.tls:
		return false
	case c.framing.Kind == h1.Length:
		return c.framing.Length > readSize-headSize
	}
	return c.overflew && c.framing.Kind == h1.Chunked
}

// adapt takes up the habit from the first read of a large body, and has the rest
// go through a larger buffer where that is its way. The reader has room for so many
// bytes; 0: it has no slice of its own.
func (c *Conn) adapt(room int) {
	if c.habit != fitting {
		return
	}
	if left, known := c.reader.Remaining(); known && int64(room) >= min(left, readSize) {
		c.habit = direct
		return
	}
	c.habit = through
	if c.input != nil && c.reader.Buffered() == 0 {
		c.putBuffer()
		c.getWideBuffer()
	}
}
