package advise

import (
	"math"
	"time"

	"github.com/gohttpx/httpx/internal/assign"
)

// A trace is lines of JSON, each of a kind. Times are nanoseconds since the
// recording began, durations nanoseconds. The names are stable; a kind that a
// reader does not know is for others.
const (
	KindLimits  = "limits"
	KindRequest = "request"
	KindDial    = "dial"
	KindClosed  = "closed"
	KindGap     = "gap"
)

// Limits are those of a pool; -1 is none. The names are those of its snapshot.
type Limits struct {
	MaxConnections          int           `json:"max_connections"`
	MaxConnectionsPerOrigin int           `json:"max_connections_per_origin"`
	MaxIdle                 int           `json:"max_idle"`
	MaxWaiting              int           `json:"max_waiting"`
	IdleTimeout             time.Duration `json:"idle_timeout"`
	MaxAge                  time.Duration `json:"max_age"`
	AcquireTimeout          time.Duration `json:"acquire_timeout"`
}

// A LimitsLine says under which limits the lines around it were recorded.
type LimitsLine struct {
	Kind   string `json:"kind"`
	Limits Limits `json:"limits"`
}

// An Outcome is what became of a request, as far as its pool is concerned.
type Outcome string

const (
	Served     Outcome = "served"      // and its connection was given back
	Closed     Outcome = "closed"      // answered, and its connection was closed behind it
	Failed     Outcome = "failed"      // not answered, and its connection was closed
	Upgraded   Outcome = "upgraded"    // its connection became a stream, which was closed in the end
	Open       Outcome = "open"        // it had its connection still when the recording ended
	DialFailed Outcome = "dial failed" // the dial for it did
	TimedOut   Outcome = "timed out"   // it waited for AcquireTimeout
	Rejected   Outcome = "rejected"    // MaxWaiting callers waited already
	Gone       Outcome = "gone"        // its caller gave up before it had a connection
	Shut       Outcome = "shut"        // the pool was closed before
)

// gotConnection reports whether the request had a connection.
func (o Outcome) gotConnection() bool {
	switch o {
	case Served, Closed, Failed, Upgraded, Open:
		return true
	}
	return false
}

// A Request is one that came to the pool; one that was sent a second time is two.
type Request struct {
	Kind   string        `json:"kind"`
	At     time.Duration `json:"at"` // when it came
	Origin string        `json:"origin"`
	Route  []string      `json:"route,omitempty"`

	// Fresh: it is sent a second time, and wants none of the connections that
	// idle.
	Fresh bool `json:"fresh,omitempty"`

	Wait       time.Duration `json:"wait"`                 // for a connection, a dial included
	Connection uint64        `json:"connection,omitempty"` // 0: none
	Reused     bool          `json:"reused"`
	Dial       *DialTimes    `json:"dial,omitempty"` // of its connection, where it was the first on it
	Hold       time.Duration `json:"hold"`           // how long it had the connection
	Outcome    Outcome       `json:"outcome"`
}

// DialTimes is what a dial took, and each of its phases.
type DialTimes struct {
	Took    time.Duration `json:"took"`
	Resolve time.Duration `json:"resolve,omitempty"`
	Connect time.Duration `json:"connect,omitempty"`
	Proxy   time.Duration `json:"proxy,omitempty"`
	TLS     time.Duration `json:"tls,omitempty"`
}

// A Dial is a connection that was opened, or not.
type Dial struct {
	Kind       string        `json:"kind"`
	At         time.Duration `json:"at"` // when it began
	Origin     string        `json:"origin"`
	Route      []string      `json:"route,omitempty"`
	Connection uint64        `json:"connection"`
	DialTimes
	Failed bool `json:"failed,omitempty"`
}

// A Close is the end of a connection.
type Close struct {
	Kind       string        `json:"kind"`
	At         time.Duration `json:"at"`
	Origin     string        `json:"origin"`
	Route      []string      `json:"route,omitempty"`
	Connection uint64        `json:"connection"`
	Idle       time.Duration `json:"idle"` // how long it had idled; 0: it did not
	Reason     string        `json:"reason"`
}

// A Gap is events that the recording lost. What was under way then is not in it.
type Gap struct {
	Kind    string        `json:"kind"`
	At      time.Duration `json:"at"`
	Dropped uint64        `json:"dropped"`
}

// machine makes the machine that decides under these limits. Nothing is probed:
// what a probe would find is in the trace.
func (l Limits) machine() *assign.Machine[string] {
	return assign.New[string](assign.Limits{
		Connections:    max(1, orUnlimited(l.MaxConnections)),
		PerKey:         max(1, orUnlimited(l.MaxConnectionsPerOrigin)),
		Idle:           orUnlimited(l.MaxIdle),
		Waiting:        orUnlimited(l.MaxWaiting),
		AcquireTimeout: max(1, orForever(l.AcquireTimeout)),
		IdleTimeout:    orForever(l.IdleTimeout),
	})
}

func orUnlimited(n int) int {
	if n < 0 {
		return math.MaxInt
	}
	return n
}

func orForever(d time.Duration) time.Duration {
	if d < 0 {
		return assign.Forever
	}
	return d
}
