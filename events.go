package httpx

import (
	"fmt"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
)

// EventKind says what happened.
type EventKind uint8

// The kinds of events. For one request they come in this order, where they come
// at all; a pool mixes those of many. There are four exceptions: each interim
// response has an EventFirstByte of its own before it, unless it came together with
// what was before; an EventRequestSent comes late, or not at all, where the
// response overtakes the request; behind an EventReplayed it begins anew; and a
// dial goes on beside its request, which may have got another connection, or
// failed, meanwhile.
//
// For one connection they come in this order too, from EventDialStarted to
// EventClosed or EventDialFailed, each of which is the last; those from
// EventAssigned to EventReturned again for each request. One that is closed from
// outside in the middle of a dial or an exchange says so there, and one that
// nobody wanted any more is returned without having been assigned. EventReplayed
// and EventFailed are of the request alone, whatever the connection does by then.
const (
	EventQueued      EventKind = iota + 1 // a request waits for a connection
	EventDialStarted                      // a connection is being opened
	EventResolved                         // the addresses of its host are known
	EventConnected                        // to the origin, or to the first proxy
	EventTunnelled                        // through the last proxy
	EventTLSDone                          // with the origin
	EventDialFailed                       // in place of the ones that did not come
	EventAssigned                         // a request has its connection
	EventRequestSent                      // all of it, or its head where the body is uploaded beside
	EventFirstByte                        // of the response
	EventInterim                          // a 1xx response came
	EventAnswered                         // its head was read
	EventUpgraded                         // the connection speaks another protocol now
	EventBodyDone                         // the body was read, or closed
	EventReturned                         // the connection is free for another request
	EventClosed                           // it is closed
	EventReplayed                         // the request will be sent again
	EventFailed                           // the request failed
)

var eventNames = [...]string{
	EventQueued: "queued", EventDialStarted: "dial started", EventResolved: "resolved",
	EventConnected: "connected", EventTunnelled: "tunnelled", EventTLSDone: "TLS done",
	EventDialFailed: "dial failed", EventAssigned: "assigned", EventRequestSent: "request sent",
	EventInterim: "interim response", EventFirstByte: "first byte", EventAnswered: "answered",
	EventUpgraded: "upgraded", EventBodyDone: "body done", EventReturned: "returned",
	EventClosed: "closed", EventReplayed: "replayed", EventFailed: "failed",
}

func (k EventKind) String() string {
	if int(k) < len(eventNames) && eventNames[k] != "" {
		return eventNames[k]
	}
	return fmt.Sprintf("EventKind(%d)", k)
}

// MarshalText gives the words of String.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// An Event is one thing that happened to a request or to a connection. Fields
// that do not apply are zero. It holds no secrets.
type Event struct {
	Sequence uint64    `json:"sequence"` // counts the events of a pool; 0 in an EventReturned for the request alone
	Time     time.Time `json:"time"`
	Kind     EventKind `json:"kind"`

	Origin     string   `json:"origin,omitempty"`
	Route      []string `json:"route,omitempty"`      // the proxies, hop by hop
	Connection uint64   `json:"connection,omitempty"` // its number
	Request    uint64   `json:"request,omitempty"`    // the number of the request in this process
	Method     string   `json:"method,omitempty"`
	URL        string   `json:"url,omitempty"` // without query values and credentials

	Status   int           `json:"status,omitempty"`   // of a response
	Reused   bool          `json:"reused,omitempty"`   // of Assigned: the connection had served before
	Idle     time.Duration `json:"idle,omitempty"`     // of Assigned: how long the connection idled before
	Duration time.Duration `json:"duration,omitempty"` // of what this event ends
	Reason   string        `json:"reason,omitempty"`   // of Closed
	Err      error         `json:"-"`                  // of DialFailed, Failed, Replayed

	// Dropped counts the events that an observer did not get before this one,
	// because it was too slow.
	Dropped uint64 `json:"dropped,omitempty"`

	conn *Connection
}

// String tells the event in a line.
func (e Event) String() string {
	text := e.Kind.String()
	if e.Connection != 0 {
		text += fmt.Sprintf(" connection=%d", e.Connection)
	}
	if e.Request != 0 {
		text += fmt.Sprintf(" request=%d", e.Request)
	}
	if e.Method != "" {
		text += fmt.Sprintf(" %s %s", e.Method, e.URL)
	} else if e.Origin != "" {
		text += " " + e.Origin
	}
	if e.Status != 0 {
		text += fmt.Sprintf(" %d", e.Status)
	}
	if e.Duration != 0 {
		text += " " + round(e.Duration).String()
	}
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// OnEvent has f called for each event of the request, while it happens: on the
// goroutine of Send, on the one that reads the body, and for the dial that was
// started for it on that dial's own, so that calls may come side by side. f
// must not wait, and must not send on the same transport. To watch a whole
// pool, see [ConnectionPool.Observe].
func OnEvent(f func(Event)) RequestOption {
	return optionFunc(func(r *Request) error {
		r.OnEvent = f
		return nil
	})
}

// isWatched reports whether anybody wants the events of the request on c.
func (c *Connection) isWatched(req *Request) bool {
	return req != nil && req.OnEvent != nil || c.events.isWatched()
}

// tell completes an event of the connection and gives it to those who want it.
func (c *Connection) tell(req *Request, rec *record, e Event) {
	if !c.isWatched(req) {
		return
	}
	c.aboutConnection(&e)
	c.events.tell(req, rec, e)
}

// tellRequest is tell for the request alone: observers were told already, in the
// order in which things went on.
func (c *Connection) tellRequest(req *Request, rec *record, e Event) {
	c.aboutConnection(&e)
	e.Time = time.Now()
	e.aboutRequest(req, rec)
	req.OnEvent(e)
}

// aboutConnection fills in what an event says of the connection.
func (c *Connection) aboutConnection(e *Event) {
	e.conn = c
	e.Connection = c.id
	e.Origin = c.originText()
	e.Route = c.route.list()
}

// originText is origin.String, which events repeat.
func (c *Connection) originText() string {
	if text := c.originName.Load(); text != nil {
		return *text
	}
	text := c.origin.String()
	c.originName.Store(&text)
	return text
}

// tellPhase is tell for the events that come out of an exchange.
func (c *Connection) tellPhase(req *Request, rec *record) func(exchange.Phase, time.Duration) {
	isSent := false // the wait for a response begins anew behind an interim one
	return func(p exchange.Phase, at time.Duration) {
		switch {
		case p == exchange.FirstByte && !isSent:
			isSent = true
			c.tell(req, rec, Event{Kind: EventRequestSent, Duration: span(rec.assigned, at)})
		case p == exchange.Head:
			c.tell(req, rec, Event{Kind: EventFirstByte, Duration: span(c.x.WrittenAt(), at)})
		}
	}
}

// tellClosed tells why the connection is gone.
func (c *Connection) tellClosed() {
	if c.events.isWatched() {
		c.tell(nil, nil, Event{Kind: EventClosed, Reason: c.whyClosed(), Duration: exchange.Now() - c.born})
	}
}

// aboutRequest fills in what an event says of its request.
func (e *Event) aboutRequest(req *Request, rec *record) {
	if rec != nil {
		e.Request = rec.number()
	}
	if req != nil {
		e.Method, e.URL = req.method(), rec.urlOf(req)
	}
}
