package httpx

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// A Response is what came back: its head received, its body streaming from
// the connection until it was read to the end or closed. The zero value is
// valid for SendInto. Body may be read by one goroutine and closed by any;
// the rest is not for several goroutines at once.
type Response struct {
	StatusCode int    // 200
	Reason     string // "OK", as the peer wrote it
	Proto      string // "HTTP/1.1"

	// Headers are the fields of the head, in their order.
	Headers Headers

	// Trailers are the fields behind a chunked body; they are there once the
	// body was read to its end.
	Trailers Headers

	// Body is never nil after Send, and empty where the response has none.
	// After the last byte or after Close the connection is given back. Of a
	// response that switched protocols it is the *network.Stream.
	Body io.ReadCloser

	// Request is what was answered: the last one, where redirects were followed.
	Request *Request

	// History holds the responses that led here, oldest first: redirects that
	// were followed. Their bodies are closed.
	History []*Response

	body     body     // what Body is, in a response of ours
	content  contents // what Bytes remembers
	decoded  bool     // by Decode: Body is not what the wire carried
	inline   [inlineFields][2]string
	exchange record
}

// inlineFields is how many header fields a Response holds without a second
// allocation.
const inlineFields = 8

// defaultMaxBody is what Bytes, Text, JSON and Request hold in memory.
const defaultMaxBody = 64 << 20

// contents is what was read of a body by Bytes.
type contents struct {
	read bool
	data []byte
	err  error
}

// Bytes reads the rest of the body, closes it and remembers it: a second call
// gives the same slice. Beyond the limit (64 MiB, where the options do not say
// other) the error is [ErrTooLarge]; after Close of an unread body [ErrClosed].
func (r *Response) Bytes() ([]byte, error) {
	if r.content.read {
		return r.content.data, r.content.err
	}
	if r.Body == nil {
		return nil, nil
	}
	if _, isStream := r.Body.(*network.Stream); isStream {
		// It ends when the peer likes, and no context governs it.
		return nil, fmt.Errorf("httpx: %s switched protocols: its body is a stream; see Upgrade", r)
	}
	data, err := readBody(r.Body, r.sizeHint(), r.maxBody())
	if err == nil {
		err = r.Body.Close()
	} else {
		r.Body.Close()
	}
	if errors.Is(err, ErrTooLarge) {
		err = r.overLimit(err)
	}
	r.content = contents{read: true, data: data, err: err}
	return data, err
}

// overLimit completes the error of a body that is too large to be held.
func (r *Response) overLimit(err error) error {
	c, rec := r.exchange.conn, &r.exchange
	var known *Error
	if c == nil || errors.As(err, &known) {
		return err
	}
	return &Error{
		Kind: ErrTooLarge, Phase: PhaseBody, Origin: c.origin.String(), Connection: c.id, Progress: Answered,
		After: exchange.Now() - rec.began, Err: err, exchange: rec.export(),
	}
}

// Text is Bytes as a string. It does not convert character sets.
func (r *Response) Text() (string, error) {
	b, err := r.Bytes()
	return string(b), err
}

// JSON decodes the body into v, as json.Unmarshal does.
func (r *Response) JSON(v any) error {
	b, err := r.Bytes()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("httpx: JSON of %s: %w", r.Request, err)
	}
	return nil
}

// Close gives the connection back, reading a known rest of up to 64 KiB first. Of
// a chunked body the rest is known once all of it has arrived. Twice is nil. It may
// run beside a Read, and ends that.
func (r *Response) Close() error {
	if r.Body == nil {
		return nil
	}
	return r.Body.Close()
}

// Exchange returns the record of how the response was got.
func (r *Response) Exchange() Exchange { return r.exchange.export() }

// String gives the status with the standard's reason, not the peer's:
//
//	<Response [200 OK]>
func (r *Response) String() string {
	if reason := http.StatusText(r.StatusCode); reason != "" {
		return fmt.Sprintf("<Response [%d %s]>", r.StatusCode, reason)
	}
	return fmt.Sprintf("<Response [%d]>", r.StatusCode)
}

// maxBody is how many bytes of the body are held in memory.
func (r *Response) maxBody() int64 {
	if c := r.exchange.conn; c != nil {
		return c.config.maxBody
	}
	return defaultMaxBody
}

// sizeHint is how many bytes the body will have, -1 where that is not known.
func (r *Response) sizeHint() int64 {
	if r.Body == io.ReadCloser(&r.body) {
		return r.body.remaining()
	}
	return -1
}
