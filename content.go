package httpx

import (
	"io"
	"strconv"
)

// A Content is the body of a request. It is opened anew for each time that
// the request is written: a redirect or a replay opens it again.
//
// A Content may have a method Ready() bool, which says that reading it waits for
// nobody: a small one goes out together with the head then. Any other is read
// on a goroutine of its own, and its Close must end a Read that waits.
type Content interface {
	// Open returns the bytes from their beginning. An error ends the request.
	Open() (io.ReadCloser, error)

	// Size is the number of bytes, or -1 where that is not known: the body is
	// sent chunked then. A Content that yields other than its Size is an
	// error and closes the connection.
	Size() int64

	// ContentType is the value of the field Content-Type; empty sets none. A
	// Content-Type among the request's Headers wins.
	ContentType() string
}

// A Body is a [Content] as a [RequestOption]: httpx.Body{mine} sends a Content
// of your own. The zero Body sends none.
//
// What [Bytes], [Text], [HTML], [JSON], [Form], [File] and [MultiPart] return
// may be sent by several goroutines at once and as often as wanted; what
// [Reader] returns is sent once.
type Body struct{ Content }

func (b Body) applyTo(r *Request) error {
	c := bare(b.Content)
	if f, ok := c.(failed); ok {
		return f.err
	}
	r.Content = c
	return nil
}

// bare takes a content out of the Bodies around it: a Body hides what the
// content can do besides.
func bare(c Content) Content {
	for {
		b, ok := c.(Body)
		if !ok {
			return c
		}
		c = b.Content
	}
}

// failed is a content that could not be made. As an option it is reported at
// once, in a Request that was put together by hand when it is opened.
type failed struct{ err error }

func (f failed) Open() (io.ReadCloser, error) { return nil, f.err }
func (f failed) Size() int64                  { return -1 }
func (f failed) ContentType() string          { return "" }

// An inMemory content can be written without being opened. One of what memory
// returns is used, the other is empty.
type inMemory interface {
	memory() (b []byte, s string)
}

// opensAgain reports whether c can be expected to open now: for the first time,
// or another time. Contents that are not ours are taken to; their Open says
// otherwise by an error.
func opensAgain(c Content) bool {
	known, ok := bare(c).(interface{ reopens() bool })
	return !ok || known.reopens()
}

// unknownLength is no value of a field: nothing that a caller sets equals it.
const unknownLength = "no known length"

// contentLength is the value of Content-Length that goes with c.
func contentLength(c Content) string {
	c = bare(c)
	if c == nil {
		return "0"
	}
	if n := c.Size(); n >= 0 {
		return strconv.FormatInt(n, 10)
	}
	return unknownLength
}

// isReady reports whether c says of itself that reading it does not wait.
func isReady(c Content) bool {
	r, ok := c.(interface{ Ready() bool })
	return ok && r.Ready()
}
