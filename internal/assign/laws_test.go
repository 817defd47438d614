package assign

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The slow questions: each is answered from the witness's books by counting.

func (w *witness) later(d time.Duration) time.Duration {
	if d == Forever {
		return Forever
	}
	return w.now + d
}

func (w *witness) count(s State) int {
	n := 0
	for _, c := range w.conns {
		if c.state == s {
			n++
		}
	}
	return n
}

func (w *witness) probing() int {
	n := 0
	for _, c := range w.conns {
		if c.probing {
			n++
		}
	}
	return n
}

// open returns the number of connections of the key.
func (w *witness) open(key string) int {
	n := 0
	for _, c := range w.conns {
		if c.Key == key {
			n++
		}
	}
	return n
}

// dialsOf returns the number of dials under way for the key.
func (w *witness) dialsOf(key string) int {
	n := 0
	for _, c := range w.conns {
		if c.Key == key && c.state == Connecting {
			n++
		}
	}
	return n
}

func (w *witness) waitersOf(key string) []*seenWaiter {
	var of []*seenWaiter
	for _, x := range w.queue {
		if x.key == key {
			of = append(of, x)
		}
	}
	return of
}

// keys returns every key with a connection or a waiter.
func (w *witness) keys() []string {
	var keys []string
	for _, c := range w.conns {
		keys = append(keys, c.Key)
	}
	for _, x := range w.queue {
		keys = append(keys, x.key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// waiting counts the callers with neither a connection nor a dial under way.
func (w *witness) waiting() int {
	n := 0
	for _, key := range w.keys() {
		n += max(0, len(w.waitersOf(key))-w.dialsOf(key))
	}
	return n
}

// isCovered reports whether a dial is under way for x.
func (w *witness) isCovered(x *seenWaiter) bool {
	return slices.Index(w.waitersOf(x.key), x) < w.dialsOf(x.key)
}

// undialledOf returns the key's oldest waiter without a dial of its own.
func (w *witness) undialledOf(key string) *seenWaiter {
	for _, x := range w.waitersOf(key) {
		if !slices.ContainsFunc(w.conns, func(c *seenConn) bool { return c.state == Connecting && c.dialFor == x }) {
			return x
		}
	}
	return nil
}

// oldestBlocked returns the oldest waiter that only the total limit holds.
func (w *witness) oldestBlocked() *seenWaiter {
	for _, x := range w.queue {
		if !w.isCovered(x) && w.open(x.key) < w.limits.PerKey {
			return x
		}
	}
	return nil
}

// bestFor returns the connection that a newcomer of the key is to be given.
func (w *witness) bestFor(key string) *seenConn {
	var best *seenConn
	for _, c := range w.conns {
		if c.Key != key || c.probing || c.tooOld <= w.now || c.stackAt == 0 || c.state == Idle && c.expires <= w.now {
			continue
		}
		if best == nil || c.stackAt > best.stackAt {
			best = c
		}
	}
	return best
}

// isOverdue reports whether something is due that Tick should have done.
func (w *witness) isOverdue() bool {
	return slices.ContainsFunc(w.conns, func(c *seenConn) bool { return c.state == Idle && c.expires <= w.now }) ||
		slices.ContainsFunc(w.queue, func(x *seenWaiter) bool { return x.deadline <= w.now && !w.isCovered(x) })
}

func (w *witness) lookIsDue() bool { return w.nextLook() <= w.now }

// nextLook returns when a probe is due, or Forever.
func (w *witness) nextLook() time.Duration {
	at := Forever
	if w.limits.ProbeEvery <= 0 || w.limits.ProbeEvery == Forever || w.probing() >= w.limits.ProbeBatch {
		return at
	}
	for _, c := range w.conns {
		if c.state == Idle && !c.probing {
			at = min(at, c.looked+w.limits.ProbeEvery)
		}
	}
	return at
}

// check holds the machine against the books, and both against the laws.
func (w *witness) check() {
	w.bookStacks()
	w.checkCounts()
	w.checkLimits()
	w.checkNobodyWaitsInVain()
	w.checkWake()
	w.checkSnapshot()
	w.checkStructure()
}

// bookStacks notes which connections came to the top of their key's stack.
func (w *witness) bookStacks() {
	for _, c := range w.conns {
		c.retired = c.retired || c.Conn.retired != None
		hasRoom := c.state == Active && c.leases < c.capacity && !c.retired
		switch {
		case c.state == Idle && c.lookedAt == w.clock && !c.probing && c.usedAt == w.clock:
			c.stackAt = w.clock
		case c.state == Idle:
		case !hasRoom:
			c.stackAt = 0
		case c.stackAt == 0:
			c.stackAt = w.clock
		}
	}
}

func (w *witness) checkCounts() {
	want := Counts{w.count(Connecting), w.count(Active), w.count(Idle), w.count(Upgraded), w.waiting()}
	if got := w.m.Counts(); got != want {
		w.fatalf("Counts are %+v, want %+v", got, want)
	}
	if got, want := w.m.Empty(), len(w.conns) == 0 && len(w.queue) == 0; got != want {
		w.fatalf("Empty is %v, want %v", got, want)
	}
	for _, c := range w.conns {
		if c.State() != c.state || int(c.Conn.leases) != c.leases || c.HasLeft() {
			w.fatalf("%s is %v with %d leases, want %v with %d", c.name, c.State(), c.Conn.leases, c.state, c.leases)
		}
		if c.state == Active && c.leases == 0 {
			w.fatalf("%s is active without a lease", c.name)
		}
	}
}

func (w *witness) checkLimits() {
	if n := len(w.conns); n > w.limits.Connections {
		w.fatalf("%d connections", n)
	}
	for _, key := range w.keys() {
		if n := w.open(key); n > w.limits.PerKey {
			w.fatalf("%d connections of %s", n, key)
		}
	}
	if n := w.count(Idle); n > w.limits.Idle {
		w.fatalf("%d idle", n)
	}
	// Who finds his connection being looked at waits, full as the queue may be.
	if n := w.waiting(); n > w.limits.Waiting+w.limits.ProbeBatch {
		w.fatalf("%d waiting", n)
	}
	if n := w.probing(); n > w.limits.ProbeBatch {
		w.fatalf("%d being probed", n)
	}
}

// checkNobodyWaitsInVain is the law of work conservation.
func (w *witness) checkNobodyWaitsInVain() {
	canEvict := slices.ContainsFunc(w.conns, func(c *seenConn) bool { return c.state == Idle && !c.probing })
	for _, key := range w.keys() {
		waiters := w.waitersOf(key)
		if len(waiters) == 0 {
			continue
		}
		for _, c := range w.conns {
			if c.Key != key || c.probing || c.stackAt == 0 {
				continue
			}
			for _, x := range waiters {
				// Who wants a fresh one has a dial, or takes a lease on a
				// shared one when the next of its leases ends.
				if !x.fresh || c.state == Idle && !w.isCovered(x) {
					w.fatalf("%s waits, %s of its key is available", x.name, c.name)
				}
			}
		}
		if len(waiters) <= w.dialsOf(key) || w.open(key) >= w.limits.PerKey {
			continue
		}
		if len(w.conns) < w.limits.Connections {
			w.fatalf("%s waits, there is room for a connection", waiters[0].name)
		}
		if canEvict {
			w.fatalf("%s waits, an idle connection could be evicted", waiters[0].name)
		}
	}
	yielding := 0
	for _, c := range w.conns {
		if c.Conn.retired == GivenAway {
			yielding++
		}
	}
	if yielding > 1 || yielding != w.m.yielding {
		w.fatalf("%d connections take no leases for an overtaken waiter, the machine counts %d", yielding, w.m.yielding)
	}
}

func (w *witness) checkWake() {
	due := w.nextLook()
	for _, c := range w.conns {
		if c.state == Idle {
			due = min(due, c.expires)
		}
	}
	for _, x := range w.queue {
		due = min(due, x.deadline)
	}
	if at, ok := w.m.Wake(); due != Forever && (!ok || at > due) {
		w.fatalf("Wake says %v, %v; %v is due", at, ok, due)
	}
}

func (w *witness) checkSnapshot() {
	conns := w.m.AppendConns(nil)
	if len(conns) != len(w.conns) {
		w.fatalf("%d connections in the snapshot, want %d", len(conns), len(w.conns))
	}
	for i, info := range conns {
		c := w.conns[i]
		if info.Owner != c || info.Key != c.Key || info.State != c.state || info.IsProbing != c.probing ||
			info.Leases != c.leases || info.Capacity != c.capacity || info.Since != c.since {
			w.fatalf("the snapshot says %+v of %s", info, c.name)
		}
		if c.state == Idle && (info.Expires != c.expires || info.Rule != c.rule && c.expires != Forever) {
			w.fatalf("the snapshot says %+v of %s, which expires at %v by %v", info, c.name, c.expires, c.rule)
		}
	}
	for _, key := range w.m.AppendKeys(nil) {
		if key.Counts.Connections() != w.open(key.Key) || key.Counts.Connecting != w.dialsOf(key.Key) ||
			key.Counts.Waiting != max(0, len(w.waitersOf(key.Key))-w.dialsOf(key.Key)) {
			w.fatalf("the snapshot says %+v", key)
		}
	}
	waiters := w.m.AppendWaiters(nil)
	if len(waiters) != len(w.queue) {
		w.fatalf("%d waiters in the snapshot, want %d", len(waiters), len(w.queue))
	}
	for _, info := range waiters {
		x := info.Owner.(*seenWaiter)
		held := HeldByTotal
		switch {
		case w.isCovered(x):
			held = HeldByDial
		case w.open(x.key) >= w.limits.PerKey:
			held = HeldByKeyLimit
		}
		position := slices.Index(w.waitersOf(x.key), x)
		if info.Key != x.key || info.Position != position || info.Held != held ||
			info.Since != x.since || info.Overtaken != x.overtaken {
			w.fatalf("the snapshot says %+v, want position %d, held by %v, overtaken %d", info, position, held, x.overtaken)
		}
	}
}

// checkStructure looks inside: nothing is kept for what is gone, and each list
// and heap holds what it is to hold.
func (w *witness) checkStructure() {
	keys := w.keys()
	if n := length(&w.m.keys); n != len(keys) || len(w.m.byKey) != len(keys) {
		w.fatalf("%d groups and %d in the map for %d keys", n, len(w.m.byKey), len(keys))
	}
	blocked := 0
	for _, key := range keys {
		if len(w.waitersOf(key)) > w.dialsOf(key) && w.open(key) < w.limits.PerKey {
			blocked++
		}
	}
	if n := len(w.m.blocked.entries); n != blocked {
		w.fatalf("%d groups in the heap of the blocked, want %d", n, blocked)
	}
	if lru, looks := length(&w.m.lru), length(&w.m.looks); lru != w.count(Idle) || looks != lru-w.probing() {
		w.fatalf("%d in the LRU list and %d in that of looks, of %d idle, %d being probed", lru, looks, w.count(Idle), w.probing())
	}
	if n := length(&w.m.deadlines); n != len(w.queue) {
		w.fatalf("%d deadlines for %d waiters", n, len(w.queue))
	}
	checkHeap(w, "expiries", &w.m.expiries)
	checkHeap(w, "blocked", &w.m.blocked)
	if n := len(w.m.expiries.entries); n > len(w.conns) {
		w.fatalf("%d expiries of %d connections", n, len(w.conns))
	}
}

func checkHeap[T any](w *witness, name string, h *heap[T]) {
	for i, e := range h.entries {
		if *e.place != i+1 {
			w.fatalf("%s: the entry at %d believes to be at %d", name, i+1, *e.place)
		}
		if i > 0 && e.rank < h.entries[(i-1)/2].rank {
			w.fatalf("%s: the entry at %d is less than its parent", name, i+1)
		}
	}
}

func length[T any](l *list[T]) int {
	n := 0
	for x := l.head; x != nil; x = x.next {
		n++
	}
	return n
}

// finish ends all that is under way and sees that nothing is left of it.
func (w *witness) finish() {
	w.shut()
	for len(w.conns) > 0 {
		if c := w.conns[0]; c.state == Active {
			w.release(c, Forever, None)
		} else {
			w.closed(c)
		}
	}
	if !w.m.Empty() || w.m.probing != 0 || w.m.yielding != 0 {
		w.fatalf("something is left: %+v", w.m)
	}
	if at, ok := w.m.Wake(); ok {
		w.fatalf("the empty machine wants to wake at %v", at)
	}
}

// ---- words ----

func closes(acts []Action[string], c *seenConn) bool {
	return slices.ContainsFunc(acts, func(a Action[string]) bool { return a.Do == Close && a.Conn == c.Conn })
}

func names(conns []*seenConn) string {
	var s []string
	for _, c := range conns {
		s = append(s, c.name)
	}
	return strings.Join(s, " ")
}

func (c *seenConn) String() string   { return c.name }
func (x *seenWaiter) String() string { return x.name }

// describe says an action in words. The connection of a Dial has no name yet.
func describe(act Action[string]) string {
	switch act.Do {
	case Serve:
		return fmt.Sprintf("serve %v %v", act.Waiter.Owner, act.Conn.Owner)
	case Dial:
		return fmt.Sprintf("dial %s for %v", act.Conn.Key, act.Waiter.Owner)
	case Fail:
		words := fmt.Sprintf("fail %v: %v", act.Waiter.Owner, act.Why)
		if act.Why != Shut && act.Why != DialFailed {
			words += fmt.Sprintf(" (held by %v)", act.Held)
		}
		return words
	default:
		return fmt.Sprintf("%v %v: %v", act.Do, act.Conn.Owner, act.Why)
	}
}
