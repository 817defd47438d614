// Package assign decides which caller gets which connection of a pool.
//
// It is a deterministic state machine and nothing else: methods on one struct,
// the time an argument, keys opaque. It does no I/O, reads no clock, starts no
// goroutine, takes no lock and calls nobody back. What is to be done it appends
// to the caller's slice of [Action], and when it wants to be asked again it says
// in [Machine.Wake]. Its owner holds one mutex around every call and acts after
// unlocking:
//
//	machine := assign.New[string](assign.Limits{
//		Connections: 100, PerKey: 10, Idle: 100, Waiting: 1024,
//		AcquireTimeout: 30 * time.Second, IdleTimeout: 90 * time.Second,
//		ProbeEvery: time.Second, ProbeBatch: 16,
//	})
//
//	mutex.Lock()
//	conn, acts := machine.Take(now, "https://example.com", acts[:0])
//	if conn == nil {
//		acts = machine.Wait(now, "https://example.com", waiter, acts)
//	}
//	mutex.Unlock()
//	for _, act := range acts {
//		switch act.Do {
//		case assign.Serve: // act.Waiter has a lease on act.Conn
//		case assign.Dial: // start a dial, then report Dialled or DialFailed
//		case assign.Close: // close the stream of act.Conn; act.Why says why
//		case assign.Fail: // act.Waiter gets an error; act.Why says which
//		case assign.CancelDial: // the dial of act.Conn is not wanted any more
//		}
//	}
//
// # Who is served
//
// Within a key, in order of arrival. A connection that becomes free goes to the
// oldest waiter of its own key, even where a dial is under way for that one: a
// waiter takes what comes first. Keys that only the total limit holds stand in
// one heap by their oldest waiter without a dial. A slot that becomes free goes
// to the top of the heap, and so does a connection whose own key has no waiter.
// So that a busy key cannot starve the others, a connection is closed and its
// slot given to the heap's top once that one was overtaken [Overtakes] times.
//
// # What it costs
//
// Every event costs O(1) or O(log n); Take, Release, Wait and Leave allocate
// nothing once warm. [Machine.CloseIdle], [Machine.Shut] and the Append methods
// are O(n).
package assign

import (
	"math"
	"time"
)

// Forever is the duration that stands for "no limit".
const Forever time.Duration = math.MaxInt64

// Overtakes is how many younger waiters of other keys may be served before the
// oldest waiter that only the total limit holds; the next connection that
// becomes free is closed for it.
const Overtakes = 16

// Limits bound a [Machine]. The values are taken as they are, zero means zero:
// the owner has applied its defaults. math.MaxInt and [Forever] mean no limit.
type Limits struct {
	Connections int // connections in all, whatever they do, dials among them; at least 1
	PerKey      int // connections of one key; at least 1
	Idle        int // idle connections in all; 0 keeps none
	Waiting     int // callers with neither a connection nor a dial under way for them; 0 refuses at once

	AcquireTimeout time.Duration // how long a caller may be Waiting; more than 0
	IdleTimeout    time.Duration // how long a connection may be idle; 0 keeps none

	ProbeEvery time.Duration // how long an idle connection goes without a look; 0 or Forever: no probes
	ProbeBatch int           // connections being probed at once, at most
}

// A Machine assigns connections to callers. K tells which connections can serve
// which callers; equal keys can.
//
// A Machine is not safe for concurrent use: its owner holds one lock around
// each call. The now of every call is the time since an origin of the owner's
// choice; one that is earlier than an earlier call's is taken as that one.
type Machine[K comparable] struct {
	limits Limits
	now    time.Duration // the latest time seen
	counts tally         // idle counts those being probed; waiting the waiters not covered by a dial
	isShut bool

	conns list[Conn[K]] // every connection, oldest first
	keys  list[group[K]]
	byKey map[K]*group[K]
	spare []*group[K] // groups to use again

	lru      list[Conn[K]] // idle connections, the least recently used first
	looks    list[Conn[K]] // idle connections not being probed, the oldest look first
	probing  int32         // idle connections being probed
	yielding int           // shared connections that take no more leases, to be given away
	expiries heap[Conn[K]] // when idle connections expire, or earlier

	tickets   uint64          // of the latest waiter
	deadlines list[Waiter[K]] // every waiter, the earliest acquire deadline first
	blocked   heap[group[K]]  // the groups that only the total limit holds
}

// New returns a machine without connections or waiters. Limits under which
// nobody could ever be served are the owner's bug: New panics.
func New[K comparable](limits Limits) *Machine[K] {
	switch {
	case limits.Connections < 1:
		panic("assign: Limits.Connections is less than 1")
	case limits.PerKey < 1:
		panic("assign: Limits.PerKey is less than 1")
	case limits.AcquireTimeout <= 0:
		panic("assign: Limits.AcquireTimeout is not more than 0")
	}
	return &Machine[K]{limits: limits, byKey: make(map[K]*group[K])}
}

// Counts returns what the machine holds now. O(1).
func (m *Machine[K]) Counts() Counts { return m.counts.public() }

// Empty reports whether there is no connection and no waiter left.
func (m *Machine[K]) Empty() bool {
	return m.counts.connections() == 0 && m.deadlines.isEmpty()
}

// A Verb says what is to be done.
type Verb uint8

const (
	Serve      Verb = iota + 1 // Waiter has a lease on Conn
	Dial                       // start a dial for the new record Conn, on behalf of Waiter
	Close                      // Conn has left the counts: close its stream
	Fail                       // Waiter has left the queue without a connection
	CancelDial                 // Conn has left the counts: its dial is not wanted any more
)

// String returns the verb in words.
func (v Verb) String() string {
	switch v {
	case Serve:
		return "serve"
	case Dial:
		return "dial"
	case Close:
		return "close"
	case Fail:
		return "fail"
	case CancelDial:
		return "cancel dial"
	}
	return "unknown verb"
}

// An Action is one thing for the owner to do, in the order of the slice, once
// it has unlocked.
type Action[K comparable] struct {
	Do     Verb
	Conn   *Conn[K]   // of Serve, Dial, Close and CancelDial, and of Fail when a dial failed
	Waiter *Waiter[K] // of Serve, Dial and Fail
	Why    Reason     // of Close, Fail and CancelDial
	Held   Held       // of Fail: what held the waiter back, where it queued or would have
}

// isFull reports whether the limit on connections in all allows no other.
func (m *Machine[K]) isFull() bool { return m.counts.connections() >= m.limits.Connections }

// monotonic returns now, or the latest time seen where that is later: the lists
// by time stay in order whatever the owner's clock did before its lock.
func (m *Machine[K]) monotonic(now time.Duration) time.Duration {
	if now > m.now {
		m.now = now
	}
	return m.now
}

// after returns the time d after now; Forever stays Forever.
func after(now, d time.Duration) time.Duration {
	if d > Forever-now {
		return Forever
	}
	return now + d
}
