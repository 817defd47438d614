package httpx

import (
	"io"
	"sync"
)

// openAgain makes sure that c can be sent another time. A content in memory
// can; one that may fail is opened, because only then is that known. It is nil
// where nothing had to be opened.
func openAgain(c Content) (*openedContent, bool) {
	if !opensAgain(c) {
		return nil, false
	}
	c = bare(c)
	if _, ok := c.(inMemory); ok || c == nil {
		return nil, true
	}
	if again, ok := c.(*openedContent); ok {
		c = again.Content
	}
	body, err := c.Open()
	if err != nil {
		return nil, false
	}
	return &openedContent{Content: c, body: body}, true
}

// openedContent is a content that was opened beforehand: the first Open takes
// that, a later one opens anew.
type openedContent struct {
	Content
	mu   sync.Mutex
	body io.ReadCloser // nil once it was taken
}

func (c *openedContent) Open() (io.ReadCloser, error) {
	if body := c.take(); body != nil {
		return body, nil
	}
	return c.Content.Open()
}

// release closes what nobody took.
func (c *openedContent) release() {
	if body := c.take(); body != nil {
		body.Close()
	}
}

func (c *openedContent) take() io.ReadCloser {
	c.mu.Lock()
	defer c.mu.Unlock()
	body := c.body
	c.body = nil
	return body
}
