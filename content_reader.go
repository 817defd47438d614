package httpx

import (
	"errors"
	"io"
	"sync/atomic"
)

// ErrOpensOnce is the error of a [Reader] that was sent a second time: its
// bytes are gone. It matters where a request is sent again by its caller; a
// redirect or a replay that would need them is not tried.
var ErrOpensOnce = errors.New("httpx: the content of a Reader opens once")

// Reader sends what r yields, without a Content-Type. size is the number of
// bytes, -1 where that is not known: the body is sent chunked then. It is sent
// once, see [ErrOpensOnce].
//
// Where r is an io.Closer it is closed after it was sent, or failed to be. A
// request that fails before its body is due leaves r untouched.
func Reader(r io.Reader, size int64) Body {
	if r == nil {
		return Body{failed{errors.New("Reader: the io.Reader is nil")}}
	}
	return Body{&readerContent{r: r, size: max(size, -1)}}
}

type readerContent struct {
	r      io.Reader
	size   int64
	opened atomic.Bool
}

func (c *readerContent) Open() (io.ReadCloser, error) {
	if c.opened.Swap(true) {
		return nil, ErrOpensOnce
	}
	if rc, ok := c.r.(io.ReadCloser); ok {
		return rc, nil
	}
	return io.NopCloser(c.r), nil
}

func (c *readerContent) Size() int64         { return c.size }
func (c *readerContent) ContentType() string { return "" }
func (c *readerContent) reopens() bool       { return !c.opened.Load() }
