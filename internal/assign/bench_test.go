package assign

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// sizes are those that must cost alike: see the package's speed rule, that an
// event costs the same with 10,000 of anything as with 10, or little more.
var sizes = []int{10, 1_000, 10_000}

func benchLimits() Limits {
	return Limits{
		Connections: math.MaxInt, PerKey: math.MaxInt, Idle: math.MaxInt, Waiting: math.MaxInt,
		AcquireTimeout: 30 * time.Second, IdleTimeout: 90 * time.Second,
		ProbeEvery: time.Second, ProbeBatch: 16,
	}
}

// connect opens one connection of the key and leases it.
func connect[K comparable](m *Machine[K], now time.Duration, key K) *Conn[K] {
	var w Waiter[K]
	acts := m.Wait(now, key, &w, nil)
	c := acts[0].Conn
	m.Dialled(now, c, 1, Forever, nil)
	return c
}

// idleKeys returns a machine with an idle connection of each of n keys, and the
// keys in an order that has nothing to do with the connections'.
func idleKeys(n int) (*Machine[*int], []*int) {
	m := New[*int](benchLimits())
	keys := make([]*int, n)
	conns := make([]*Conn[*int], n)
	for i := range keys {
		keys[i] = new(int)
		conns[i] = connect(m, 0, keys[i])
	}
	for i := range conns {
		m.Release(0, conns[i*7919%n], Forever, None, nil) // 7919 is prime to the sizes
	}
	for i := range keys {
		if j := i * 6151 % n; j > i {
			keys[i], keys[j] = keys[j], keys[i]
		}
	}
	return m, keys
}

func BenchmarkTakeRelease(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("idle-of-one-key=%d", n), func(b *testing.B) {
			m := New[*int](benchLimits())
			key := new(int)
			var conns []*Conn[*int]
			for range n {
				conns = append(conns, connect(m, 0, key))
			}
			for _, c := range conns {
				m.Release(0, c, Forever, None, nil)
			}
			takeAndRelease(b, m, []*int{key})
		})
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			m, keys := idleKeys(n)
			takeAndRelease(b, m, keys)
		})
		b.Run(fmt.Sprintf("active=%d", n), func(b *testing.B) {
			m := New[*int](benchLimits())
			key := new(int)
			for range n {
				connect(m, 0, key)
			}
			m.Release(0, connect(m, 0, key), Forever, None, nil)
			takeAndRelease(b, m, []*int{key})
		})
		b.Run(fmt.Sprintf("waiters=%d", n), func(b *testing.B) {
			limits := benchLimits()
			limits.Connections = 2
			m := New[*int](limits)
			full, key := new(int), new(int)
			m.limits.PerKey = 1
			connect(m, 0, full)
			for range n { // held by the limit of their key, so that the other goes on
				m.Wait(0, full, new(Waiter[*int]), nil)
			}
			m.Release(0, connect(m, 0, key), Forever, None, nil)
			takeAndRelease(b, m, []*int{key})
		})
	}
}

func takeAndRelease(b *testing.B, m *Machine[*int], keys []*int) {
	var acts []Action[*int]
	now, i := time.Duration(0), 0
	b.ReportAllocs()
	for b.Loop() {
		now += 100
		c, _ := m.Take(now, keys[i], acts)
		m.Release(now, c, Forever, None, acts)
		if i++; i == len(keys) {
			i = 0
		}
	}
}

// BenchmarkHandOver is a connection that goes from caller to caller while n
// others wait for it: one queues, one is served.
func BenchmarkHandOver(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("waiters=%d", n), func(b *testing.B) {
			limits := benchLimits()
			limits.Connections = 1
			m := New[*int](limits)
			key := new(int)
			c := connect(m, 0, key)
			waiters := make([]Waiter[*int], n)
			for i := range waiters {
				m.Wait(0, key, &waiters[i], nil)
			}
			acts := make([]Action[*int], 0, 4)
			now, i := time.Duration(0), 0
			b.ReportAllocs()
			for b.Loop() {
				now += 100
				m.Release(now, c, Forever, None, acts)
				m.Wait(now, key, &waiters[i], acts)
				if i++; i == n {
					i = 0
				}
			}
		})
	}
}

// BenchmarkWaitLeave is a caller of one of n keys that only the total limit
// holds, and that gives up.
func BenchmarkWaitLeave(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("blocked-keys=%d", n), func(b *testing.B) {
			limits := benchLimits()
			limits.Connections = 1
			m := New[*int](limits)
			connect(m, 0, new(int))
			keys := make([]*int, n)
			waiters := make([]Waiter[*int], n)
			for i := range keys {
				keys[i] = new(int)
				m.Wait(0, keys[i], &waiters[i], nil)
			}
			acts := make([]Action[*int], 0, 4)
			now, i := time.Duration(0), 0
			b.ReportAllocs()
			for b.Loop() {
				now += 100
				m.Leave(&waiters[i])
				m.Wait(now, keys[i], &waiters[i], acts)
				if i++; i == n {
					i = 0
				}
			}
		})
	}
}
