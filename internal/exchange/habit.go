package exchange

// A habit is how the last body was read that did not fit the usual buffer. The
// next one on the connection will mostly be read in the same way, so the buffer
// for it is chosen before its head comes.
type habit uint8

const (
	fitting habit = iota // it did fit
	direct               // straight into slices of the caller's: the buffer is for the head alone
	through              // by way of the buffer, which cannot be large enough
)

// directRoom is how large a caller's slice must be to be read into directly.
const directRoom = 16 << 10

// getBuffer lends the reader a buffer for the exchange.
func (c *Conn) getBuffer() {
	switch c.habit {
	case through:
		c.wide = largeBuffers.Get().(*[largeSize]byte)
		c.reader.Attach(c.wide[:])
	case direct:
		c.input = readBuffers.Get().(*[readSize]byte)
		c.reader.Attach(c.input[:headSize])
	default:
		c.input = readBuffers.Get().(*[readSize]byte)
		c.reader.Attach(c.input[:])
	}
	c.isFull = false
	c.habit = fitting
}

// adapt is for a body that does not fit the usual buffer: it takes up the habit,
// and a larger buffer where that helps already. The body's reader has room for so
// many bytes; 0: it has no slice of its own.
func (c *Conn) adapt(room int) {
	left, known := c.reader.Remaining()
	if c.habit != through && known && int64(room) >= min(left, directRoom) {
		c.habit = direct
		return
	}
	c.habit = through
	switch {
	case c.wide != nil:
	case c.reader.Buffered() > 0:
		c.reader.Extend()
	default:
		c.reader.Detach()
		c.wide = largeBuffers.Get().(*[largeSize]byte)
		c.reader.Attach(c.wide[:])
	}
}

// hasBuffer reports whether the reader was lent one.
func (c *Conn) hasBuffer() bool { return c.input != nil || c.wide != nil }

// putBuffer takes it back. The reader must have nothing in it.
func (c *Conn) putBuffer() {
	c.reader.Detach()
	if c.input != nil {
		readBuffers.Put(c.input)
		c.input = nil
	}
	if c.wide != nil {
		largeBuffers.Put(c.wide)
		c.wide = nil
	}
}
