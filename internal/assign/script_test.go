package assign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A script is a table of sentences: what happens, what the machine asks for,
// and what it holds then. The witness checks every law besides.
//
//	wait w1 a            w1 asks for a connection of key a; "fresh": none that idles
//	take a               a newcomer takes one, or none
//	leave w1             w1 gives up
//	dialled c1           the first dial ended well; "shared 3": for three leases; "age 5s": its age
//	failed c1            it ended badly
//	release c1           a lease ended; "keep 5s": the peer's hint; "broken": not reusable
//	closed c1, upgraded c1
//	probe                asks for the batch; alive c1 and dead c1 report
//	after 5s             time passes, and a Tick; "untimed": the timer is late
//	close idle, shut
type script []step

type step struct {
	do     string
	want   string // the actions, separated by "; "
	counts string // as a pool's text form has them; "" where they stay
}

// stage runs a script: it knows connections and waiters by name.
type stage struct {
	*witness
	named   map[string]*seenConn
	waiters map[string]*seenWaiter
	counts  string
}

func (s script) run(t *testing.T, limits Limits) {
	t.Helper()
	on := &stage{
		witness: newWitness(t, limits),
		named:   make(map[string]*seenConn),
		waiters: make(map[string]*seenWaiter),
		counts:  "0 active",
	}
	for i, step := range s {
		got := on.do(step.do)
		for _, c := range on.conns {
			on.named[c.name] = c
		}
		if got != step.want {
			t.Fatalf("step %d, %q:\n got %q\nwant %q", i+1, step.do, got, step.want)
		}
		if step.counts != "" {
			on.counts = step.counts
		}
		if got := words(on.m.Counts()); got != on.counts {
			t.Fatalf("step %d, %q: counts %q, want %q", i+1, step.do, got, on.counts)
		}
	}
	if !on.isShut {
		on.finish()
	}
}

// do makes one event and returns the actions in words.
func (s *stage) do(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	args := strings.Fields(rest)
	s.acts = s.acts[:0]
	switch verb {
	case "wait":
		x := s.waiters[args[0]]
		if x == nil {
			x = &seenWaiter{name: args[0]}
			s.waiters[args[0]] = x
		}
		if slices.Contains(args, "fresh") {
			s.waitFresh(args[1], x)
		} else {
			s.wait(args[1], x)
		}
	case "take":
		c := s.take(args[0])
		return s.said(fmt.Sprint("take ", c))
	case "leave":
		if !s.leave(s.waiters[args[0]]) {
			return "too late"
		}
	case "dialled":
		capacity, age := 1, Forever
		if at := slices.Index(args, "shared"); at > 0 {
			capacity, _ = strconv.Atoi(args[at+1])
		}
		if at := slices.Index(args, "age"); at > 0 {
			age = s.duration(args[at+1])
		}
		s.dialled(s.conn(args[0]), capacity, age)
	case "failed":
		s.dialFailed(s.conn(args[0]))
	case "release":
		keep, why := Forever, None
		if slices.Contains(args, "broken") {
			keep, why = 0, NotReusable
		}
		if at := slices.Index(args, "keep"); at > 0 {
			keep = s.duration(args[at+1])
		}
		s.release(s.conn(args[0]), keep, why)
	case "closed":
		s.closed(s.conn(args[0]))
	case "upgraded":
		s.upgraded(s.conn(args[0]))
	case "probe":
		return "look at " + names(s.probeBatch())
	case "alive":
		s.probed(s.conn(args[0]), true, None)
	case "dead":
		s.probed(s.conn(args[0]), false, PeerClosed)
	case "after":
		s.now += s.duration(args[0])
		if !slices.Contains(args, "untimed") {
			s.tick()
		}
	case "close":
		s.closeIdle()
	case "shut":
		s.shut()
	default:
		s.t.Fatalf("no such event: %q", line)
	}
	return s.said("")
}

// said returns the actions of the last event in words, and then what else.
func (s *stage) said(also string) string {
	var said []string
	for _, act := range s.acts {
		if act.Do == Dial {
			said = append(said, fmt.Sprintf("dial %v for %v", act.Conn.Owner, act.Waiter.Owner))
		} else {
			said = append(said, describe(act))
		}
	}
	if also != "" {
		said = append(said, also)
	}
	return strings.Join(said, "; ")
}

func (s *stage) conn(name string) *seenConn {
	c := s.named[name]
	if c == nil {
		s.t.Fatalf("there was no connection %s", name)
	}
	return c
}

func (s *stage) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// words says the counts as a pool does.
func words(c Counts) string {
	var said []string
	for _, part := range []struct {
		n    int
		name string
	}{{c.Connecting, "connecting"}, {c.Active, "active"}, {c.Idle, "idle"}, {c.Upgraded, "upgraded"}, {c.Waiting, "waiting"}} {
		if part.n > 0 {
			said = append(said, fmt.Sprintf("%d %s", part.n, part.name))
		}
	}
	if said == nil {
		return "0 active"
	}
	return strings.Join(said, ", ")
}
