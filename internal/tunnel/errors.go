package tunnel

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// The kinds of failure of a walk.
var (
	ErrRefused  = errors.New("refused")               // the proxy said no
	ErrAuth     = errors.New("authentication failed") // it wants credentials: none, others, or of another kind
	ErrProtocol = errors.New("protocol error")        // its answer is not one
	ErrTLS      = errors.New("TLS failed")            // towards the proxy
	ErrTimeout  = errors.New("timeout")               // one of Options, or the context's deadline
	ErrLost     = errors.New("connection lost")       // it closed or reset the connection
	ErrUnread   = errors.New("bytes nobody asked for")
	ErrResolve  = errors.New("name not resolved")   // here, for a SOCKS5 proxy
	ErrRequest  = errors.New("cannot be asked for") // the caller's target, fields or credentials do not fit the protocol
)

// An Error is a walk that failed: at which hop, what that was asked for, and
// what it said.
type Error struct {
	Hop     int    // the index of the hop, from 0
	Hops    int    // of how many
	Visible string // the hop, for people
	Asked   string // host:port that it was asked for; empty before that
	Kind    error  // one of the Err values; nil where the context was cancelled

	// What the proxy answered: a status of HTTP or a reply code of SOCKS, 0
	// where there was none; its own words; and the beginning of what it sent
	// with them, if that is plain text: at most 200 bytes of each, without
	// control characters, and a mark instead where it echoes a secret of ours.
	Status int
	Reason string
	Body   string

	Err error // the cause; may be nil

	again   bool // the challenge can be answered on a new connection
	redials int  // connections that this walk has used up before
}

// Error says all of it in a line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("proxy ")
	if e.Hops > 1 {
		b.WriteString(strconv.Itoa(e.Hop+1) + " of " + strconv.Itoa(e.Hops) + ", ")
	}
	b.WriteString(e.Visible)
	if e.Asked != "" {
		b.WriteString(", asked for " + strconv.Quote(e.Asked))
	}
	if e.Kind != nil {
		b.WriteString(": " + e.Kind.Error())
	}
	if e.Status != 0 {
		b.WriteString(": " + strconv.Itoa(e.Status))
		if e.Reason != "" {
			b.WriteString(" " + e.Reason)
		}
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Body != "" {
		b.WriteString(": " + strconv.Quote(e.Body))
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

// Timeout reports whether time ran out, an option's or the context's.
func (e *Error) Timeout() bool {
	return e.Kind == ErrTimeout || errors.Is(e.Err, context.DeadlineExceeded)
}
