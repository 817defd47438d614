package httpx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of failure, for errors.Is. Each error of a Transport that is not
// a caller's bug is an [*Error] of one of these kinds.
var (
	ErrTimeout          = errors.New("timeout")
	ErrConnect          = errors.New("connection failed")
	ErrTLS              = errors.New("TLS failed")
	ErrProtocol         = errors.New("protocol error")
	ErrProxy            = errors.New("proxy refused")
	ErrClosed           = errors.New("closed")
	ErrPoolClosed       = fmt.Errorf("pool %w", ErrClosed) // is ErrClosed too
	ErrPoolFull         = errors.New("pool full")
	ErrPooled           = errors.New("connection is owned by a pool: send through the pool")
	ErrTooLarge         = errors.New("too large")
	ErrTooManyRedirects = errors.New("too many redirects")
	ErrDecode           = errors.New("decoding failed")
)

// Phase is what a request was at when something happened to it.
type Phase uint8

// The phases, in the order in which a request goes through them.
const (
	PhaseQueue     Phase = iota // waiting for a connection
	PhaseResolve                // looking up the addresses
	PhaseConnect                // opening the connection
	PhaseProxy                  // asking a proxy for the next hop
	PhaseTLS                    // in a handshake
	PhaseWrite                  // writing the request
	PhaseFirstByte              // waiting for the response
	PhaseHead                   // reading the head of the response
	PhaseBody                   // reading the body
	PhaseDone                   // after the exchange
)

var phaseNames = [...]string{
	PhaseQueue:     "queue",
	PhaseResolve:   "resolve",
	PhaseConnect:   "connect",
	PhaseProxy:     "proxy",
	PhaseTLS:       "TLS",
	PhaseWrite:     "write",
	PhaseFirstByte: "first byte",
	PhaseHead:      "head",
	PhaseBody:      "body",
	PhaseDone:      "done",
}

func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("Phase(%d)", p)
}

// MarshalText gives the name of the phase.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Progress is how far a request got: what its sender may conclude about what
// the server has seen.
type Progress uint8

// How far a request got.
const (
	NotSent    Progress = iota // no byte was written
	PartlySent                 // some bytes were
	Sent                       // all of it was
	Answered                   // a byte of a response was read
)

var progressNames = [...]string{NotSent: "not sent", PartlySent: "partly sent", Sent: "sent", Answered: "answered"}

func (p Progress) String() string {
	if int(p) < len(progressNames) {
		return progressNames[p]
	}
	return fmt.Sprintf("Progress(%d)", p)
}

// MarshalText gives the words of String.
func (p Progress) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// An Error is the world's fault: it says what kind of failure it was, in which
// phase, towards which origin, on which connection, how far the request got,
// after how long, and the cause.
type Error struct {
	Kind       error         // one of the Err values; nil where the caller's context or content ended it
	Phase      Phase         // what the request was at
	Origin     string        // scheme://host, with the port where it is not the scheme's
	Connection uint64        // the number of the connection, 0 where there was none
	Progress   Progress      // how far the request got
	After      time.Duration // since Send was called
	Err        error         // the cause; may be nil

	exchange     Exchange
	isCallers    bool // the request itself was at fault, and Err says how
	beforeAnswer bool // the peer ended the connection before it said anything
}

// Error says all of it in a line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("httpx: ")
	switch {
	case e.Kind != nil:
		b.WriteString(e.Kind.Error())
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString("failed")
	}
	fmt.Fprintf(&b, " (%s", e.Phase)
	if e.Origin != "" {
		fmt.Fprintf(&b, ", %s", e.Origin)
	}
	if e.Connection != 0 {
		fmt.Fprintf(&b, ", connection %d", e.Connection)
	}
	if e.Phase >= PhaseWrite || e.Progress != NotSent {
		fmt.Fprintf(&b, ", request %s", e.Progress)
	}
	fmt.Fprintf(&b, ", after %s)", round(e.After))
	if e.Kind != nil && e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the kind and the cause to errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	errs := make([]error, 0, 2)
	if e.Kind != nil {
		errs = append(errs, e.Kind)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// Timeout reports whether time ran out, a phase's or the context's. With
// Temporary it makes an Error a net.Error.
func (e *Error) Timeout() bool {
	return e.Kind == ErrTimeout || errors.Is(e.Err, context.DeadlineExceeded)
}

// Temporary is false: whether to try again is decided by Progress.
func (e *Error) Temporary() bool { return false }

// forCaller is the error as the caller of Send gets it: one that the request
// itself was the reason for is a plain error.
func (e *Error) forCaller() error {
	if e.isCallers {
		return e.Err
	}
	return e
}

// Exchange returns the record of how the request went until it failed.
func (e *Error) Exchange() Exchange { return e.exchange }

// round shortens a duration for people: three digits are enough.
func round(d time.Duration) time.Duration {
	for unit := time.Duration(1); unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}
