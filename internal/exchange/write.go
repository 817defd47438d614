package exchange

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/gohttpx/httpx/h1"
)

// Do writes call and reads the head of its response; interim ones go to
// call.OnInterim. The head holds until the next exchange. The body is read
// with Read, and End must follow. Where the response switched protocols,
// Switch gives the stream.
//
// The error is a *Failure; nothing needs to follow then but to close the
// stream, and not even that where it is Untouched.
//
// ctx governs the exchange until End.
func (c *Conn) Do(ctx context.Context, call *Call) (*h1.ResponseHead, error) {
	c.ctx = ctx
	c.timeouts = call.Timeouts
	c.onPhase = call.OnPhase
	c.framing = h1.Framing{}
	c.bodyErr = nil
	c.refused, c.unsent = false, false
	c.continueBy = 0
	c.progress.Store(uint32(NotSent))
	at := call.At
	if at == 0 {
		at = Now()
	}
	c.enter(Write, at)
	if err := c.watch.Start(ctx); err != nil {
		if ended := c.ctxErr(); ended != nil {
			return nil, c.untouched(Context, ended)
		}
		return nil, c.fail(err) // the stream takes no deadline any more
	}
	failure := c.write(call)
	if failure != nil {
		return nil, failure
	}
	c.getBuffer()
	c.crowd.letOthersRun(runtime.Gosched)
	return c.readHead(call)
}

// untouched is a failure before anything was begun that would have to be ended.
func (c *Conn) untouched(g Guilt, err error) *Failure {
	c.ctx = nil
	c.enter(Rest, 0)
	return &Failure{Guilt: g, Phase: Write, Progress: NotSent, Err: err, Untouched: true}
}

// write puts the head and a body that fits into one write. One that does not
// fit, waits for the peer's 100, or comes from a content that may block, is left
// to an upload.
func (c *Conn) write(call *Call) *Failure {
	out := outgoings.Get().(*outgoing)
	defer out.release()

	framing := call.framing()
	fields, expect, err := c.compose(out, call, framing)
	if err != nil {
		return c.refuse(err)
	}
	buf := out.small[:]
	if framing.Kind == h1.Chunked || framing.Length > 0 {
		large := largeBuffers.Get().(*[largeSize]byte)
		buf = large[:]
	}
	c.writer.Attach(buf)
	if err := c.writer.WriteRequest(call.Method, call.Target, fields, framing); err != nil {
		c.detachWriter()
		return c.refuse(err)
	}
	c.event(h1.Client, h1.Request)
	if call.Method == "CONNECT" || hasField(fields, "Upgrade") {
		c.machine.ProposeSwitch()
	}
	isReady := call.InMemory || call.Ready || call.Content == nil
	fits := framing.Kind != h1.Chunked && framing.Length <= int64(c.writer.Available())
	if call.hasBody() && (expect || !isReady || !fits) {
		return c.startUpload(call, expect)
	}
	return c.writeWhole(call)
}

// refuse ends a call that cannot be written. Nothing was; but where the context
// ends at this very moment, the stream is not trusted.
func (c *Conn) refuse(err error) *Failure {
	ctx := c.ctxErr()
	if c.watch.Stop() {
		return c.untouched(Caller, err)
	}
	if ctx == nil {
		ctx = errAborted
	}
	f := c.untouched(Context, ctx)
	f.Untouched = false
	return f
}

// writeWhole writes what is there: the head, and a body that fits.
func (c *Conn) writeWhole(call *Call) *Failure {
	defer c.detachWriter()
	if err := c.fill(call); err != nil {
		c.abort(Content, err)
		return c.fail(err)
	}
	if err := c.writer.Close(call.Trailers); err != nil {
		return c.writeFailed(err)
	}
	c.written()
	return nil
}

// fill copies the body into the writer's buffer. Nothing is sent yet.
func (c *Conn) fill(call *Call) error {
	if call.Bytes != nil {
		_, err := c.writer.Write(call.Bytes)
		return err
	}
	if call.Content == nil {
		// The writer copies what it is given, and changes nothing of it.
		_, err := c.writer.Write(unsafe.Slice(unsafe.StringData(call.Text), len(call.Text)))
		return err
	}
	content, err := call.open()
	if err != nil {
		return err
	}
	defer content.Close()
	n, err := c.writer.ReadFrom(content)
	if want := call.Content.Size(); err == nil && n != want {
		err = &h1.BodyLengthError{Declared: want, Got: n}
	}
	return err
}

// writeFailed looks at what the peer may have said before it closed: the
// answer to a request that it did not want to read is worth more than the
// error of writing it.
func (c *Conn) writeFailed(err error) *Failure {
	if c.Progress() == NotSent || !isPeerEnd(err) {
		return c.fail(err)
	}
	c.machine.RefuseKeepAlive()
	c.unsent = true
	c.wrote = Now()
	c.enter(FirstByte, c.wrote)
	return nil
}

// written notes that the whole request is on its way.
func (c *Conn) written() {
	c.progress.CompareAndSwap(uint32(NotSent), uint32(Sent))
	c.progress.CompareAndSwap(uint32(PartlySent), uint32(Sent))
	c.event(h1.Client, h1.End)
	if c.upload == nil {
		c.wrote = Now()
		c.enter(FirstByte, c.wrote)
	}
}

// detachWriter gives the writer's buffer back. What a request that failed left
// in it is dropped.
func (c *Conn) detachWriter() {
	if c.writer.Buffered() > 0 {
		c.writer.Reset((*sink)(c))
	}
	if buf := c.writer.Detach(); cap(buf) == largeSize {
		largeBuffers.Put((*[largeSize]byte)(buf[:largeSize]))
	}
}

// compose puts the fields together: Host first (RFC 9112 section 3.2), the
// caller's, the content's type, framing, and Connection where only Upgrade was
// set (RFC 9110 section 7.8).
func (c *Conn) compose(out *outgoing, call *Call, framing h1.Framing) (fields [][2]string, expect bool, err error) {
	fields = append(out.fields[:0], [2]string{"Host", call.Host})
	var hasType, hasUpgrade, hasConnection, hasTrailer bool
	for _, f := range call.Trailers { // these are written last, when it is too late to refuse them
		if err := h1.CheckTrailerName(f[0]); err != nil {
			return nil, false, err
		}
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return nil, false, err
		}
	}
	for _, f := range call.Fields {
		switch len(f[0]) {
		case len("Host"):
			if strings.EqualFold(f[0], "Host") {
				fields[0] = f
				continue
			}
		case len("Expect"):
			if strings.EqualFold(f[0], "Expect") && strings.EqualFold(f[1], "100-continue") {
				if !hasContent(framing) {
					continue // RFC 9110 section 10.1.1 forbids to expect it then
				}
				expect = true
			}
		case len("Upgrade"): // and Trailer
			hasUpgrade = hasUpgrade || strings.EqualFold(f[0], "Upgrade")
			hasTrailer = hasTrailer || strings.EqualFold(f[0], "Trailer")
		case len("Connection"):
			if strings.EqualFold(f[0], "Connection") {
				hasConnection = true
				c.refused = c.refused || h1.HasToken(f[1], "close")
			}
		case len("Content-Type"):
			hasType = hasType || strings.EqualFold(f[0], "Content-Type")
		case len("Content-Length"):
			if strings.EqualFold(f[0], "Content-Length") {
				if framing.Kind == h1.None {
					framing.Kind = h1.Length // of nothing: the caller wants it said
				}
				if framing.Kind != h1.Length || f[1] != out.contentLength(framing.Length) {
					return nil, false, &FramingError{f[0], f[1]}
				}
				continue // said below
			}
		case len("Transfer-Encoding"):
			if strings.EqualFold(f[0], "Transfer-Encoding") {
				return nil, false, &FramingError{f[0], f[1]}
			}
		}
		fields = append(fields, f)
	}
	if call.hasBody() && call.ContentType != "" && !hasType {
		fields = append(fields, [2]string{"Content-Type", call.ContentType})
	}
	switch framing.Kind {
	case h1.Length:
		fields = append(fields, [2]string{"Content-Length", out.contentLength(framing.Length)})
	case h1.Chunked:
		fields = append(fields, [2]string{"Transfer-Encoding", "chunked"})
		if len(call.Trailers) > 0 && !hasTrailer {
			fields = append(fields, [2]string{"Trailer", names(call.Trailers)})
		}
	}
	if hasUpgrade && !hasConnection {
		fields = append(fields, [2]string{"Connection", "Upgrade"})
	}
	out.fields = fields
	return fields, expect, nil
}

// hasContent reports whether bytes will follow the head.
func hasContent(f h1.Framing) bool { return f.Kind == h1.Chunked || f.Length > 0 }

// A FramingError is a field of the caller's that says how long the body is,
// and says other than the body.
type FramingError struct{ Name, Value string }

func (e *FramingError) Error() string {
	return fmt.Sprintf("field %q: %q disagrees with the content, whose size decides the framing", e.Name, e.Value)
}

// names lists the names of fields for the field Trailer (RFC 9110 section 6.6.2).
func names(fields [][2]string) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f[0]
	}
	return strings.Join(list, ", ")
}

func hasField(fields [][2]string, name string) bool {
	for _, f := range fields {
		if len(f[0]) == len(name) && strings.EqualFold(f[0], name) {
			return true
		}
	}
	return false
}
