package httpx

import (
	"testing"
	"unsafe"
)

// What an acquire and a release touch of a connection lies in two lines of the
// processor's cache, and a connection takes no more memory than it did: one word
// more, and the allocator gives it an eighth more.
func TestConnectionLayout(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		return // counted in words of 64 bits
	}
	var c Connection
	first := unsafe.Offsetof(c.idleSince)
	last := unsafe.Offsetof(c.pooled) + unsafe.Offsetof(c.pooled.isLearned) + unsafe.Sizeof(c.isLearned)
	if last-first > 64 {
		t.Errorf("from idleSince to isLearned are %d bytes, want at most 64", last-first)
	}
	const class = 1152 - 8 // a header of the allocator's is in it
	if size := unsafe.Sizeof(c); size > class {
		t.Errorf("a connection has %d bytes, want at most %d", size, class)
	}
}
