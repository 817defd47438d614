package opentelemetry

import (
	"io"
	"sync/atomic"
)

// A body is that of a response, whose end is the end of the call.
type body struct {
	inner io.ReadCloser
	call  *call
	read  atomic.Int64 // bytes
}

// Read reads the body.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	read := b.read.Add(int64(n))
	switch {
	case err == io.EOF:
		b.call.end(nil, read)
	case err != nil:
		b.call.end(err, -1)
	}
	return n, err
}

// WriteTo writes the rest of the body to w, as the body beneath does it best.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	to := &sink{w: w}
	n, err := io.Copy(to, b.inner)
	read := b.read.Add(n)
	switch {
	case err == nil:
		b.call.end(nil, read)
	case to.err == nil: // it is not w's: the body ended
		b.call.end(err, -1)
	}
	return n, err
}

// Close gives the body back.
func (b *body) Close() error {
	err := b.inner.Close()
	b.call.end(err, -1)
	return err
}

// A sink remembers that writing failed.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	s.err = err
	return n, err
}
