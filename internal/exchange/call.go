package exchange

import (
	"errors"
	"io"
	"time"

	"github.com/gohttpx/httpx/h1"
)

// Limits bounds what a peer may send; a zero field means the default.
type Limits struct {
	Head    h1.Limits
	Interim int // interim responses to one request (16)
}

const defaultInterim = 16

// Timeouts bounds the phases of an exchange; zero or less means none.
type Timeouts struct {
	Write     time.Duration // without progress
	FirstByte time.Duration // from the request written
	Read      time.Duration // without progress
}

// ContentSource is the body of a call. Size is -1 where it is not known.
type ContentSource interface {
	Open() (io.ReadCloser, error)
	Size() int64
}

// A Call is what one exchange sends. Do reads it and keeps nothing of it
// beyond the end of the exchange.
type Call struct {
	Method   string
	Target   string
	Host     string      // sent first, unless Fields has one
	Fields   [][2]string // without those of framing
	Trailers [][2]string // behind the content, which is chunked then

	// The body: InMemory (Bytes or Text, whichever is set) or Content, or none.
	InMemory bool
	Bytes    []byte
	Text     string
	Content  ContentSource
	Ready    bool // reading Content does not wait for anybody

	// ContentType is sent where Fields has none.
	ContentType string

	At        time.Duration // now, by Now; 0: Do asks the clock
	Timeouts  Timeouts
	OnInterim func(status int, fields [][2]string)
	OnPhase   func(Phase, time.Duration) // each phase and when it began, by Now; nil: nobody looks
}

// size is the number of bytes of the body, -1 where that is not known.
func (call *Call) size() int64 {
	switch {
	case call.InMemory:
		return int64(len(call.Bytes) + len(call.Text))
	case call.Content != nil:
		return call.Content.Size()
	}
	return 0
}

// open opens the content, which must be there then.
func (call *Call) open() (io.ReadCloser, error) {
	content, err := call.Content.Open()
	if err == nil && content == nil {
		err = errors.New("the content opened as nil")
	}
	return content, err
}

func (call *Call) hasBody() bool { return call.InMemory || call.Content != nil }

// framing is how the body goes on the wire (RFC 9112 section 6.3). Trailers
// need chunks. A request without a body says so where its method is one that
// usually has one (RFC 9110 section 8.6).
func (call *Call) framing() h1.Framing {
	if len(call.Trailers) > 0 {
		return h1.Framing{Kind: h1.Chunked}
	}
	size := call.size()
	switch {
	case size < 0:
		return h1.Framing{Kind: h1.Chunked}
	case size > 0 || call.hasBody():
		return h1.Framing{Kind: h1.Length, Length: size}
	case call.Method == "POST" || call.Method == "PUT" || call.Method == "PATCH":
		return h1.Framing{Kind: h1.Length}
	}
	return h1.Framing{Kind: h1.None}
}
