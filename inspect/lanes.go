package inspect

import (
	"slices"

	"github.com/gohttpx/httpx"
)

// lanes are the connections that were seen while somebody looked: all that live,
// and the last that were closed.
type lanes struct {
	byID     map[uint64]*lane
	closed   []uint64 // in the order of their end
	revision uint64   // counts the changes
}

// closedLanes is how many connections are remembered after their end.
const closedLanes = 256

// tell moves the lane that an event is of.
func (ls *lanes) tell(e *httpx.Event) {
	if e.Connection == 0 {
		return
	}
	ls.revision++
	l := ls.byID[e.Connection]
	if l == nil {
		l = newLane(e.Connection, e.Origin, e.Route, micros(e.Time))
		l.about = ls.revision
		ls.add(l)
	}
	lived := l.closed == 0
	l.tell(e, ls.revision)
	if lived && l.closed != 0 {
		ls.bury(l)
	}
}

func (ls *lanes) add(l *lane) {
	if ls.byID == nil {
		ls.byID = make(map[uint64]*lane)
	}
	ls.byID[l.id] = l
}

// bury remembers that a lane was closed, and forgets the oldest such.
func (ls *lanes) bury(l *lane) {
	ls.closed = append(ls.closed, l.id)
	if len(ls.closed) > closedLanes {
		delete(ls.byID, ls.closed[0])
		ls.closed = slices.Delete(ls.closed, 0, 1)
	}
}

// look compares all lanes with a snapshot.
func (ls *lanes) look(s *httpx.PoolSnapshot) {
	ls.revision++
	at := micros(s.Time)
	living := make(map[uint64]bool, len(s.Connections))
	for i := range s.Connections {
		c := &s.Connections[i]
		living[c.ID] = true
		l := ls.byID[c.ID]
		if l == nil {
			l = seen(c, at, ls.revision)
			ls.add(l)
		}
		l.look(c, at, ls.revision)
	}
	for id, l := range ls.byID {
		if !living[id] && l.isLost(at) {
			l.close("", at, ls.revision)
			ls.bury(l)
		}
	}
}

// A laneUpdate is what changed of a lane: its spans from a number on. What is
// said of the connection itself is there only if that changed.
type laneUpdate struct {
	ID     uint64   `json:"id"`
	Origin string   `json:"origin,omitempty"`
	Route  []string `json:"route,omitempty"`
	Born   int64    `json:"born,omitempty"`
	Closed int64    `json:"closed,omitempty"`
	Reason string   `json:"reason,omitempty"`
	From   int      `json:"from"`
	Spans  []span   `json:"spans"`
}

// since returns what changed after a revision, oldest connection first.
func (ls *lanes) since(revision uint64) []laneUpdate {
	updates := []laneUpdate{}
	for _, l := range ls.byID {
		if l.revision > revision || l.about > revision {
			updates = append(updates, l.since(revision))
		}
	}
	slices.SortFunc(updates, func(a, b laneUpdate) int { return int(a.ID) - int(b.ID) })
	return updates
}

func (l *lane) since(revision uint64) laneUpdate {
	u := laneUpdate{ID: l.id}
	if l.about > revision {
		u.Origin, u.Route, u.Born, u.Closed, u.Reason = l.origin, l.route, l.born, l.closed, l.reason
	}
	// Changes are made at the end: all from the first one on is sent.
	first := slices.IndexFunc(l.spans, func(s span) bool { return s.revision > revision })
	if first < 0 {
		first = len(l.spans)
	}
	u.From = l.dropped + first
	u.Spans = slices.Clone(l.spans[first:])
	return u
}
