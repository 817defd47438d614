package httpx

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A coding is a content coding that can be taken off (RFC 9110 section 8.4.1).
type coding uint8

const (
	codingGzip coding = iota
	codingDeflate
)

func (c coding) String() string {
	if c == codingGzip {
		return "gzip"
	}
	return "deflate"
}

// A decodeStage takes one coding off. Its decoder is chosen when the first
// bytes are there, since empty stays empty and deflate comes in two forms.
type decodeStage struct {
	coding coding
	src    *bufio.Reader // from the pool; nil after release
	dec    decoder       // nil before the first bytes
	wire   *countedBody
	limits DecodeLimits
	out    int64 // what was yielded; each stage is held to the limits
}

func newDecodeStage(c coding, src io.Reader, wire *countedBody, limits DecodeLimits) *decodeStage {
	s := &decodeStage{coding: c, src: sources.Get().(*bufio.Reader), wire: wire, limits: limits}
	s.src.Reset(src)
	return s
}

func (s *decodeStage) Read(p []byte) (int, error) {
	if s.dec == nil {
		if _, err := s.src.Peek(1); err != nil {
			return 0, err // io.EOF: nothing is nothing in every coding
		}
		dec, err := s.begin()
		if err != nil {
			return 0, s.wrap(err)
		}
		s.dec = dec
	}
	n, err := s.dec.Read(p)
	s.out += int64(n)
	if allowed := s.limits.allow(s.wire.n); s.out > allowed {
		over := s.out - allowed
		return n - int(over), fmt.Errorf("%w: more than %d bytes decoded from %d", ErrTooLarge, allowed, s.wire.n)
	}
	if err == io.EOF {
		err = s.checkEnd()
	}
	return n, s.wrap(err)
}

// begin takes a decoder for the bytes at hand.
func (s *decodeStage) begin() (decoder, error) {
	switch {
	case s.coding == codingGzip:
		return gzips.take(s.src)
	case hasZlibHeader(s.src):
		return zlibs.take(s.src)
	}
	return flates.take(s.src)
}

// hasZlibHeader tells the two forms of deflate apart: the standard means zlib's
// (RFC 9110 section 8.4.1.2), some servers send the raw one (RFC 1951). What
// RFC 1950 section 2.2 asks of the first two bytes no raw stream of a known
// encoder fulfils: it would begin with a stored block that has padding bits set.
func hasZlibHeader(src *bufio.Reader) bool {
	head, _ := src.Peek(2)
	return len(head) == 2 && head[0]&0x0f == 8 && head[0]>>4 <= 7 && (uint(head[0])<<8|uint(head[1]))%31 == 0
}

// checkEnd makes sure that nothing follows, which reads the wire to its end.
// gzip may have further members, and has looked for them itself.
func (s *decodeStage) checkEnd() error {
	_, err := s.src.Peek(1)
	if err == nil {
		return errors.New("data behind the end")
	}
	return err
}

func (s *decodeStage) wrap(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return fmt.Errorf("%s: %w", s.coding, err)
}

// release gives back what is pooled. The stage must not be read afterwards.
func (s *decodeStage) release() {
	if s.dec != nil {
		s.dec.free()
		s.dec = nil
	}
	if s.src != nil {
		s.src.Reset(nil)
		sources.Put(s.src)
		s.src = nil
	}
}

// sources are the buffers beneath the decoders.
var sources = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}

// A decoder yields what it reads decoded, until it is given back by free.
type decoder interface {
	io.Reader
	free()
}

// A decoderPool keeps decoders of one kind: their tables are some 40 KiB.
type decoderPool[T io.Reader] struct {
	pool  sync.Pool
	make  func(src io.Reader) (T, error)
	reset func(dec T, src io.Reader) error
}

func (d *decoderPool[T]) take(src io.Reader) (decoder, error) {
	p, ok := d.pool.Get().(*pooledDecoder[T])
	if !ok {
		dec, err := d.make(src)
		if err != nil {
			return nil, err
		}
		return &pooledDecoder[T]{dec: dec, home: d}, nil
	}
	if err := d.reset(p.dec, src); err != nil {
		p.free()
		return nil, err
	}
	return p, nil
}

type pooledDecoder[T io.Reader] struct {
	dec  T
	home *decoderPool[T]
}

func (p *pooledDecoder[T]) Read(b []byte) (int, error) { return p.dec.Read(b) }
func (p *pooledDecoder[T]) free()                      { p.home.pool.Put(p) }

var gzips = decoderPool[*gzip.Reader]{
	make:  gzip.NewReader,
	reset: (*gzip.Reader).Reset,
}

var zlibs = decoderPool[io.ReadCloser]{
	make:  zlib.NewReader,
	reset: func(dec io.ReadCloser, src io.Reader) error { return dec.(zlib.Resetter).Reset(src, nil) },
}

var flates = decoderPool[io.ReadCloser]{
	make:  func(src io.Reader) (io.ReadCloser, error) { return flate.NewReader(src), nil },
	reset: func(dec io.ReadCloser, src io.Reader) error { return dec.(flate.Resetter).Reset(src, nil) },
}
