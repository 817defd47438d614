package httpx

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A lesson is what the closes of an origin taught about how long it keeps an
// idle connection. Servers seldom say it (Keep-Alive: timeout=), but they close
// after the same time again and again. It is learned when three closes in a row
// agree, and holds until they stop to.
type lesson struct {
	limit atomic.Int64 // how long to keep an idle connection; 0: nothing learned

	mu   sync.Mutex // guards all below
	seen [lessonCloses]time.Duration
	n    int
}

const (
	lessonCloses = 3
	// lessonSpread is how far the closes may lie apart: a close is seen up to a
	// second late, and servers look at their clocks in steps of seconds.
	lessonSpread = 2500 * time.Millisecond
	// maxLessons bounds the origins that are remembered.
	maxLessons = 1024
)

// keep is how long an idle connection should be kept, as far as was learned.
func (l *lesson) keep() time.Duration {
	if l == nil {
		return forever
	}
	if d := l.limit.Load(); d != 0 {
		return time.Duration(d)
	}
	return forever
}

// closedAfter notes that the peer closed a connection which had idled so long.
func (l *lesson) closedAfter(idle time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[l.n%lessonCloses] = idle
	l.n++
	if l.n < lessonCloses {
		return
	}
	least, most := slices.Min(l.seen[:]), slices.Max(l.seen[:])
	if most-least > lessonSpread {
		l.limit.Store(0)
		return
	}
	// A close was seen late, never early: what is sure is less than the least.
	sure := least - keepMargin
	l.limit.Store(int64(max(sure, least/2)))
}

// lessons are those of a pool, by origin and route.
type lessons struct {
	mu    sync.Mutex
	known map[poolKey]*lesson
}

func (s *lessons) of(key poolKey) *lesson {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.known[key]; l != nil {
		return l
	}
	if s.known == nil || len(s.known) >= maxLessons {
		s.known = make(map[poolKey]*lesson)
	}
	l := new(lesson)
	s.known[key] = l
	return l
}

// learned is what is known of a key, 0 for nothing.
func (s *lessons) learned(key poolKey) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.known[key]; l != nil {
		return time.Duration(l.limit.Load())
	}
	return 0
}
