package httpx

import (
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
)

// seen is what an observer was told: the numbers of events, and how many it
// missed.
type seen struct {
	mu      sync.Mutex
	numbers []uint64
	dropped uint64
}

func (s *seen) observe(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbers = append(s.numbers, e.Sequence)
	s.dropped += e.Dropped
}

// The memory of a queue is used again, holds nothing of what was told, and is let
// go where it grew too large.
func TestObserverKeepsItsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hub
		var s seen
		defer h.observe(s.observe)()
		o := h.observers[0]
		burst := func(n int) {
			h.mu.Lock() // so that all are queued before the first is told
			for range n {
				h.sequence++
				o.take(Event{Sequence: h.sequence, Method: "GET"})
			}
			h.mu.Unlock()
			synctest.Wait()
		}
		burst(10)
		first := cap(o.spare)
		if first < 10 {
			t.Fatalf("room for %d events is kept after 10", first)
		}
		for _, e := range o.spare[:cap(o.spare)] {
			if !reflect.ValueOf(e).IsZero() {
				t.Errorf("what is kept holds %v", e)
			}
		}
		for range 4 {
			burst(10)
		}
		if cap(o.spare) != first || cap(o.queue) != first {
			t.Errorf("room for %d and %d events, want that for %d used again", cap(o.spare), cap(o.queue), first)
		}
		burst(keptQueue + 1)
		if o.spare != nil {
			t.Errorf("room for %d events is kept", cap(o.spare))
		}
		burst(10)
		for i, n := range s.numbers {
			if n != uint64(i+1) {
				t.Fatalf("event %d is told as the %dth", n, i+1)
			}
		}
		if len(s.numbers) != 50+keptQueue+1+10 || s.dropped != 0 {
			t.Errorf("%d events were told, and %d as dropped", len(s.numbers), s.dropped)
		}
	})
}

// Observers that come and go while events are told get what was told meanwhile, in
// order and without a gap.
func TestObserversComeAndGo(t *testing.T) {
	var h hub
	var tellers, observers sync.WaitGroup
	for range 4 {
		tellers.Go(func() {
			for range 2000 {
				h.tell(nil, nil, Event{})
			}
		})
	}
	for range 4 {
		observers.Go(func() {
			for range 200 {
				var s seen
				stop := h.observe(func(e Event) {
					if before := len(s.numbers); before > 0 && e.Sequence != s.numbers[before-1]+1+e.Dropped {
						t.Errorf("event %d comes behind %d with %d dropped", e.Sequence, s.numbers[before-1], e.Dropped)
					}
					s.observe(e)
				})
				h.tell(nil, nil, Event{})
				stop()
			}
		})
	}
	tellers.Wait()
	observers.Wait()
	if len(h.observers) != 0 || h.isWatched() {
		t.Errorf("%d observers are left", len(h.observers))
	}
}
