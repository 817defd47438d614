package assign

import (
	"fmt"
	"testing"
	"time"
)

// A caller that wants a fresh connection gets a dial, whatever idles.
func TestWaitFresh(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits func(*Limits)
		idle   int // connections of the key that idle
		want   string
	}{
		{"with room", nil, 2, "dial"},
		{"full in all", func(l *Limits) { l.Connections = 2 }, 2, "close: closed for a fresh one; dial"},
		{"full for the key", func(l *Limits) { l.PerKey = 2 }, 2, "close: closed for a fresh one; dial"},
		{"nothing idles", func(l *Limits) { l.PerKey = 1 }, 0, "dial"},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := roomy()
			if test.limits != nil {
				test.limits(&limits)
			}
			m := New[string](limits)
			idled := idleConns(m, "a", test.idle)
			acts := m.WaitFresh(time.Second, "a", new(Waiter[string]), nil)
			got := ""
			for i, a := range acts {
				if i > 0 {
					got += "; "
				}
				got += a.Do.String()
				if a.Do == Close {
					got += ": " + a.Why.String()
					if a.Conn != idled[0] {
						t.Error("the connection that was closed is not the least recently used")
					}
				}
			}
			if got != test.want {
				t.Errorf("actions: %s, want %s", got, test.want)
			}
			if n := m.Counts(); n.Waiting != 0 || n.Connecting != 1 {
				t.Errorf("counts: %+v, want one connecting and nobody waiting", n)
			}
		})
	}
}

// With every connection of the key leased there is nothing to close: the caller
// waits for the slot of the first that becomes free.
func TestWaitFreshWaitsWhereNothingIdles(t *testing.T) {
	limits := roomy()
	limits.PerKey = 1
	m := New[string](limits)
	c := idleConns(m, "a", 1)[0]
	if taken, _ := m.Take(time.Second, "a", nil); taken != c {
		t.Fatal("the idle connection was not taken")
	}
	w := new(Waiter[string])
	if acts := m.WaitFresh(time.Second, "a", w, nil); len(acts) != 0 {
		t.Fatalf("actions: %v", acts)
	}
	acts := m.Release(time.Second, c, Forever, None, nil)
	if len(acts) != 2 || acts[0].Do != Close || acts[0].Why != Suspected || acts[1].Do != Dial || acts[1].Waiter != w {
		t.Errorf("actions of the release: %v, want it closed and a dial for the waiter", acts)
	}
}

// idleConns makes n connections of the key that idle, the least recently used
// first.
func idleConns(m *Machine[string], key string, n int) []*Conn[string] {
	var conns []*Conn[string]
	for range n {
		w := new(Waiter[string])
		for _, a := range m.Wait(0, key, w, nil) {
			if a.Do != Dial {
				panic(fmt.Sprint("want a dial, got ", a.Do))
			}
			conns = append(conns, a.Conn)
		}
	}
	for _, c := range conns {
		m.Dialled(0, c, 1, Forever, nil)
	}
	for _, c := range conns {
		m.Release(0, c, Forever, None, nil)
	}
	return conns
}

// A caller that comes while the only connection is being looked at waits for
// that moment, where nobody may wait otherwise.
func TestProbingDoesNotFillTheQueue(t *testing.T) {
	limits := roomy()
	limits.Connections, limits.PerKey, limits.Waiting = 1, 1, 0
	m := New[string](limits)
	c := idleConns(m, "a", 1)[0]
	if looks := m.ProbeBatch(2*time.Second, nil); len(looks) != 1 {
		t.Fatalf("%d looks are due, want 1", len(looks))
	}
	w := new(Waiter[string])
	if acts := m.Wait(2*time.Second, "a", w, nil); len(acts) != 0 {
		t.Fatalf("actions: %v", acts)
	}
	acts := m.Probed(2*time.Second, c, true, None, nil)
	if len(acts) != 1 || acts[0].Do != Serve || acts[0].Waiter != w {
		t.Errorf("actions of the look's end: %v, want the waiter served", acts)
	}
}
