package inspect

import "github.com/gohttpx/httpx"

// A kind is what a connection did in a span of its life.
type kind string

// The kinds of spans.
const (
	unseen    kind = "unseen" // nobody looked
	resolve   kind = "resolve"
	connect   kind = "connect"
	proxy     kind = "proxy"
	handshake kind = "tls"
	write     kind = "write"
	firstByte kind = "first byte" // waiting for it
	head      kind = "head"
	body      kind = "body"
	busy      kind = "busy" // short requests, one after another
	idle      kind = "idle"
	switched  kind = "upgraded"
)

// A span is a part of a connection's life. Times are µs since 1970.
type span struct {
	Kind  kind  `json:"kind"`
	Start int64 `json:"start"`
	End   int64 `json:"end,omitempty"` // 0: it goes on

	// Of the first span of a request, of the last request in a busy span, and
	// of an upgraded one.
	Label  string `json:"label,omitempty"`
	Status int    `json:"status,omitempty"`

	// Of a busy span: how many requests, and how long they took together.
	Count int   `json:"count,omitempty"`
	Busy  int64 `json:"busy,omitempty"` // µs

	revision uint64 // when it changed last
}

func (s *span) length() int64 { return s.End - s.Start }

// state is the state of a connection in such a span.
func (k kind) state() httpx.State {
	switch k {
	case resolve, connect, proxy, handshake:
		return httpx.Connecting
	case write, firstByte, head, body, busy:
		return httpx.Active
	case switched:
		return httpx.Upgraded
	case idle:
		return httpx.Idle
	}
	return httpx.Closed
}

// comesAfter reports whether a request that is at k has passed other.
func (k kind) comesAfter(other kind) bool { return rank[k] > rank[other] }

var rank = map[kind]int{write: 1, firstByte: 2, head: 3, body: 4}

// kindOf is what a connection does, as far as its snapshot says.
func kindOf(c *httpx.ConnectionSnapshot) kind {
	switch c.State {
	case httpx.Connecting:
		return connect
	case httpx.Idle:
		return idle
	case httpx.Upgraded:
		return switched
	}
	if c.Request == nil {
		return write
	}
	switch c.Request.Phase {
	case httpx.PhaseFirstByte:
		return firstByte
	case httpx.PhaseHead:
		return head
	case httpx.PhaseBody, httpx.PhaseDone:
		return body
	}
	return write
}
