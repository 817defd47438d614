package httpx

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
)

// State is what a connection does.
type State uint8

// The states of a connection.
const (
	Connecting State = iota // being dialled, the route and TLS included
	Active                  // an exchange runs on it
	Idle                    // nothing does
	Upgraded                // it speaks another protocol now
	Closed                  // it is gone
)

var stateNames = [...]string{
	Connecting: "CONNECTING", Active: "ACTIVE", Idle: "IDLE", Upgraded: "UPGRADED", Closed: "CLOSED",
}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", s)
}

// MarshalText gives the name in lower case.
func (s State) MarshalText() ([]byte, error) { return []byte(strings.ToLower(s.String())), nil }

// State says what the connection does at this moment.
func (c *Connection) State() State {
	s, _ := c.stateSince()
	return s
}

// stateSince is State and when the connection came into it, by exchange.Now.
// One word holds both.
func (c *Connection) stateSince() (State, time.Duration) {
	v := c.state.Load()
	return State(v & 7), time.Duration(v >> 3)
}

func stateWord(s State, at time.Duration) uint64 { return uint64(at)<<3 | uint64(s) }

// setState moves to s at now, unless the connection is closed, which is for good.
func (c *Connection) setState(s State, now time.Duration) bool {
	for {
		was := c.state.Load()
		if State(was&7) == Closed {
			return false
		}
		if c.state.CompareAndSwap(was, stateWord(s, now)) {
			return true
		}
	}
}

// upgraded is what the connection speaks after a switch.
type upgraded struct {
	protocol string // in capitals
	target   string // the URL, for people
}

// die closes the connection for a reason, the first of which is kept. It
// reports whether this call did it.
func (c *Connection) die(reason string) bool { return c.kill(reason) != Closed }

// kill is die, and gives the state that the connection was in.
func (c *Connection) kill(reason string) (was State) {
	c.because(reason)
	if was = State(c.state.Swap(stateWord(Closed, exchange.Now())) & 7); was == Closed {
		return was
	}
	if s := c.stream.Load(); s != nil {
		s.Close()
	}
	return was
}

// The reasons that do not come from an exchange or from the pool's machine.
const (
	closedByDial   = "dial failed"
	closedByCaller = "closed by the caller"
	closedByStream = "stream closed"

	closedByRefusal = "refusal of an upgrade took too long, or was too large"
	closedByCut     = string(exchange.ClosedMeanwhile)
)

// because keeps a reason for the end of the connection, if it is the first.
func (c *Connection) because(reason string) { c.reason.set(reason) }

// whyClosed is the reason in words, for an error.
func (c *Connection) whyClosed() string {
	if reason, ok := c.reason.get(); ok {
		return reason
	}
	return "closed"
}

// cut ends the exchange that another goroutine reads, which then ends the lease.
func (c *Connection) cut() {
	c.because(closedByCut)
	c.x.Abort()
	c.stream.Load().Close()
}

// String shows the origin, the route and the state:
//
//	<Connection "https://www.wikipedia.org/" IDLE>
//	<Connection "https://www.example.com/feed" WEBSOCKET>
//	<Connection "https://www.encode.io/" VIA "http://127.0.0.1:8080" IDLE>
func (c *Connection) String() string {
	return c.text(c.State())
}

// text is String in a given state.
func (c *Connection) text(s State) string {
	var b strings.Builder
	b.WriteString("<Connection ")
	state, target := s.String(), c.origin.String()+"/"
	via := c.route.list()
	if up := c.upgrade.Load(); up != nil && s == Upgraded {
		state, target = up.protocol, up.target
		if up.protocol == "CONNECT" {
			// The origin of this connection is the last proxy.
			via = append(via, c.origin.String())
		}
	}
	b.WriteString(strconv.Quote(target))
	for _, hop := range via {
		b.WriteString(" VIA ")
		b.WriteString(strconv.Quote(hop))
	}
	b.WriteByte(' ')
	b.WriteString(state)
	b.WriteByte('>')
	return b.String()
}
