package httpx

import "sync/atomic"

// once holds a value that is set once: the first one stays. Any goroutine may
// set and get it, without an allocation.
type once[T any] struct {
	state atomic.Uint32
	value T
}

const (
	onceEmpty uint32 = iota
	onceSetting
	onceSet
)

func (o *once[T]) set(v T) {
	if o.state.CompareAndSwap(onceEmpty, onceSetting) {
		o.value = v
		o.state.Store(onceSet)
	}
}

// get returns the value; false where there is none yet.
func (o *once[T]) get() (v T, ok bool) {
	if o.state.Load() != onceSet {
		return v, false
	}
	return o.value, true
}
