package httpx

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// A decodedBody is the body of a response with its codings taken off: a stage
// a coding, each reading from the one before it, the first from the wire.
type decodedBody struct {
	wire   *countedBody
	fault  func(kind, cause error) error
	closed atomic.Bool

	mu     sync.Mutex // held during a Read, so that Close knows of one
	stages []*decodeStage
	err    error // what Read returns from now on
}

func newDecodedBody(body io.ReadCloser, codings []coding, limits DecodeLimits, fault func(kind, cause error) error) *decodedBody {
	b := &decodedBody{wire: &countedBody{body: body}, fault: fault}
	var src io.Reader = b.wire
	for _, c := range codings {
		s := newDecodeStage(c, src, b.wire, limits)
		b.stages = append(b.stages, s)
		src = s
	}
	return b
}

func (b *decodedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.closed.Load() {
		b.end(errBodyClosed)
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.stages[len(b.stages)-1].Read(p)
	if err != nil {
		b.end(b.translate(err))
	}
	return n, b.err
}

// translate makes an error of the decoders one that a caller understands. What
// came from the wire is that already.
func (b *decodedBody) translate(err error) error {
	switch {
	case err == io.EOF:
		return io.EOF
	case b.closed.Load():
		return errBodyClosed
	case b.wire.err != nil && b.wire.err != io.EOF:
		return b.wire.err
	case errors.Is(err, ErrTooLarge):
		return b.fault(ErrTooLarge, err)
	}
	return b.fault(ErrDecode, err)
}

// end gives the decoders back. After a failure the wire is of no use either.
func (b *decodedBody) end(err error) {
	b.err = err
	for _, s := range b.stages {
		s.release()
	}
	if err != io.EOF {
		b.wire.body.Close()
	}
}

// Close may run beside a Read and ends it, by closing the wire.
func (b *decodedBody) Close() error {
	b.closed.Store(true)
	err := b.wire.body.Close()
	if b.mu.TryLock() { // else the Read will see that it is closed
		if b.err == nil {
			b.end(errBodyClosed)
		}
		b.mu.Unlock()
	}
	return err
}

// countedBody counts what comes over the wire and remembers how it ended.
type countedBody struct {
	body io.ReadCloser
	n    int64
	err  error
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}
