package h1

import (
	"errors"
	"io"
	"time"
)

var errSkeleton = errors.New("h1: not built yet")

var (
	ErrTooLarge   = errors.New("too large")                              // found by errors.Is in an *Error
	ErrBodyLength = errors.New("body is not as long as it was declared") // found by errors.Is in a *BodyLengthError
)

type Limits struct{ HeaderBytes, Fields, ChunkExtensionBytes int }

type Error struct {
	Where, What, Excerpt string
	// unexported: suggested status, cause
}

func (e *Error) Error() string { return e.What }
func (e *Error) Unwrap() error { return nil }
func (e *Error) Status() int   { return 400 }

type BodyLengthError struct{ Declared, Got int64 }

func (e *BodyLengthError) Error() string { return "" }
func (e *BodyLengthError) Unwrap() error { return ErrBodyLength }

type Version struct{ Major, Minor uint8 }

func (v Version) String() string                  { return "" }
func (v Version) AtLeast(major, minor uint8) bool { return false }

type RequestHead struct {
	Method, Target string
	Version        Version
	Fields         [][2]string
}

type ResponseHead struct {
	Status  int
	Reason  string
	Version Version
	Fields  [][2]string
}

type FramingKind uint8

const (
	None FramingKind = iota
	Length
	Chunked
	UntilClose
)

type Framing struct {
	Kind   FramingKind
	Length int64
}

func HeadEnd(buf []byte, from int) int { return 0 }

func (h *ResponseHead) Parse(block []byte, limits Limits) error { return errSkeleton }
func (h *ResponseHead) Reset()                                  {}
func (h *ResponseHead) Framing(method string) (Framing, error)  { return Framing{}, errSkeleton }
func (h *ResponseHead) KeepAlive() bool                         { return false }
func (h *ResponseHead) IsUpgrade() bool                         { return false }
func (h *ResponseHead) Get(name string) (string, bool)          { return "", false }
func (h *ResponseHead) Has(name string) bool                    { return false }
func (h *ResponseHead) HasToken(name, token string) bool        { return false }
func (h *ResponseHead) KeepAliveTimeout() (time.Duration, bool) { return 0, false }
func (h *RequestHead) Parse(block []byte, limits Limits) error  { return errSkeleton }
func (h *RequestHead) Reset()                                   {}
func (h *RequestHead) Framing() (Framing, error)                { return Framing{}, errSkeleton }
func (h *RequestHead) KeepAlive() bool                          { return false }
func (h *RequestHead) IsUpgrade() bool                          { return false }
func (h *RequestHead) Get(name string) (string, bool)           { return "", false }
func (h *RequestHead) Has(name string) bool                     { return false }
func (h *RequestHead) HasToken(name, token string) bool         { return false }

type Reader struct{ src io.Reader }

func NewReader(src io.Reader, limits Limits) *Reader { return &Reader{src: src} }
func (r *Reader) Reset(src io.Reader)                {}
func (r *Reader) SetLimits(limits Limits)            {}
func (r *Reader) Attach(buf []byte)                  {}
func (r *Reader) Detach() []byte                     { return nil }
func (r *Reader) ReadResponse(h *ResponseHead) error { return errSkeleton }
func (r *Reader) ReadRequest(h *RequestHead) error   { return errSkeleton }
func (r *Reader) Begin(f Framing)                    {}
func (r *Reader) Read(p []byte) (int, error)         { return 0, errSkeleton }
func (r *Reader) Done() bool                         { return false }
func (r *Reader) Remaining() (n int64, known bool)   { return 0, false }
func (r *Reader) WriteTo(w io.Writer) (int64, error) { return 0, errSkeleton }
func (r *Reader) Trailers() [][2]string              { return nil }
func (r *Reader) Buffered() int                      { return 0 }
func (r *Reader) Peek() []byte                       { return nil }
func (r *Reader) Discard(n int)                      {}

func AppendRequest(dst []byte, method, target string, fields [][2]string) ([]byte, error) {
	return dst, errSkeleton
}
func AppendResponse(dst []byte, status int, reason string, fields [][2]string) ([]byte, error) {
	return dst, errSkeleton
}
func AppendChunk(dst []byte, data []byte) []byte { return dst }
func AppendLastChunk(dst []byte, trailers [][2]string) ([]byte, error) {
	return dst, errSkeleton
}
func CheckMethod(method string) error     { return errSkeleton }
func CheckTarget(target string) error     { return errSkeleton }
func CheckName(name string) error         { return errSkeleton }
func CheckValue(value string) error       { return errSkeleton }
func CheckField(name, value string) error { return errSkeleton }
func CheckReason(reason string) error     { return errSkeleton }
func CheckTrailerName(name string) error  { return errSkeleton }

type Writer struct{ dst io.Writer }

func NewWriter(dst io.Writer) *Writer { return &Writer{dst: dst} }
func (w *Writer) Reset(dst io.Writer) {}
func (w *Writer) Attach(buf []byte)   {}
func (w *Writer) Detach() []byte      { return nil }
func (w *Writer) WriteRequest(method, target string, fields [][2]string, f Framing) error {
	return errSkeleton
}
func (w *Writer) WriteResponse(status int, reason string, fields [][2]string, f Framing) error {
	return errSkeleton
}
func (w *Writer) Write(p []byte) (int, error)           { return 0, errSkeleton }
func (w *Writer) ReadFrom(src io.Reader) (int64, error) { return 0, errSkeleton }
func (w *Writer) Close(trailers [][2]string) error      { return errSkeleton }
func (w *Writer) Flush() error                          { return errSkeleton }
func (w *Writer) Available() int                        { return 0 }
func (w *Writer) Buffered() int                         { return 0 }

// WriteErr is the last error that dst gave, nil again after a write that
// succeeded: it tells a fault of dst from one of ReadFrom's src.
func (w *Writer) WriteErr() error { return nil }

type Side uint8

const (
	Client Side = iota
	Server
)

type State uint8

const (
	Idle State = iota
	SendResponse
	SendBody
	Done
	MustClose
	Closed
	MightSwitch
	Switched
	Failed
)

type Event uint8

const (
	Request Event = iota
	InterimResponse
	SwitchResponse // 101, or 2xx to CONNECT: the switch that was proposed is accepted
	Response
	Data
	End
	ConnectionClosed
)

type Machine struct{ states [2]State }

func (m *Machine) Event(side Side, e Event) error { return errSkeleton }
func (m *Machine) State(side Side) State          { return m.states[side] }
func (m *Machine) RefuseKeepAlive()               {}
func (m *Machine) ProposeSwitch()                 {}
func (m *Machine) CanReuse() bool                 { return false }
func (m *Machine) Next() error                    { return errSkeleton }
