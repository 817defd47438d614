package inspect

import "github.com/gohttpx/httpx"

// seen begins a lane in the middle of the connection's life.
func seen(c *httpx.ConnectionSnapshot, at int64, revision uint64) *lane {
	l := newLane(c.ID, c.Origin, c.Route, at-c.Age.Microseconds())
	since := max(l.born, at-c.For.Microseconds())
	if since > l.born {
		l.turn(unseen, l.born, revision)
	}
	l.enter(c, since, revision)
	l.about = revision
	return l
}

// enter turns to what a snapshot shows.
func (l *lane) enter(c *httpx.ConnectionSnapshot, since int64, revision uint64) {
	l.turn(kindOf(c), since, revision)
	l.request = -1
	switch {
	case c.State == httpx.Upgraded:
		l.label(c.Protocol, revision)
	case c.State == httpx.Active:
		l.request = len(l.spans) - 1
		if c.Request != nil {
			l.label(c.Request.Method+" "+c.Request.URL, revision)
		}
	}
}

// look compares the lane with a snapshot, and believes that where the two
// disagree for long.
func (l *lane) look(c *httpx.ConnectionSnapshot, at int64, revision uint64) {
	l.last = *c
	open := l.open()
	if open == nil || open.Kind.state() == c.State || at-open.Start < healAfter || c.For.Microseconds() < healAfter {
		return
	}
	l.enter(c, at-c.For.Microseconds(), revision)
}

// isLost reports whether the connection's end was missed: it is in no snapshot
// any more, and nothing was heard of it for a while.
func (l *lane) isLost(at int64) bool {
	if l.closed != 0 {
		return false
	}
	if at-micros(l.events.newest().Time) < healAfter {
		return false
	}
	open := l.open()
	return open == nil || at-open.Start >= healAfter
}
