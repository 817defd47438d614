package inspect

import (
	"strings"
	"time"

	"github.com/gohttpx/httpx"
)

// A lane is the life of one connection, as far as it was seen: spans in the
// order of time, of which the last goes on until the connection is closed.
// Whoever watches guards it.
type lane struct {
	id     uint64
	origin string
	route  []string
	born   int64 // µs since 1970, like all times here
	closed int64 // 0: it lives
	reason string

	spans   []span
	dropped int // how many spans before spans[0] were forgotten
	request int // where in spans the running request begins; -1: none runs

	last     httpx.ConnectionSnapshot // as seen last; ID 0: never
	events   ring[httpx.Event]
	revision uint64 // when anything of it changed last
	about    uint64 // when anything but its spans did
}

const (
	// foldBelow is how short a request is drawn together with its neighbours:
	// single ones would be too narrow to see, and too many to send.
	foldBelow = int64(100 * time.Millisecond / time.Microsecond)

	laneSpans  = 256 // that a lane keeps
	laneEvents = 64

	// healAfter is how long the events and the snapshots have to disagree until
	// the snapshots are believed: events are behind for a moment, or were lost.
	healAfter = int64(time.Second / time.Microsecond)
)

func newLane(id uint64, origin string, route []string, born int64) *lane {
	return &lane{id: id, origin: origin, route: route, born: born, request: -1, events: ring[httpx.Event]{size: laneEvents}}
}

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
	open := l.open()
	l.request = -1
	switch {
	case c.State == httpx.Upgraded:
		open.Label = c.Protocol
	case c.State == httpx.Active:
		l.request = len(l.spans) - 1
		if c.Request != nil {
			open.Label = c.Request.Method + " " + c.Request.URL
		}
	}
}

// open is the span that goes on, nil if none does.
func (l *lane) open() *span {
	if n := len(l.spans); n > 0 && l.spans[n-1].End == 0 {
		return &l.spans[n-1]
	}
	return nil
}

// turn ends the span that goes on, and begins another.
func (l *lane) turn(k kind, at int64, revision uint64) {
	l.revision = revision
	if open := l.open(); open != nil {
		if open.Kind == k {
			return
		}
		at = max(at, open.Start)
		open.End, open.revision = at, revision
	}
	l.spans = append(l.spans, span{Kind: k, Start: at, revision: revision})
	l.trim()
}

// trim forgets the oldest spans, a quarter at a time.
func (l *lane) trim() {
	if len(l.spans) <= laneSpans {
		return
	}
	const n = laneSpans / 4
	l.spans = append(l.spans[:0], l.spans[n:]...)
	l.dropped += n
	if l.request >= 0 {
		l.request = max(0, l.request-n)
	}
}

// begin begins a request.
func (l *lane) begin(label string, at int64, revision uint64) {
	// Two requests may follow each other without a moment between them.
	l.finish(at, revision)
	l.turn(write, at, revision)
	l.request = len(l.spans) - 1
	l.spans[l.request].Label = label
}

// advance moves the running request on to a later phase.
func (l *lane) advance(k kind, at int64, revision uint64) {
	if open := l.open(); open != nil && l.request >= 0 && k.comesAfter(open.Kind) {
		l.turn(k, at, revision)
	}
}

// answered notes the status of the running request.
func (l *lane) answered(status int, revision uint64) {
	if l.request >= 0 {
		l.spans[l.request].Status, l.spans[l.request].revision = status, revision
	}
}

// finish ends the running request. One that was short is folded into a busy
// span, together with those right before it.
func (l *lane) finish(at int64, revision uint64) {
	if l.request < 0 {
		return
	}
	first := l.spans[l.request]
	took := max(0, at-first.Start)
	if took < foldBelow {
		l.fold(first, at, took, revision)
	}
	l.request = -1
	l.turn(idle, at, revision)
}

// fold replaces the spans of the request that begins with first.
func (l *lane) fold(first span, at, took int64, revision uint64) {
	into := l.request
	l.spans = l.spans[:l.request]
	before := l.request - 1
	if before > 0 && l.spans[before].Kind == idle && l.spans[before].length() < foldBelow {
		before--
	}
	if before >= 0 && l.spans[before].Kind == busy {
		into = before
		first.Start, first.Count = l.spans[into].Start, l.spans[into].Count
		first.Busy = l.spans[into].Busy
	} else {
		first.Count, first.Busy = 0, 0
	}
	first.Kind, first.End, first.revision = busy, max(at, first.Start), revision
	first.Count++
	first.Busy += took
	l.spans = append(l.spans[:into], first)
}

// close ends the lane.
func (l *lane) close(reason string, at int64, revision uint64) {
	if l.closed != 0 {
		return
	}
	l.finish(at, revision)
	if open := l.open(); open != nil {
		open.End, open.revision = max(at, open.Start), revision
	}
	l.closed, l.reason = at, reason
	l.revision, l.about = revision, revision
}

// tell moves the lane by an event.
func (l *lane) tell(e *httpx.Event, revision uint64) {
	l.events.add(*e)
	at := micros(e.Time)
	if l.closed != 0 {
		return
	}
	switch e.Kind {
	case httpx.EventDialStarted:
		l.turn(resolve, at, revision)
	case httpx.EventResolved:
		l.turn(connect, at, revision)
	case httpx.EventConnected:
		l.turn(l.afterConnect(), at, revision)
	case httpx.EventTunnelled:
		l.turn(l.afterTunnel(), at, revision)
	case httpx.EventTLSDone:
		l.turn(idle, at, revision)
	case httpx.EventDialFailed:
		l.close(errorText(e.Err), at, revision)
	case httpx.EventAssigned:
		l.begin(e.Method+" "+e.URL, at, revision)
	case httpx.EventRequestSent:
		l.advance(firstByte, at, revision)
	case httpx.EventFirstByte:
		l.advance(head, at, revision)
	case httpx.EventAnswered:
		l.advance(body, at, revision)
		l.answered(e.Status, revision)
	case httpx.EventUpgraded:
		l.turn(switched, at, revision)
		l.open().Label = e.Reason
		l.request = -1
	case httpx.EventBodyDone, httpx.EventReturned:
		l.finish(at, revision)
	case httpx.EventClosed:
		l.close(e.Reason, at, revision)
	}
}

func (l *lane) afterConnect() kind {
	if len(l.route) > 0 {
		return proxy
	}
	return l.afterTunnel()
}

func (l *lane) afterTunnel() kind {
	if strings.HasPrefix(l.origin, "https:") {
		return handshake
	}
	return idle
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
