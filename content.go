package httpx

import "io"

// A Content is the body of a request. It is opened anew for each time that
// the request is written: a redirect or a replay opens it again.
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
