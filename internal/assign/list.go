package assign

// list is an intrusive doubly linked list of T: the nodes are fields of T, so
// that joining and leaving allocate nothing and cost O(1). The zero value is
// empty.
type list[T any] struct {
	head, tail *node[T]
}

// node is a T's place in one list. The zero value is in none.
type node[T any] struct {
	prev, next *node[T]
	of         *T // nil: in no list
}

func (n *node[T]) isLinked() bool { return n.of != nil }

func (l *list[T]) isEmpty() bool { return l.head == nil }

// first returns the T at the front, or nil.
func (l *list[T]) first() *T {
	if l.head == nil {
		return nil
	}
	return l.head.of
}

// last returns the T at the back, or nil.
func (l *list[T]) last() *T {
	if l.tail == nil {
		return nil
	}
	return l.tail.of
}

// after returns the T behind n, or nil.
func (n *node[T]) after() *T {
	if n.next == nil {
		return nil
	}
	return n.next.of
}

// before returns the T in front of n, or nil.
func (n *node[T]) before() *T {
	if n.prev == nil {
		return nil
	}
	return n.prev.of
}

func (l *list[T]) pushBack(n *node[T], of *T) {
	n.of, n.prev = of, l.tail
	if l.tail == nil {
		l.head = n
	} else {
		l.tail.next = n
	}
	l.tail = n
}

func (l *list[T]) pushFront(n *node[T], of *T) {
	n.of, n.next = of, l.head
	if l.head == nil {
		l.tail = n
	} else {
		l.head.prev = n
	}
	l.head = n
}

func (l *list[T]) remove(n *node[T]) {
	if n.prev == nil {
		l.head = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.tail = n.prev
	} else {
		n.next.prev = n.prev
	}
	*n = node[T]{}
}
