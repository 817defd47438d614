package exchange

import (
	"strconv"
	"sync"
)

// Buffers are held during an exchange only: an idle connection has none.
const (
	readSize  = 32 << 10 // a head and a body of the usual sizes, in one read
	headSize  = 4 << 10  // of it, for a head before a large body
	smallSize = 4 << 10  // a head that is written
	largeSize = 72 << 10 // a head and a body of 64 KiB that goes out with it, or comes in
)

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// outgoing is what the writing of a request needs: a buffer, and room to put
// its fields together.
type outgoing struct {
	small  [smallSize]byte
	fields [][2]string

	// The last Content-Length and its text: bodies often repeat their size.
	length     int64
	lengthText string
}

var (
	outgoings    = sync.Pool{New: func() any { return &outgoing{lengthText: "0"} }}
	largeBuffers = sync.Pool{New: func() any { return new([largeSize]byte) }}
)

func (o *outgoing) contentLength(n int64) string {
	if n != o.length {
		o.length, o.lengthText = n, strconv.FormatInt(n, 10)
	}
	return o.lengthText
}

// release clears what points at the caller's strings and gives o back.
func (o *outgoing) release() {
	clear(o.fields)
	o.fields = o.fields[:0]
	outgoings.Put(o)
}

// getBuffer lends the reader a buffer for the exchange.
func (c *Conn) getBuffer() {
	last := c.habit
	c.habit = fitting
	if last == through {
		c.getWideBuffer()
		return
	}
	c.input = readBuffers.Get().(*[readSize]byte)
	if last == direct {
		c.reader.Attach(c.input[:headSize])
	} else {
		c.reader.Attach(c.input[:])
	}
}

func (c *Conn) getWideBuffer() {
	c.wide = largeBuffers.Get().(*[largeSize]byte)
	c.reader.Attach(c.wide[:])
}

// putBuffer takes the buffer back, if one was lent. The reader must have nothing
// in it.
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
