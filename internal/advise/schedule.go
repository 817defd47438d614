package advise

import (
	"container/heap"
	"time"
)

// A step is something that the world does: a caller comes or leaves, an
// exchange ends, a dial does.
type step struct {
	do     verb
	call   *call
	conn   *conn
	failed bool // of dialEnds

	at    time.Duration
	order int // of those at one time
}

type verb uint8

// At one time what frees something comes before what wants it.
const (
	giveBack verb = iota
	dialEnds
	leave
	arrive
)

// A schedule is what is still to happen.
type schedule struct {
	steps steps
	made  int
}

func (r *replay) at(at time.Duration, s step) {
	r.steps.made++
	s.at, s.order = at, r.steps.made
	heap.Push(&r.steps.steps, s)
}

// next is when the next step is.
func (s *schedule) next() (time.Duration, bool) {
	if len(s.steps) == 0 {
		return 0, false
	}
	return s.steps[0].at, true
}

func (s *schedule) pop() step { return heap.Pop(&s.steps).(step) }

type steps []step

func (s steps) Len() int      { return len(s) }
func (s steps) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s steps) Less(i, j int) bool {
	a, b := &s[i], &s[j]
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.do != b.do:
		return a.do < b.do
	}
	return a.order < b.order
}
func (s *steps) Push(x any) { *s = append(*s, x.(step)) }
func (s *steps) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
