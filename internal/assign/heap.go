package assign

// heap is a binary heap, the least rank on top, whose entries know their place:
// any of them can change or leave in O(log n). A place is counted from 1, so
// that 0 in a T's field says "not in the heap". The zero value is empty.
type heap[T any] struct {
	entries []heapEntry[T]
}

type heapEntry[T any] struct {
	rank  int64
	of    *T
	place *int // the field of the T that holds its place
}

func (h *heap[T]) isEmpty() bool { return len(h.entries) == 0 }

// top returns the T of the least rank. The heap must not be empty.
func (h *heap[T]) top() *T { return h.entries[0].of }

// rank returns the rank at the place.
func (h *heap[T]) rank(place int) int64 { return h.entries[place-1].rank }

func (h *heap[T]) push(rank int64, of *T, place *int) {
	h.entries = append(h.entries, heapEntry[T]{rank, of, place})
	h.up(len(h.entries) - 1)
}

// update gives the entry at the place another rank.
func (h *heap[T]) update(place int, rank int64) {
	i := place - 1
	before := h.entries[i].rank
	h.entries[i].rank = rank
	if rank < before {
		h.up(i)
	} else {
		h.down(i)
	}
}

func (h *heap[T]) remove(place int) {
	i, last := place-1, len(h.entries)-1
	*h.entries[i].place = 0
	moved := h.entries[last]
	h.entries[last] = heapEntry[T]{} // holds nothing in memory
	h.entries = h.entries[:last]
	if i == last {
		return
	}
	h.entries[i] = moved
	h.up(i)
	h.down(*moved.place - 1)
}

// up moves the entry at i towards the top until its parent is not greater.
func (h *heap[T]) up(i int) {
	e := h.entries[i]
	for i > 0 {
		parent := (i - 1) / 2
		if h.entries[parent].rank <= e.rank {
			break
		}
		h.set(i, h.entries[parent])
		i = parent
	}
	h.set(i, e)
}

// down moves the entry at i away from the top until no child is less.
func (h *heap[T]) down(i int) {
	e := h.entries[i]
	for {
		child := 2*i + 1
		if child >= len(h.entries) {
			break
		}
		if right := child + 1; right < len(h.entries) && h.entries[right].rank < h.entries[child].rank {
			child = right
		}
		if e.rank <= h.entries[child].rank {
			break
		}
		h.set(i, h.entries[child])
		i = child
	}
	h.set(i, e)
}

func (h *heap[T]) set(i int, e heapEntry[T]) {
	h.entries[i] = e
	*e.place = i + 1
}
