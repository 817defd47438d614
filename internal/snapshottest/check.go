// Package snapshottest holds a pool to its word: a snapshot is of one moment, and
// adds up.
//
//	stop := snapshottest.Follow(t, pool, time.Millisecond)
//	…
//	stop()
package snapshottest

import (
	"errors"
	"fmt"

	"github.com/gohttpx/httpx"
)

// byDial is what the waiters are held by that have a dial under way.
const byDial = "a dial under way"

// Check says what in a snapshot does not add up; nil: all does.
func Check(s *httpx.PoolSnapshot) error {
	c := check{s: s}
	c.counts()
	c.origins()
	c.waiters()
	c.limits()
	c.totals()
	return errors.Join(c.faults...)
}

type check struct {
	s      *httpx.PoolSnapshot
	faults []error
}

// want notes a fault where two figures are not the same.
func (c *check) want(what string, got, want any) {
	if got != want {
		c.faults = append(c.faults, fmt.Errorf("%s: %v and %v", what, got, want))
	}
}

func (c *check) wantAtMost(what string, got, most int) {
	if most >= 0 && got > most {
		c.faults = append(c.faults, fmt.Errorf("%s: %d, at most %d", what, got, most))
	}
}

// place is an origin by a route. Routes that differ in what is not shown are one.
type place struct{ origin, route string }

func placeOf(origin string, route []string) place { return place{origin, fmt.Sprint(route)} }

// counts compares the counts with the connections, and those with each other.
func (c *check) counts() {
	var n httpx.CountsSnapshot
	var last uint64
	for i := range c.s.Connections {
		conn := &c.s.Connections[i]
		add(&n, conn.State)
		c.want(fmt.Sprintf("connection %d and its text", conn.ID), textOf(conn), conn.Text)
		if conn.ID <= last {
			c.faults = append(c.faults, fmt.Errorf("connection %d stands behind %d", conn.ID, last))
		}
		last = conn.ID
		if conn.Request != nil && (conn.State == httpx.Idle || conn.State == httpx.Connecting) {
			c.faults = append(c.faults, fmt.Errorf("connection %d is %s and has a request", conn.ID, conn.State))
		}
		if conn.Expires != 0 && conn.ExpiryRule == "" {
			c.faults = append(c.faults, fmt.Errorf("connection %d expires in %v by %q", conn.ID, conn.Expires, conn.ExpiryRule))
		}
	}
	n.Waiting = c.s.Counts.Waiting
	c.want("connections and counts", n, c.s.Counts)
	c.want("the text and the counts", textOfCounts(c.s.Counts), c.s.Text)
}

// origins compares the counts with those of the origins, and these with the
// connections of each.
func (c *check) origins() {
	var sum httpx.CountsSnapshot
	told := make(map[place]httpx.CountsSnapshot)
	for _, o := range c.s.Origins {
		sum = plus(sum, o.Counts)
		at := placeOf(o.Origin, o.Route)
		told[at] = plus(told[at], o.Counts)
		if o.Counts == (httpx.CountsSnapshot{}) && !c.hasWaiter(at) {
			c.faults = append(c.faults, fmt.Errorf("%s has nothing and is listed", o.Origin))
		}
	}
	c.want("the sum of the origins and the counts", sum, c.s.Counts)

	held := make(map[place]httpx.CountsSnapshot)
	for i := range c.s.Connections {
		conn := &c.s.Connections[i]
		at := placeOf(conn.Origin, conn.Route)
		n := held[at]
		add(&n, conn.State)
		held[at] = n
	}
	for at, n := range told {
		n.Waiting = 0
		c.want("connections and counts of "+at.origin, held[at], n)
		delete(held, at)
	}
	c.want("origins that are not listed", len(held), 0)
}

func (c *check) hasWaiter(at place) bool {
	for _, w := range c.s.Waiters {
		if placeOf(w.Origin, w.Route) == at {
			return true
		}
	}
	return false
}

// waiters compares the counts with the waiters: those with a dial are before the
// others of their origin, and no more than dials.
func (c *check) waiters() {
	waiting := 0
	next, covered := make(map[place]int), make(map[place]int)
	for _, w := range c.s.Waiters {
		at := placeOf(w.Origin, w.Route)
		c.want("the position of a waiter for "+w.Origin, w.Position, next[at])
		next[at]++
		if w.HeldBy != byDial {
			waiting++
			continue
		}
		c.want("the position of the last waiter for "+w.Origin+" that has a dial", w.Position, covered[at])
		covered[at]++
	}
	c.want("waiters and the count", waiting, c.s.Counts.Waiting)
	for _, o := range c.s.Origins {
		at := placeOf(o.Origin, o.Route)
		c.wantAtMost("waiters that have a dial to "+o.Origin, covered[at], o.Counts.Connecting)
		c.want("waiters for "+o.Origin, next[at]-covered[at], o.Counts.Waiting)
	}
}

func (c *check) limits() {
	n, l := c.s.Counts, c.s.Limits
	c.wantAtMost("connections", connections(n), l.MaxConnections)
	c.wantAtMost("idle ones", n.Idle, l.MaxIdle)
	c.wantAtMost("waiting callers", n.Waiting, l.MaxWaiting)
	for _, o := range c.s.Origins {
		c.wantAtMost("connections to "+o.Origin, connections(o.Counts), l.MaxConnectionsPerOrigin)
	}
}

// totals compares what was opened with what was closed and what is open.
func (c *check) totals() {
	n := c.s.Counts
	c.want("opened, and closed with open", c.s.Totals.Opened, Closed(&c.s.Totals)+uint64(n.Active+n.Idle+n.Upgraded))
}

// Closed is how many connections were closed, for whatever reason.
func Closed(t *httpx.TotalsSnapshot) (n uint64) {
	for _, of := range t.Closed {
		n += of
	}
	return n
}

func connections(n httpx.CountsSnapshot) int { return n.Connecting + n.Active + n.Idle + n.Upgraded }

func add(n *httpx.CountsSnapshot, state httpx.State) {
	switch state {
	case httpx.Connecting:
		n.Connecting++
	case httpx.Active:
		n.Active++
	case httpx.Idle:
		n.Idle++
	case httpx.Upgraded:
		n.Upgraded++
	}
}

func plus(a, b httpx.CountsSnapshot) httpx.CountsSnapshot {
	a.Connecting += b.Connecting
	a.Active += b.Active
	a.Idle += b.Idle
	a.Upgraded += b.Upgraded
	a.Waiting += b.Waiting
	return a
}
