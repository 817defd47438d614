package h1

import "strconv"

// FramingKind is how the end of a body is found (RFC 9112 6.3).
type FramingKind uint8

const (
	None       FramingKind = iota // there is no body
	Length                        // so many bytes
	Chunked                       // chunks, then trailers
	UntilClose                    // all bytes until the connection ends; responses only
)

// String is the kind's name.
func (k FramingKind) String() string {
	switch k {
	case None:
		return "None"
	case Length:
		return "Length"
	case Chunked:
		return "Chunked"
	case UntilClose:
		return "UntilClose"
	}
	return "FramingKind(" + strconv.Itoa(int(k)) + ")"
}

// Framing is a body's kind and, for Length, its size in bytes.
type Framing struct {
	Kind   FramingKind
	Length int64
}

// String is "None", "Length(20)", "Chunked" or "UntilClose".
func (f Framing) String() string {
	if f.Kind == Length {
		return "Length(" + strconv.FormatInt(f.Length, 10) + ")"
	}
	return f.Kind.String()
}

// hasNoContent: these statuses end with their head, whatever its fields say.
func hasNoContent(status int) bool {
	return status < 200 || status == 204 || status == 304
}

// Framing says what body follows this response to a request of the given
// method (RFC 9112 6.3): none to HEAD, none behind 1xx, 204 and 304, none
// behind a 2xx to CONNECT, whatever the fields say. An error is an [*Error]:
// the end of the body is in doubt and the connection must be closed.
func (h *ResponseHead) Framing(method string) (Framing, error) {
	switch {
	case hasNoContent(h.parsed.status), method == "HEAD",
		method == "CONNECT" && h.parsed.status < 300:
		return Framing{}, nil
	case h.facts.has(hasCoding):
		return h.facts.coded(h.parsed.version)
	case h.facts.has(hasLength):
		return Framing{Kind: Length, Length: h.facts.length}, nil
	}
	return Framing{Kind: UntilClose}, nil
}

// Framing says what body follows this request: without Content-Length and
// Transfer-Encoding, none. An error is an [*Error].
func (h *RequestHead) Framing() (Framing, error) {
	switch {
	case h.facts.has(hasCoding):
		return h.facts.coded(h.parsed.version)
	case h.facts.has(hasLength):
		return Framing{Kind: Length, Length: h.facts.length}, nil
	}
	return Framing{}, nil
}
