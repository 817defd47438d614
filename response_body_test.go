package httpx

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// readBody gives the bytes whatever the reader's habits, and no more than the
// limit.
func TestReadBody(t *testing.T) {
	const text = "0123456789"
	readers := map[string]func(string) io.Reader{
		"whole":         func(s string) io.Reader { return strings.NewReader(s) },
		"byte by byte":  func(s string) io.Reader { return iotest.OneByteReader(strings.NewReader(s)) },
		"data with EOF": func(s string) io.Reader { return iotest.DataErrReader(strings.NewReader(s)) },
	}
	for name, reader := range readers {
		for _, size := range []int{0, 1, 10, 4095, 4096, 4097, 100_000} {
			want := strings.Repeat(text, size/10+1)[:size]
			for _, hint := range []int64{-1, int64(size)} {
				for _, limit := range []int64{int64(size), int64(size) + 1, math.MaxInt64} {
					got, err := readBody(reader(want), hint, limit)
					if err != nil || string(got) != want {
						t.Fatalf("%s, %d bytes, hint %d, limit %d: %d bytes, %v", name, size, hint, limit, len(got), err)
					}
				}
				if size == 0 {
					continue
				}
				if _, err := readBody(reader(want), hint, int64(size)-1); !errors.Is(err, ErrTooLarge) {
					t.Errorf("%s, %d bytes, hint %d, one over the limit: %v", name, size, hint, err)
				}
			}
		}
	}
}

// A reader that gives more than it announced is read to its end.
func TestReadBodyBeyondItsHint(t *testing.T) {
	got, err := readBody(bytes.NewReader(make([]byte, 5000)), 10, 10_000)
	if err != nil || len(got) != 5000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
