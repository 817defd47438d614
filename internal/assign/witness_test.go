package assign

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A witness drives a machine and keeps books of its own, from the events and
// the actions alone, slowly and with nothing shared. After every event it holds
// them against the machine and against the laws that the package promises.
type witness struct {
	t       testing.TB
	m       *Machine[string]
	limits  Limits
	now     time.Duration
	clock   int // orders what happens at the same time
	isShut  bool
	conns   []*seenConn // not left, in order of their dials
	queue   []*seenWaiter
	history []string // the events so far, for the report of a failure
	acts    []Action[string]

	dials, serves, gifts int // Dial and Serve actions, and Close actions for GivenAway
}

// seenConn is a connection as the witness knows it: its Owner.
type seenConn struct {
	*Conn[string]
	name     string
	state    State
	since    time.Duration
	probing  bool
	retired  bool // takes no more leases
	used     bool // a lease of it has ended
	leases   int
	capacity int
	tooOld   time.Duration
	expires  time.Duration
	rule     Reason
	looked   time.Duration
	lookedAt int // the clock then
	usedAt   int
	stackAt  int         // when it came to the top of its key's stack; 0: not on it
	dialFor  *seenWaiter // nil once that one is gone
}

// seenWaiter is a waiter as the witness knows it: its Owner.
type seenWaiter struct {
	Waiter[string]
	name      string
	key       string
	since     time.Duration
	deadline  time.Duration
	overtaken int
	order     int  // of arrival
	fresh     bool // wants none that was used, unless it is in use
}

// takes reports whether c will do for x.
func (x *seenWaiter) takes(c *seenConn) bool { return !x.fresh || !c.used || c.leases > 0 }

func newWitness(t testing.TB, limits Limits) *witness {
	return &witness{t: t, m: New[string](limits), limits: limits}
}

func (w *witness) fatalf(format string, args ...any) {
	w.t.Helper()
	from := max(0, len(w.history)-60)
	for _, line := range w.history[from:] {
		w.t.Log(line)
	}
	w.t.Fatalf("%+v: %s", w.limits, fmt.Sprintf(format, args...))
}

func (w *witness) note(format string, args ...any) {
	w.clock++
	w.history = append(w.history, fmt.Sprintf("%v ", w.now)+fmt.Sprintf(format, args...))
}

// ---- events ----

// take returns the connection that the newcomer got, or nil.
func (w *witness) take(key string) *seenConn {
	w.note("take %s", key)
	want := w.bestFor(key)
	c, acts := w.m.Take(w.now, key, w.acts[:0])
	for _, act := range acts {
		if act.Do != Close {
			w.fatalf("Take asks to %v", act.Do)
		}
	}
	var got *seenConn
	w.see(acts)
	if c != nil {
		got = c.Owner.(*seenConn)
		if got != want && (want == nil || want.Conn.retired == None) {
			w.fatalf("Take chose %s, want %v", got.name, want)
		}
		w.leased(got, key, nil)
	} else if want != nil && want.Conn.retired == None {
		w.fatalf("Take gave nothing, %s is available", want.name)
	}
	w.check()
	return got
}

func (w *witness) wait(key string, x *seenWaiter) {
	w.note("wait %s %s", key, x.name)
	w.join(key, x, false)
	w.see(w.m.Wait(w.now, key, &x.Waiter, w.acts[:0]))
	w.check()
}

func (w *witness) waitFresh(key string, x *seenWaiter) {
	w.note("wait %s %s fresh", key, x.name)
	hasRoom := w.dialsOf(key) > len(w.waitersOf(key)) || len(w.conns) < w.limits.Connections && w.open(key) < w.limits.PerKey
	var want *seenConn
	for _, c := range w.conns {
		if c.Key == key && c.state == Idle && !c.probing && (want == nil || c.stackAt < want.stackAt) {
			want = c
		}
	}
	if hasRoom || w.isShut {
		want = nil
	}
	w.join(key, x, true)
	acts := w.m.WaitFresh(w.now, key, &x.Waiter, w.acts[:0])
	if want != nil && !closes(acts, want) {
		w.fatalf("%s makes no room for a fresh one", want.name)
	}
	for _, act := range acts {
		if act.Do == Serve && act.Conn.Owner.(*seenConn).state == Idle || act.Do == Close && act.Why == Suspected && act.Conn.Owner != want {
			w.fatalf("%s, for a fresh one", describe(act))
		}
	}
	w.see(acts)
	w.check()
}

// join books a new waiter.
func (w *witness) join(key string, x *seenWaiter, fresh bool) {
	x.fresh = fresh
	x.Owner, x.key, x.since, x.order, x.overtaken = x, key, w.now, w.clock, 0
	x.deadline = w.later(w.limits.AcquireTimeout)
	w.queue = append(w.queue, x)
}

func (w *witness) leave(x *seenWaiter) bool {
	w.note("leave %s", x.name)
	was := slices.Contains(w.queue, x)
	if is := w.m.Leave(&x.Waiter); is != was {
		w.fatalf("Leave of %s says %v, want %v", x.name, is, was)
	}
	if was {
		w.gone(x)
	}
	w.acts = w.acts[:0]
	w.check()
	return was
}

func (w *witness) dialled(c *seenConn, capacity int, maxAge time.Duration) {
	w.note("dialled %s capacity %d age %v", c.name, capacity, maxAge)
	if c.state == Left {
		acts := w.m.Dialled(w.now, c.Conn, capacity, maxAge, nil)
		if len(acts) != 1 || acts[0].Do != Close || acts[0].Conn != c.Conn {
			w.fatalf("Dialled of %s, which left, asks for %v, want its Close", c.name, acts)
		}
		return
	}
	c.state, c.capacity, c.dialFor, c.usedAt = Active, capacity, nil, w.clock
	c.tooOld = w.later(maxAge)
	acts := w.m.Dialled(w.now, c.Conn, capacity, maxAge, w.acts[:0])
	w.freed(c, Forever, acts)
	w.check()
}

func (w *witness) dialFailed(c *seenConn) {
	w.note("dial failed %s", c.name)
	was, starter := c.state, c.dialFor
	acts := w.m.DialFailed(w.now, c.Conn, w.acts[:0])
	if was == Left {
		if len(acts) > 0 {
			w.fatalf("DialFailed of %s, which left, asks for %v", c.name, acts)
		}
		return
	}
	failed := len(acts) > 0 && acts[0].Do == Fail && acts[0].Why == DialFailed
	if failed != (starter != nil) || failed && acts[0].Waiter != &starter.Waiter {
		w.fatalf("DialFailed of %s asks for %v, it was started for %v", c.name, acts, starter)
	}
	w.left(c)
	w.see(acts)
	w.check()
}

func (w *witness) release(c *seenConn, keep time.Duration, why Reason) {
	w.note("release %s keep %v (%v)", c.name, keep, why)
	c.leases--
	c.used = true
	c.usedAt = w.clock
	acts := w.m.Release(w.now, c.Conn, keep, why, w.acts[:0])
	if c.retired || keep <= 0 || c.tooOld <= w.now {
		c.retired = true
		if closed := closes(acts, c); closed != (c.leases == 0) {
			w.fatalf("%s is not to be used again, has %d leases, closed %v", c.name, c.leases, closed)
		}
		w.see(acts)
	} else {
		w.freed(c, keep, acts)
	}
	w.check()
}

func (w *witness) closed(c *seenConn) {
	w.note("closed %s", c.name)
	if c.state != Left {
		w.left(c)
	}
	w.see(w.m.Closed(w.now, c.Conn, w.acts[:0]))
	w.check()
}

func (w *witness) upgraded(c *seenConn) {
	w.note("upgraded %s", c.name)
	c.state, c.since, c.leases = Upgraded, w.now, 0
	w.m.Upgraded(w.now, c.Conn)
	w.acts = w.acts[:0]
	w.check()
}

func (w *witness) probeBatch() []*seenConn {
	w.note("probe batch")
	var want, got []*seenConn
	for _, c := range w.conns {
		if c.state == Idle && !c.probing && w.limits.ProbeEvery > 0 && c.looked+w.limits.ProbeEvery <= w.now {
			want = append(want, c)
		}
	}
	slices.SortFunc(want, func(a, b *seenConn) int { return a.lookedAt - b.lookedAt })
	want = want[:min(len(want), max(0, w.limits.ProbeBatch-w.probing()))]
	for _, c := range w.m.ProbeBatch(w.now, nil) {
		got = append(got, c.Owner.(*seenConn))
	}
	if !slices.Equal(got, want) {
		w.fatalf("ProbeBatch chose %v, want %v", names(got), names(want))
	}
	for _, c := range got {
		c.probing = true
	}
	w.acts = w.acts[:0]
	w.check()
	return got
}

func (w *witness) probed(c *seenConn, alive bool, why Reason) {
	w.note("probed %s alive %v", c.name, alive)
	was := c.state
	acts := w.m.Probed(w.now, c.Conn, alive, why, w.acts[:0])
	if was == Left {
		if len(acts) > 0 {
			w.fatalf("Probed of %s, which left, asks for %v", c.name, acts)
		}
		return
	}
	c.probing, c.looked, c.lookedAt = false, w.now, w.clock
	if dead := !alive || c.expires <= w.now; dead && !closes(acts, c) {
		w.fatalf("%s was found dead or expired and is not closed", c.name)
	}
	w.see(acts)
	w.check()
}

// tick does all that is due, as the owner does: until Wake says later.
func (w *witness) tick() {
	w.note("tick")
	for rounds := 0; ; rounds++ {
		w.see(w.m.Tick(w.now, w.acts[:0]))
		if !w.isOverdue() {
			break
		}
		if at, ok := w.m.Wake(); !ok || at > w.now || rounds > 1000 {
			w.fatalf("Tick left something that is due, Wake says %v, %v", at, ok)
		}
	}
	for _, c := range w.conns {
		if c.state == Idle && c.expires <= w.now {
			w.fatalf("%s has expired and is not closed", c.name)
		}
	}
	for _, x := range w.queue {
		if x.deadline > w.now {
			continue
		}
		if !w.isCovered(x) {
			w.fatalf("the time of %s is over and it waits", x.name)
		}
		x.deadline = w.later(w.limits.AcquireTimeout)
	}
	w.check()
	if at, ok := w.m.Wake(); ok && at <= w.now && !w.lookIsDue() {
		w.fatalf("Wake says %v after a Tick at %v", at, w.now)
	}
}

func (w *witness) closeIdle() {
	w.note("close idle")
	w.see(w.m.CloseIdle(w.now, w.acts[:0]))
	for _, c := range w.conns {
		if c.state == Idle {
			w.fatalf("%s is idle after CloseIdle", c.name)
		}
	}
	w.check()
}

func (w *witness) shut() {
	w.note("shut")
	w.isShut = true
	w.see(w.m.Shut(w.now, w.acts[:0]))
	for _, c := range w.conns {
		if c.state == Connecting || c.state == Idle {
			w.fatalf("%s is %v after Shut", c.name, c.state)
		}
		c.retired = true
	}
	if len(w.queue) > 0 {
		w.fatalf("%s waits after Shut", w.queue[0].name)
	}
	w.check()
}

// ---- what the actions mean ----

// see applies the actions to the books, in order, and checks each.
func (w *witness) see(acts []Action[string]) {
	w.acts = acts
	for _, act := range acts {
		w.history = append(w.history, "    "+describe(act))
		switch act.Do {
		case Dial:
			x := act.Waiter.Owner.(*seenWaiter)
			c := &seenConn{Conn: act.Conn, name: fmt.Sprintf("c%d", w.dials+1), state: Connecting, since: w.now, dialFor: x}
			if act.Conn.Key != x.key || w.undialledOf(x.key) != x {
				w.fatalf("dial of %s for %s, the oldest of %s without a dial is %v", act.Conn.Key, x.name, x.key, w.undialledOf(x.key))
			}
			if b := w.oldestBlocked(); b == nil || b.key != x.key {
				w.fatalf("dial for %s, the oldest that only the total limit held is %v", x.name, b)
			}
			act.Conn.Owner = c
			w.conns = append(w.conns, c)
			w.dials++
		case Serve:
			c, x := act.Conn.Owner.(*seenConn), act.Waiter.Owner.(*seenWaiter)
			if c.Key != x.key {
				w.fatalf("%s waits for %s and is served %s of %s", x.name, x.key, c.name, c.Key)
			}
			for _, before := range w.waitersOf(x.key) {
				if before == x {
					break
				}
				// A newcomer may have what one before it did not want.
				if before.takes(c) && (!before.fresh || x.order != w.clock) {
					w.fatalf("%s is served before %s of the same key", x.name, before.name)
				}
			}
			w.leased(c, x.key, x)
			w.gone(x)
			w.serves++
		case Close:
			w.checkClose(act.Conn.Owner.(*seenConn), act.Why)
			w.left(act.Conn.Owner.(*seenConn))
		case Fail:
			x := act.Waiter.Owner.(*seenWaiter)
			if !slices.Contains(w.queue, x) {
				w.fatalf("%s fails and does not wait", x.name)
			}
			w.checkFail(x, act)
			w.gone(x)
		case CancelDial:
			c := act.Conn.Owner.(*seenConn)
			if c.state != Connecting || !w.isShut {
				w.fatalf("the dial of %s is cancelled, it is %v", c.name, c.state)
			}
			w.left(c)
		default:
			w.fatalf("unknown action %v", act)
		}
	}
}

// freed is for a connection that has room for another lease and is good: it
// serves, is closed, or idles.
func (w *witness) freed(c *seenConn, keep time.Duration, acts []Action[string]) {
	if c.leases > 0 {
		w.see(acts)
		return
	}
	serves := slices.ContainsFunc(acts, func(a Action[string]) bool { return a.Do == Serve && a.Conn == c.Conn })
	if serves {
		w.see(acts)
		return
	}
	// Nobody of its own key may want it, but for one who must yield, or who comes
	// behind one that wants its slot.
	var first *seenWaiter
	for _, x := range w.waitersOf(c.Key) {
		if x.takes(c) || !w.isCovered(x) {
			first = x
			break
		}
	}
	for _, act := range acts {
		if act.Do != Close || act.Conn != c.Conn {
			continue
		}
		if wantsSlot := first != nil && !first.takes(c); wantsSlot != (act.Why == Suspected) {
			w.fatalf("%s is closed as %v, the first that it is for is %v", c.name, act.Why, first)
		}
	}
	if first != nil && !(closes(acts, c) && (acts[0].Why == GivenAway || acts[0].Why == Suspected)) {
		w.fatalf("%s is free, %s waits for it", c.name, first.name)
	}
	c.state, c.since, c.looked, c.lookedAt = Idle, w.now, w.now, w.clock
	c.expires, c.rule = w.later(w.limits.IdleTimeout), IdleExpired
	if keep < w.limits.IdleTimeout {
		c.expires, c.rule = w.later(keep), KeepAliveExpired
	}
	if c.tooOld < c.expires {
		c.expires, c.rule = c.tooOld, TooOld
	}
	w.see(acts)
}

// leased is for a lease that c gives to x, or to a newcomer where x is nil.
func (w *witness) leased(c *seenConn, key string, x *seenWaiter) {
	if c.state != Active && c.state != Idle || c.probing || c.retired || c.leases >= c.capacity {
		w.fatalf("a lease on %s, which is %v, probing %v, retired %v, with %d leases of %d",
			c.name, c.state, c.probing, c.retired, c.leases, c.capacity)
	}
	if c.tooOld <= w.now {
		w.fatalf("a lease on %s, which is too old", c.name)
	}
	if b := w.oldestBlocked(); b != nil && b.key != key && (x == nil || b.order < x.order) {
		if b.overtaken >= Overtakes && (c.leases == 0 || w.m.yielding == 0) {
			w.fatalf("%s is overtaken once more on %s", b.name, c.name)
		}
		b.overtaken++
	}
	c.state = Active
	c.leases++
	if c.leases == 1 {
		c.since = w.now
	}
	c.usedAt = w.clock
}

func (w *witness) checkClose(c *seenConn, why Reason) {
	available := c.state == Idle && !c.probing
	free := c.state == Active && c.leases == 0
	switch why {
	case IdleExpired, KeepAliveExpired:
		if c.state != Idle || c.expires > w.now || c.rule != why {
			w.fatalf("%s is closed as %v, it is %v until %v by %v", c.name, why, c.state, c.expires, c.rule)
		}
	case TooOld:
		if c.tooOld > w.now || c.leases > 0 {
			w.fatalf("%s is closed as too old, is young until %v, has %d leases", c.name, c.tooOld, c.leases)
		}
	case Evicted, OverIdleLimit:
		if !available {
			w.fatalf("%s is closed as %v, it is %v, probing %v", c.name, why, c.state, c.probing)
		}
		for _, o := range w.conns {
			if o.state == Idle && !o.probing && o.usedAt < c.usedAt {
				w.fatalf("%s is closed as %v, %s was used less recently", c.name, why, o.name)
			}
		}
		if why == Evicted && (w.oldestBlocked() == nil || len(w.conns) < w.limits.Connections) {
			w.fatalf("%s is evicted for nobody", c.name)
		}
		if why == OverIdleLimit && w.count(Idle) <= w.limits.Idle {
			w.fatalf("%s is closed as over the idle limit, %d are idle", c.name, w.count(Idle))
		}
	case GivenAway:
		w.gifts++
		if c.retired { // its leases ended since
			break
		}
		first := w.waitersOf(c.Key)
		b := w.oldestBlocked()
		if !available && !free || b == nil || b.overtaken < Overtakes || len(first) == 0 || b.order > first[0].order {
			w.fatalf("%s is given away to %v", c.name, b)
		}
	case Flushed:
		if c.state != Idle {
			w.fatalf("%s is flushed, it is %v", c.name, c.state)
		}
	case Shut:
		if !w.isShut || c.leases > 0 {
			w.fatalf("%s is closed as shut: %v, with %d leases", c.name, w.isShut, c.leases)
		}
	default:
		if !c.retired && c.state != Idle {
			w.fatalf("%s is closed as %v, it is %v", c.name, why, c.state)
		}
	}
}

func (w *witness) checkFail(x *seenWaiter, act Action[string]) {
	held := HeldByTotal
	switch {
	case w.isCovered(x):
		held = HeldByDial
	case w.open(x.key) >= w.limits.PerKey:
		held = HeldByKeyLimit
	}
	switch act.Why {
	case AcquireTimeout:
		if w.isCovered(x) || x.deadline > w.now {
			w.fatalf("%s times out, has time until %v, covered: %v", x.name, x.deadline, w.isCovered(x))
		}
	case QueueFull:
		if x != w.queue[len(w.queue)-1] || w.waiting() <= w.limits.Waiting {
			w.fatalf("%s finds the queue full, %d wait", x.name, w.waiting()-1)
		}
	case Shut:
		if !w.isShut {
			w.fatalf("%s fails as shut", x.name)
		}
		return // what held it has no meaning any more
	case DialFailed:
		return // see dialFailed; the dial does not count any more here
	default:
		w.fatalf("%s fails as %v", x.name, act.Why)
	}
	if act.Held != held {
		w.fatalf("%s fails held by %v, want %v", x.name, act.Held, held)
	}
}

func (w *witness) left(c *seenConn) {
	if c.state == Left {
		w.fatalf("%s left twice", c.name)
	}
	c.state, c.leases = Left, 0
	w.conns = slices.DeleteFunc(w.conns, func(o *seenConn) bool { return o == c })
}

func (w *witness) gone(x *seenWaiter) {
	w.queue = slices.DeleteFunc(w.queue, func(o *seenWaiter) bool { return o == x })
	for _, c := range w.conns {
		if c.dialFor == x {
			c.dialFor = nil
		}
	}
}
