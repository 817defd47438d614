package h1

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrTooLarge is found by errors.Is in an [*Error] that says a limit of
// [Limits] was passed.
var ErrTooLarge = errors.New("too large")

// ErrBodyLength is found by errors.Is in a [*BodyLengthError].
var ErrBodyLength = errors.New("body is not as long as declared")

// Error is a message that breaks the protocol: one that a peer sent, or one
// that a caller asked to be written.
//
// errors.Is finds [ErrTooLarge] in it where a limit was passed, and
// [io.ErrUnexpectedEOF] where the peer ended inside the message.
type Error struct {
	// Where names the part: "status line", `field 3 "Content-Length"`,
	// "chunk size".
	Where string
	// What says what is wrong with it.
	What string
	// Excerpt is a short piece of the offending bytes, as they came; empty
	// where it could hold a secret (a field's value, a target's query).
	Excerpt string

	status int   // what Status suggests; 0 is 400
	cause  error // ErrTooLarge, io.ErrUnexpectedEOF or nil
}

// Error gives the place, the fault and the excerpt, quoted and escaped.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("h1: ")
	b.WriteString(e.Where)
	b.WriteString(": ")
	b.WriteString(e.What)
	if e.Excerpt != "" {
		b.WriteString(": ")
		b.WriteString(strconv.QuoteToASCII(e.Excerpt))
	}
	return b.String()
}

// Unwrap gives ErrTooLarge, io.ErrUnexpectedEOF or nil.
func (e *Error) Unwrap() error { return e.cause }

// Status is the status with which a server answers such a request: 400, 413,
// 431, 501 or 505.
func (e *Error) Status() int {
	if e.status == 0 {
		return 400
	}
	return e.status
}

// BodyLengthError says that a body given to a [Writer] is longer or shorter
// than its Content-Length.
type BodyLengthError struct {
	Declared int64 // bytes promised
	Got      int64 // bytes given; where there were too many, at least so many
}

// Error says how many bytes were given and how many were promised.
func (e *BodyLengthError) Error() string {
	if e.Got > e.Declared {
		return fmt.Sprintf("h1: body goes on after the %d bytes declared", e.Declared)
	}
	return fmt.Sprintf("h1: body ends after %d of the %d bytes declared", e.Got, e.Declared)
}

// Unwrap gives ErrBodyLength.
func (e *BodyLengthError) Unwrap() error { return ErrBodyLength }

// Misuse: the caller's order of calls, not the peer's bytes.
var (
	errBodyUnread   = errors.New("h1: the body before it was not read to its end")
	errNotEnded     = errors.New("h1: the message before it was not closed")
	errChunkOpen    = errors.New("h1: a chunk was begun and not ended")
	errNoBody       = errors.New("h1: no body may be written here")
	errNoTrailers   = errors.New("h1: only a chunked body can have trailers")
	errInvalidCount = errors.New("h1: the stream returned an invalid count of bytes")
)

const excerptBytes = 40

// excerpt keeps an error short, whatever the peer sent.
func excerpt(s string) string {
	if len(s) > excerptBytes {
		return s[:excerptBytes] + "..."
	}
	return s
}

// firstLine is what of b an error about a start line may quote.
func firstLine(b string) string {
	if i := strings.IndexByte(b, '\n'); i >= 0 {
		b = b[:i+1]
	}
	return excerpt(b)
}

func truncated(where string) error {
	return &Error{Where: where, What: "the peer ended inside it", cause: io.ErrUnexpectedEOF}
}

func tooLarge(where string, limit int, unit string, status int) error {
	return &Error{
		Where:  where,
		What:   "more than " + strconv.Itoa(limit) + " " + unit,
		status: status,
		cause:  ErrTooLarge,
	}
}

// badByte says which byte is wrong, and at which index, without quoting its
// neighbours.
func badByte(where string, c byte, at int) error {
	return &Error{Where: where, What: fmt.Sprintf("byte 0x%02x at %d is not allowed", c, at)}
}

// fieldPlace names a field by its number, from 1, and its name.
func fieldPlace(section string, n int, name string) string {
	return section + " " + strconv.Itoa(n) + " " + strconv.QuoteToASCII(excerpt(name))
}
