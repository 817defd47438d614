package inspect

// A ring keeps the last values that were added. Its memory grows to its size as
// it is needed. The zero ring keeps nothing: size has to be set.
type ring[T any] struct {
	size   int
	values []T
	next   int // where the next one goes, once all places are taken
}

func (r *ring[T]) add(v T) {
	if len(r.values) < r.size {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % r.size
}

// last calls f with the values, newest first, until it returns false.
func (r *ring[T]) last(f func(T) bool) {
	for i := range r.values {
		at := r.next - 1 - i
		if at < 0 {
			at += len(r.values)
		}
		if !f(r.values[at]) {
			return
		}
	}
}

// all returns the values, oldest first.
func (r *ring[T]) all() []T {
	all := make([]T, 0, len(r.values))
	all = append(all, r.values[r.next:]...)
	return append(all, r.values[:r.next]...)
}

// newest returns the value that was added last, the zero value if there is none.
func (r *ring[T]) newest() (v T) {
	r.last(func(last T) bool {
		v = last
		return false
	})
	return v
}
