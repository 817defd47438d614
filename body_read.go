package httpx

import (
	"fmt"
	"io"
	"sync"
)

// maxClaim is how much memory a size is worth that a peer only claims.
const maxClaim = 1 << 20

// readBody reads body to its end, at most limit bytes. hint is its size where
// that is known, else negative.
func readBody(body io.Reader, hint, limit int64) ([]byte, error) {
	switch {
	case hint > limit:
		return nil, tooLarge(limit)
	case hint >= 0:
		return readOn(make([]byte, 0, min(hint, maxClaim)), body, hint, limit)
	}
	// Most bodies of unknown size are small: they are gathered in memory that
	// is used again, and take no more of their own than they need.
	scratch := gatherings.Get().(*[gatherSize]byte)
	defer gatherings.Put(scratch)
	data, err := readFull(scratch[:0:min(gatherSize, max(limit, 0))], body)
	switch {
	case err == io.EOF:
		return append(make([]byte, 0, len(data)), data...), nil
	case err != nil:
		return append([]byte(nil), data...), err
	}
	return readOn(append(make([]byte, 0, min(4*int64(len(data)), limit)), data...), body, -1, limit)
}

const gatherSize = 64 << 10

var gatherings = sync.Pool{New: func() any { return new([gatherSize]byte) }}

// readFull reads until data is full, which is no error, or body ends.
func readFull(data []byte, body io.Reader) ([]byte, error) {
	for len(data) < cap(data) {
		n, err := body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err != nil {
			return data, err
		}
	}
	return data, nil
}

// readOn reads the rest of body behind data, which grows as it must.
func readOn(data []byte, body io.Reader, hint, limit int64) ([]byte, error) {
	for {
		var err error
		if data, err = readFull(data, body); err == io.EOF {
			return data, nil
		} else if err != nil {
			return data, err
		}
		// What is full may be all there is: only one byte more tells.
		var next [1]byte
		n, err := body.Read(next[:])
		if n > 0 {
			if int64(len(data)) >= limit {
				return data, tooLarge(limit)
			}
			size := min(2*int64(len(data))+1, limit)
			if int64(len(data)) < hint {
				size = hint
			}
			data = append(append(make([]byte, 0, size), data...), next[0])
		}
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return data, err
		}
	}
}

func tooLarge(limit int64) error {
	return fmt.Errorf("body %w: more than %d bytes", ErrTooLarge, limit)
}
