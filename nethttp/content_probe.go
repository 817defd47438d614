package nethttp

import (
	"io"
	"time"
)

// probeTime is how long a body may take to yield its first byte before it is
// taken to have one, as in net/http.
const probeTime = 200 * time.Millisecond

// isEmpty looks whether a body of unknown length has a byte at all, which counts
// for the methods that usually have none: most such bodies are empty, and a
// chunked GET confuses servers. What was read is put back.
func (c *content) isEmpty() bool {
	probed := &probedBody{ReadCloser: c.first, first: make(chan firstRead, 1)}
	go probed.read()
	late := time.NewTimer(probeTime)
	defer late.Stop()
	select {
	case f := <-probed.first:
		if f.n == 0 && f.err == io.EOF {
			return true
		}
		probed.first <- f
	case <-late.C:
	}
	c.first = probed
	return false
}

// probedBody is a body whose first Read went ahead of its reader.
type probedBody struct {
	io.ReadCloser
	first chan firstRead // holds what that Read gives; nil when it was taken
	err   error          // that came with the first byte
}

type firstRead struct {
	b   byte
	n   int
	err error
}

func (b *probedBody) read() {
	var f firstRead
	var p [1]byte
	f.n, f.err = b.ReadCloser.Read(p[:])
	f.b = p[0]
	b.first <- f
}

func (b *probedBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.first != nil {
		f := <-b.first
		b.first = nil
		b.err = f.err
		if f.n == 1 {
			p[0] = f.b
			return 1, f.err
		}
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.ReadCloser.Read(p)
}
