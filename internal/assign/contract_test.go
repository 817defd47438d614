package assign

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the owner must not do is a panic that says so.
func TestOwnersBugsPanic(t *testing.T) {
	type m = Machine[string]
	// lent is a machine with one connection on lease.
	lent := func(capacity int) (*m, *Conn[string]) {
		machine := New[string](roomy())
		c := machine.Wait(0, "a", new(Waiter[string]), nil)[0].Conn
		machine.Dialled(0, c, capacity, Forever, nil)
		return machine, c
	}
	for _, test := range []struct {
		name string
		do   func()
		want string
	}{
		{"a second release", func() {
			m, c := lent(1)
			m.Release(0, c, Forever, None, nil)
			m.Release(0, c, Forever, None, nil)
		}, "Release of a connection without a lease, which is idle"},
		{"a release after Closed", func() {
			m, c := lent(1)
			m.Closed(0, c, nil)
			m.Release(0, c, Forever, None, nil)
		}, "Release of a connection without a lease, which is left"},
		{"a release after Upgraded", func() {
			m, c := lent(1)
			m.Upgraded(0, c)
			m.Release(0, c, Forever, None, nil)
		}, "Release of a connection without a lease, which is upgraded"},
		{"an upgrade without a lease", func() {
			m, c := lent(1)
			m.Release(0, c, Forever, None, nil)
			m.Upgraded(0, c)
		}, "Upgraded of a connection without a lease, which is idle"},
		{"an upgrade of what others use", func() {
			m, c := lent(2)
			m.Upgraded(0, c)
		}, "Upgraded of a connection that is shared"},
		{"a dial that ends twice", func() {
			m, c := lent(1)
			m.Dialled(0, c, 1, Forever, nil)
		}, "Dialled of a connection that is active"},
		{"a dial that ends well and badly", func() {
			m, c := lent(1)
			m.DialFailed(0, c, nil)
		}, "DialFailed of a connection that is active"},
		{"a capacity of nothing", func() { lent(0) }, "capacity of less than 1"},
		{"a probe nobody asked for", func() {
			m, c := lent(1)
			m.Probed(0, c, true, None, nil)
		}, "not being probed"},
		{"a waiter in two places", func() {
			m, _ := lent(1)
			w := new(Waiter[string])
			m.Wait(0, "a", w, nil)
			m.Wait(0, "b", w, nil)
		}, "waits already"},
		{"no connections", func() { New[string](Limits{PerKey: 1, AcquireTimeout: 1}) }, "Limits.Connections"},
		{"none of a key", func() { New[string](Limits{Connections: 1, AcquireTimeout: 1}) }, "Limits.PerKey"},
		{"no time to wait", func() { New[string](Limits{Connections: 1, PerKey: 1}) }, "Limits.AcquireTimeout"},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if words, _ := recover().(string); !strings.Contains(words, test.want) {
					t.Errorf("panic %q, want %q", words, test.want)
				}
			}()
			test.do()
		})
	}
}

// A dial may end after its record left: by Shut, or because its owner said
// Closed. The new stream is then to be closed.
func TestLateDialIsClosed(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(m *Machine[string], c *Conn[string])
		want Reason
	}{
		{"after Closed", func(m *Machine[string], c *Conn[string]) { m.Closed(0, c, nil) }, ClosedByOwner},
		{"after Shut", func(m *Machine[string], c *Conn[string]) { m.Shut(0, nil) }, Shut},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := New[string](roomy())
			w := new(Waiter[string])
			c := m.Wait(0, "a", w, nil)[0].Conn
			m.Leave(w)
			test.end(m, c)
			if acts := m.DialFailed(0, c, nil); acts != nil {
				t.Errorf("DialFailed asks for %v", acts)
			}
			want := Action[string]{Do: Close, Conn: c, Why: test.want}
			if acts := m.Dialled(0, c, 1, Forever, nil); !slices.Equal(acts, []Action[string]{want}) {
				t.Errorf("Dialled asks for %v, want %v", acts, want)
			}
		})
	}
}

// An owner reads its clock before it takes its lock, so that times may come out
// of order.
func TestTimeNeverGoesBack(t *testing.T) {
	m := New[string](roomy())
	c := m.Wait(10*time.Second, "a", new(Waiter[string]), nil)[0].Conn
	m.Dialled(9*time.Second, c, 1, Forever, nil)
	m.Release(8*time.Second, c, Forever, None, nil)
	info := m.AppendConns(nil)[0]
	if info.Since != 10*time.Second || info.Expires != 100*time.Second {
		t.Errorf("idle since %v until %v, want since 10s until 1m40s", info.Since, info.Expires)
	}
}

// However many are due, one Tick holds the lock for a bounded time.
func TestTickIsBounded(t *testing.T) {
	limits := roomy()
	limits.Connections, limits.Waiting = 1, math.MaxInt
	m := New[string](limits)
	m.Wait(0, "a", new(Waiter[string]), nil)
	const waiters = 2*ticksAtOnce + 10
	for range waiters {
		m.Wait(0, "b", new(Waiter[string]), nil)
	}
	now := limits.AcquireTimeout
	var failed []int
	for {
		at, ok := m.Wake()
		if !ok || at > now {
			break
		}
		failed = append(failed, len(m.Tick(now, nil)))
	}
	// The first of all is covered by its dial and is given its time anew.
	if want := []int{ticksAtOnce - 1, ticksAtOnce, 11}; !slices.Equal(failed, want) {
		t.Errorf("Ticks failed %v waiters, want %v", failed, want)
	}
}

func TestForeverIsNeverDue(t *testing.T) {
	limits := roomy()
	limits.Connections = 2
	limits.AcquireTimeout, limits.IdleTimeout, limits.ProbeEvery = Forever, Forever, 0
	m := New[string](limits)
	c := m.Wait(0, "a", new(Waiter[string]), nil)[0].Conn
	m.Wait(0, "b", new(Waiter[string]), nil)
	m.Wait(0, "b", new(Waiter[string]), nil)
	m.Dialled(0, c, 1, Forever, nil)
	if at, ok := m.Wake(); ok {
		t.Errorf("Wake says %v with nothing that can be due", at)
	}
	if acts := m.Tick(Forever-1, nil); acts != nil {
		t.Errorf("Tick asks for %v", acts)
	}
}

// Keys come and go; nothing of them stays but a bounded stock of records.
func TestKeysAreForgotten(t *testing.T) {
	limits := roomy()
	limits.Connections, limits.Waiting = 1, math.MaxInt
	m := New[int](limits)
	connect(m, 0, -1)
	waiters := make([]Waiter[int], 2*spareGroups)
	for key := range waiters {
		m.Wait(0, key, &waiters[key], nil)
	}
	if n := len(m.AppendKeys(nil)); n != len(waiters)+1 {
		t.Fatalf("%d keys, want %d", n, len(waiters)+1)
	}
	for i := range waiters {
		m.Leave(&waiters[i])
	}
	keys := m.AppendKeys(nil)
	if len(keys) != 1 || keys[0].Key != -1 || keys[0].Counts.Active != 1 || len(m.byKey) != 1 || len(m.blocked.entries) != 0 {
		t.Errorf("%v is left of the keys, %d in the map, %d in the heap", keys, len(m.byKey), len(m.blocked.entries))
	}
	if len(m.spare) != spareGroups {
		t.Errorf("%d spare groups, want %d", len(m.spare), spareGroups)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	limits := roomy()
	limits.Connections = 2
	m := New[*int](limits)
	a, b, c := new(int), new(int), new(int)
	connect(m, 0, b) // stays on lease
	m.Release(0, connect(m, 0, a), Forever, None, nil)
	var waiting, passing Waiter[*int]
	acts := make([]Action[*int], 0, 4)
	now := time.Duration(0)
	for _, test := range []struct {
		name string
		do   func()
	}{
		{"take and release", func() {
			conn, _ := m.Take(now, a, acts)
			m.Release(now, conn, Forever, None, acts)
		}},
		{"wait, be served, release", func() {
			conn, _ := m.Take(now, a, acts)
			m.Wait(now, a, &waiting, acts)
			m.Release(now, conn, Forever, None, acts) // to the waiter
			m.Release(now, conn, Forever, None, acts)
		}},
		{"wait for a new key and leave", func() {
			conn, _ := m.Take(now, a, acts)
			m.Wait(now, c, &passing, acts)
			m.Leave(&passing)
			m.Release(now, conn, Forever, None, acts)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n := testing.AllocsPerRun(1000, func() { now += time.Millisecond; test.do() }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func TestHeap(t *testing.T) {
	type item struct {
		rank  int64
		place int
	}
	random := rand.New(rand.NewPCG(3, 4))
	var h heap[item]
	var in []*item
	for range 3000 {
		switch n := random.IntN(4); {
		case n < 2:
			x := &item{rank: random.Int64N(50)}
			h.push(x.rank, x, &x.place)
			in = append(in, x)
		case len(in) == 0:
		case n == 2:
			x := in[random.IntN(len(in))]
			x.rank = random.Int64N(50)
			h.update(x.place, x.rank)
		default:
			i := random.IntN(len(in))
			h.remove(in[i].place)
			if in[i].place != 0 {
				t.Fatal("what was removed believes to be in the heap")
			}
			in = slices.Delete(in, i, i+1)
		}
		if len(h.entries) != len(in) {
			t.Fatalf("%d entries, want %d", len(h.entries), len(in))
		}
		least := int64(math.MaxInt64)
		for _, x := range in {
			least = min(least, x.rank)
			if h.entries[x.place-1].of != x || h.rank(x.place) != x.rank {
				t.Fatal("an entry is not where it believes to be")
			}
		}
		if len(in) > 0 && h.top().rank != least {
			t.Fatalf("the top has rank %d, the least is %d", h.top().rank, least)
		}
	}
}

// Every value has words of its own, for text forms and errors.
func TestValuesHaveWords(t *testing.T) {
	check := func(kind string, n int, word func(i int) string) {
		seen := make(map[string]bool)
		for i := range n {
			w := word(i)
			if w == "" || strings.Contains(w, "unknown") || seen[w] {
				t.Errorf("%s %d reads %q", kind, i, w)
			}
			seen[w] = true
		}
		if w := word(n); !strings.Contains(w, "unknown") {
			t.Errorf("%s %d, which is none, reads %q", kind, n, w)
		}
	}
	check("reason", int(QueueFull)+1, func(i int) string { return Reason(i).String() })
	check("state", int(Left), func(i int) string { return State(i + 1).String() })
	check("held", int(HeldByKeyLimit)+1, func(i int) string { return Held(i).String() })
	check("verb", int(CancelDial), func(i int) string { return Verb(i + 1).String() })
}
