package httpx_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gohttpx/httpx"
)

// The events of a pool are a stream: numbered without a gap but for those that
// are told as dropped, and in the order of EventKind for each request and each
// connection, whatever else goes on.
func TestEventsInOrderUnderLoad(t *testing.T) {
	const callers, requests = 20, 60
	n := eccentricNetwork(t)
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{
		Connection:              directly(n),
		MaxConnections:          8,
		MaxConnectionsPerOrigin: 4,
	})
	defer pool.Close()
	story := story{connections: make(map[uint64]*life), requests: make(map[uint64]httpx.EventKind)}
	story.told.L = &story.mu
	stop := pool.Observe(story.tell)
	// This one is too slow for a while, and is told so.
	release := make(chan struct{})
	var before httpx.Event
	stopSlow := pool.Observe(func(e httpx.Event) {
		<-release
		if before.Sequence != 0 && e.Sequence != before.Sequence+e.Dropped+1 {
			t.Errorf("event %d comes behind %d, with %d dropped", e.Sequence, before.Sequence, e.Dropped)
		}
		before = e
	})

	var load sync.WaitGroup
	for i := range callers {
		random := rand.New(rand.NewPCG(uint64(i), 11))
		load.Go(func() {
			for range requests {
				callSomehow(pool, random)
			}
		})
	}
	load.Wait()
	pool.Close()
	close(release)
	last := make(chan uint64, 2)
	stopLast := pool.Observe(func(e httpx.Event) {
		if e.Origin == "http://closed.example" { // a connection's end may be told still
			last <- e.Sequence
		}
	})
	pool.Request(t.Context(), "GET", "http://closed.example/") // queued, and fails
	queued := <-last
	failed := <-last
	stopLast()
	story.wait(failed)
	stop()
	stopSlow()
	for _, fault := range story.faults {
		t.Error(fault)
	}
	if failed <= queued || story.seen < callers*requests {
		t.Errorf("%d events, the last ones are number %d and %d", story.seen, queued, failed)
	}
}

// A story is what an observer was told, and what was wrong with it.
type story struct {
	mu          sync.Mutex
	told        sync.Cond // an event was
	last        httpx.Event
	seen        int
	hasGap      bool // events were dropped
	connections map[uint64]*life
	requests    map[uint64]httpx.EventKind // the latest of each
	faults      []string
}

// A life is how a connection stands.
type life struct {
	latest httpx.EventKind
	isOver bool // it is closed
	byHand bool // from outside: what was under way goes on
}

func (s *story) fault(e httpx.Event, format string, args ...any) {
	if len(s.faults) < 20 {
		s.faults = append(s.faults, fmt.Sprintf("event %d, %s: ", e.Sequence, e)+fmt.Sprintf(format, args...))
	}
}

// tell takes an event.
func (s *story) tell(e httpx.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.told.Broadcast()
	if s.seen > 0 && e.Sequence != s.last.Sequence+e.Dropped+1 {
		s.fault(e, "it comes behind %d, with %d dropped", s.last.Sequence, e.Dropped)
	}
	if e.Time.Before(s.last.Time) {
		s.fault(e, "it is earlier than the one before")
	}
	s.seen++
	s.last = e
	if e.Dropped > 0 {
		s.hasGap = true // what became of these is not known
		clear(s.connections)
		clear(s.requests)
	}
	if e.Connection != 0 && e.Kind != httpx.EventReplayed && e.Kind != httpx.EventFailed {
		s.ofConnection(e)
	}
	if e.Request != 0 && !isOfDial(e.Kind) {
		s.ofRequest(e)
	}
}

// wait waits until the event of that number has been told.
func (s *story) wait(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.last.Sequence < number {
		s.told.Wait()
	}
}

// dialKinds are the events of a dial.
var dialKinds = []httpx.EventKind{
	httpx.EventDialStarted, httpx.EventResolved, httpx.EventConnected, httpx.EventTunnelled, httpx.EventTLSDone, httpx.EventDialFailed,
}

func isOfDial(k httpx.EventKind) bool { return slices.Contains(dialKinds, k) }

// ofConnection follows a connection: a dial, then exchanges, then the end.
func (s *story) ofConnection(e httpx.Event) {
	c := s.connections[e.Connection]
	if c == nil {
		byHand := e.Kind == httpx.EventClosed && isByHand(e.Reason)
		if e.Kind != httpx.EventDialStarted && !byHand && !s.hasGap {
			s.fault(e, "its dial did not start")
		}
		c = new(life)
		s.connections[e.Connection] = c
	} else if !c.byHand {
		s.follows(e, c)
	}
	c.latest = e.Kind
	switch e.Kind {
	case httpx.EventDialFailed:
		c.isOver = true
	case httpx.EventClosed:
		c.isOver = true
		c.byHand = isByHand(e.Reason)
	}
}

// follows says what is wrong with an event behind the latest one.
func (s *story) follows(e httpx.Event, c *life) {
	isFree := c.latest == httpx.EventConnected || c.latest == httpx.EventReturned // there is neither a proxy nor TLS
	switch {
	case e.Kind == httpx.EventClosed && isByHand(e.Reason) && c.latest != httpx.EventClosed:
		return
	case c.isOver:
	case e.Kind == httpx.EventAssigned && isFree:
		return
	case e.Kind == httpx.EventReturned && isFree:
		return // nobody wanted it any more
	case e.Kind != httpx.EventAssigned && (e.Kind > c.latest || isLate(e.Kind, c.latest)):
		return
	}
	s.fault(e, "it follows %s", c.latest)
}

// isByHand reports whether a connection was closed from outside.
func isByHand(reason string) bool {
	return reason == "closed by the caller" || reason == "the pool was closed" || reason == "context ended"
}

// isLate reports whether an event may follow that is earlier in the list: a first
// byte behind an interim response.
func isLate(k, latest httpx.EventKind) bool {
	return k == httpx.EventFirstByte && latest == httpx.EventInterim
}

// ofRequest follows a request.
func (s *story) ofRequest(e httpx.Event) {
	before := s.requests[e.Request]
	switch {
	case before == httpx.EventFailed:
		s.fault(e, "the request has failed before")
	case before != httpx.EventReplayed && e.Kind < before && !isLate(e.Kind, before):
		s.fault(e, "it follows %s", before)
	}
	s.requests[e.Request] = e.Kind
}
