package exchange

import (
	"strconv"
	"sync"
)

// Buffers are held during an exchange only: an idle connection has none.
const (
	readSize  = 32 << 10 // a head and a body of the usual sizes, in one read
	smallSize = 4 << 10  // a head
	largeSize = 64 << 10 // a head and a body that goes out with it, or a busy chunked body
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
	c.input = readBuffers.Get().(*[readSize]byte)
	c.reader.Attach(c.input[:])
	c.isFull = false
}

// widen lends it a larger one, where a chunked body comes faster than the
// buffer holds: its chunks cannot be read past it, as bytes of known number are.
func (c *Conn) widen() {
	if !c.isFull || c.wide != nil || c.reader.Buffered() > 0 || c.input == nil {
		return
	}
	c.reader.Detach()
	c.wide = largeBuffers.Get().(*[largeSize]byte)
	c.reader.Attach(c.wide[:])
}

// putBuffer takes the buffer back. The reader must have nothing in it.
func (c *Conn) putBuffer() {
	c.reader.Detach()
	readBuffers.Put(c.input)
	c.input = nil
	if c.wide != nil {
		largeBuffers.Put(c.wide)
		c.wide = nil
	}
}
