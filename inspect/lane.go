package inspect

import (
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

// label labels the span that goes on.
func (l *lane) label(text string, revision uint64) {
	open := l.open()
	open.Label, open.revision = text, revision
	l.revision = revision
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
		l.end(at, revision)
	}
	l.spans = append(l.spans, span{Kind: k, Start: at, revision: revision})
	l.trim()
}

// end ends the span that goes on. One of no length in which nothing was done
// is forgotten.
func (l *lane) end(at int64, revision uint64) {
	open := l.open()
	if open.Kind == idle && at <= open.Start {
		l.spans = l.spans[:len(l.spans)-1]
		return
	}
	open.End, open.revision = max(at, open.Start), revision
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

// close ends the lane.
func (l *lane) close(reason string, at int64, revision uint64) {
	if l.closed != 0 {
		return
	}
	l.finish(at, revision)
	if l.open() != nil {
		l.end(at, revision)
	}
	l.closed, l.reason = at, reason
	l.revision, l.about = revision, revision
}
