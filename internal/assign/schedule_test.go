package assign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// A schedule is a run of random events: every choice is a number below n, from
// a seed or from the bytes of a fuzzer.
type schedule struct {
	*witness
	choose   func(n int) int
	keyNames []string
	free     []*seenWaiter // to be used again
	created  int
	probes   []*seenConn // given out by ProbeBatch and not reported
	ended    []*seenConn // left; late reports about them must do no harm
	shares   int         // the greatest capacity
}

func newSchedule(t testing.TB, choose func(n int) int) *schedule {
	durations := []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, Forever}
	limits := Limits{
		Connections:    1 + choose(6),
		PerKey:         1 + choose(4),
		Idle:           choose(5),
		Waiting:        choose(60),
		AcquireTimeout: durations[1+choose(3)],
		IdleTimeout:    durations[choose(4)],
		ProbeEvery:     time.Duration(choose(3)) * time.Second,
		ProbeBatch:     choose(4),
	}
	if choose(3) == 0 {
		limits.PerKey = math.MaxInt
	}
	if choose(3) == 0 {
		limits.Idle = math.MaxInt
	}
	s := &schedule{witness: newWitness(t, limits), choose: choose, shares: 1}
	if choose(4) == 0 {
		s.shares = 3
	}
	for i := range 1 + choose(6) {
		s.keyNames = append(s.keyNames, fmt.Sprintf("key%d", i))
	}
	return s
}

// run makes steps events. busy makes callers patient and connections good, so
// that queues grow and waiters are overtaken.
func (s *schedule) run(steps int, busy bool) {
	for range steps {
		s.step(busy)
	}
	for i := range s.ended {
		s.reportLate(s.ended[i])
	}
	s.finish()
	for i := range s.ended {
		s.reportLate(s.ended[i])
	}
}

func (s *schedule) step(busy bool) {
	const (
		acquire  = 30
		connect  = acquire + 20
		release  = connect + 28
		advance  = release + 8
		busyEnd  = advance
		leave    = advance + 4
		fail     = leave + 4
		die      = fail + 3
		upgrade  = die + 1
		look     = upgrade + 4
		report   = look + 4
		flush    = report + 1
		shutdown = flush + 1
		end      = shutdown
	)
	last := end
	if busy {
		last = busyEnd
	}
	switch n := s.choose(last); {
	case n < acquire:
		s.acquire()
	case n < connect:
		if c := s.any(Connecting); c != nil {
			s.dialled(c, 1+s.choose(s.shares), []time.Duration{Forever, 5 * time.Second, 20 * time.Second}[s.choose(3)])
		}
	case n < release:
		if c := s.any(Active); c != nil {
			keeps := []time.Duration{Forever, Forever, Forever, 2 * time.Second, 0}
			if busy {
				keeps = keeps[:3]
			}
			s.release(c, keeps[s.choose(len(keeps))], NotReusable)
			s.noteEnd(c)
		}
	case n < advance:
		if !busy {
			s.now += time.Duration(s.choose(1500)) * time.Millisecond
		}
		if s.choose(3) > 0 { // else the timer is late
			s.tick()
		}
	case n < leave:
		if len(s.queue) > 0 {
			s.leave(s.queue[s.choose(len(s.queue))])
		}
	case n < fail:
		if c := s.any(Connecting); c != nil {
			s.dialFailed(c)
			s.noteEnd(c)
		}
	case n < die:
		if len(s.conns) > 0 {
			c := s.conns[s.choose(len(s.conns))]
			s.closed(c)
			s.noteEnd(c)
		}
	case n < upgrade:
		if c := s.any(Active); c != nil && c.capacity == 1 {
			s.upgraded(c)
		}
	case n < look:
		s.probes = append(s.probes, s.probeBatch()...)
	case n < report:
		if n := len(s.probes); n > 0 {
			i := s.choose(n)
			c := s.probes[i]
			s.probes[i], s.probes = s.probes[n-1], s.probes[:n-1]
			s.probed(c, s.choose(3) > 0, PeerClosed)
			s.noteEnd(c)
		}
	case n < flush:
		s.closeIdle()
	default:
		if s.choose(60) == 0 {
			s.shut()
		}
	}
}

// acquire is what an owner does for a caller.
func (s *schedule) acquire() {
	// The first key is asked for as often as all the others together.
	key := s.keyNames[max(0, s.choose(2*len(s.keyNames))-len(s.keyNames))]
	fresh := s.choose(20) == 0
	if !fresh && s.choose(8) > 0 && s.take(key) != nil {
		return
	}
	var x *seenWaiter
	if i := len(s.free); i > 0 && !s.free[0].IsWaiting() {
		x, s.free = s.free[0], s.free[1:]
	} else {
		s.created++
		x = &seenWaiter{name: fmt.Sprintf("w%d", s.created)}
	}
	s.free = append(s.free, x) // it may be used again once it is through
	if fresh {
		s.waitFresh(key, x)
	} else {
		s.wait(key, x)
	}
}

// any returns a random connection in the state, or nil.
func (s *schedule) any(state State) *seenConn {
	var of []*seenConn
	for _, c := range s.conns {
		if c.state == state {
			of = append(of, c)
		}
	}
	if len(of) == 0 {
		return nil
	}
	return of[s.choose(len(of))]
}

func (s *schedule) noteEnd(c *seenConn) {
	if c.state == Left && len(s.ended) < 20 {
		s.ended = append(s.ended, c)
	}
}

// reportLate says what an owner may still say of a connection that left.
func (s *schedule) reportLate(c *seenConn) {
	switch s.choose(4) {
	case 0:
		s.dialled(c, 1, Forever)
	case 1:
		s.dialFailed(c)
	case 2:
		s.closed(c)
	case 3:
		s.probed(c, true, None)
	}
}

func TestRandomSchedules(t *testing.T) {
	schedules := 700
	if testing.Short() {
		schedules = 200
	}
	var dials, serves, gifts int
	for seed := range schedules {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		s := newSchedule(t, random.IntN)
		s.note("seed %d", seed)
		s.run(150, seed%3 == 0)
		dials, serves, gifts = dials+s.dials, serves+s.serves, gifts+s.gifts
	}
	// The laws hold easily where nothing happens.
	if dials < schedules || serves < schedules || gifts < 5 {
		t.Errorf("%d schedules saw only %d dials, %d served waiters and %d connections given away", schedules, dials, serves, gifts)
	}
}

// FuzzSchedule reads its input as a schedule. Run it with -fuzzminimizetime 10x:
// to minimize each long input costs more than it gives.
func FuzzSchedule(f *testing.F) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 2))
		events := make([]byte, 400)
		for i := range events {
			events[i] = byte(random.Uint32())
		}
		f.Add(events)
	}
	f.Fuzz(func(t *testing.T, events []byte) {
		i := 0
		choose := func(n int) int {
			if i == len(events) {
				return 0
			}
			b := int(events[i])
			i++
			if n > 256 && i < len(events) {
				b = b<<8 | int(events[i])
				i++
			}
			return b % n
		}
		s := newSchedule(t, choose)
		busy := choose(2) == 0
		for step := 0; i < len(events) && step < 400; step++ {
			s.step(busy)
		}
		s.finish()
	})
}
