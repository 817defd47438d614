package h1

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// wire is a stream that keeps what it was given, and how often.
type wire struct {
	bytes.Buffer
	writes int
	// takes: the bytes taken before each timeout; none left, all is taken
	takes []int
}

func (s *wire) Write(p []byte) (int, error) {
	s.writes++
	if len(s.takes) == 0 || s.takes[0] >= len(p) {
		if len(s.takes) > 0 {
			s.takes[0] -= len(p)
		}
		return s.Buffer.Write(p)
	}
	n, _ := s.Buffer.Write(p[:s.takes[0]])
	s.takes = s.takes[1:]
	return n, errTimeout
}

var (
	hostFields = [][2]string{{"Host", "a"}}
	chunked    = [2]string{"Transfer-Encoding", "chunked"}
)

func lengthField(n int) [2]string { return [2]string{"Content-Length", strconv.Itoa(n)} }

// A head and a small body are one write.
func TestWriterWritesOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      Framing
		field  [2]string
		do     func(w *Writer) error
		want   string
		writes int
	}{
		{"length", lengthFraming(5), lengthField(5), writeAll("he", "llo"), "hello", 1},
		{"chunked", chunkedFraming, chunked, writeAll("he", "", "llo"), "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 1},
		{"empty length", lengthFraming(0), lengthField(0), writeAll(), "", 1},
		{"empty chunked", chunkedFraming, chunked, writeAll(), "0\r\n\r\n", 1},
		{"length from a source", lengthFraming(5), lengthField(5), readFrom("hello"), "hello", 1},
		// A piece of a source may be the last for long: it is flushed.
		{"chunked from a source", chunkedFraming, chunked, readFrom("hello"), "5\r\nhello\r\n0\r\n\r\n", 2},
	} {
		var to wire
		w := NewWriter(&to)
		if err := w.WriteRequest("POST", "/", [][2]string{hostFields[0], c.field}, c.f); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if to.writes != 0 || w.Buffered() == 0 {
			t.Errorf("%s: the head was not kept for the body", c.name)
		}
		if err := c.do(w); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := w.Close(nil); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := "POST / HTTP/1.1\r\nHost: a\r\n" + c.field[0] + ": " + c.field[1] + "\r\n\r\n" + c.want
		if to.String() != want || to.writes != c.writes || w.Buffered() != 0 {
			t.Errorf("%s: %d writes of %q, want %d of %q", c.name, to.writes, to.String(), c.writes, want)
		}
	}
}

func writeAll(pieces ...string) func(*Writer) error {
	return func(w *Writer) error {
		for _, p := range pieces {
			if n, err := w.Write([]byte(p)); n != len(p) || err != nil {
				return errors.Join(errors.New("took "+strconv.Itoa(n)), err)
			}
		}
		return nil
	}
}

func readFrom(body string) func(*Writer) error {
	return func(w *Writer) error {
		n, err := w.ReadFrom(strings.NewReader(body))
		if err == nil && n != int64(len(body)) {
			return errors.New("took " + strconv.Itoa(int(n)))
		}
		return err
	}
}

// The fields must say what the framing says.
func TestWriterFieldsAgreeWithFraming(t *testing.T) {
	none := Framing{}
	for _, c := range []struct {
		status int // 0: a request
		f      Framing
		fields [][2]string
		ok     bool
	}{
		{0, none, nil, true},
		{0, none, [][2]string{lengthField(0)}, true},
		{0, none, [][2]string{lengthField(5)}, false},
		{0, none, [][2]string{chunked}, false},
		{0, lengthFraming(0), nil, true},
		{0, lengthFraming(5), [][2]string{lengthField(5)}, true},
		{0, lengthFraming(5), [][2]string{{"content-length", "5"}}, true},
		{0, lengthFraming(5), [][2]string{lengthField(6)}, false},
		{0, lengthFraming(5), [][2]string{lengthField(5), lengthField(6)}, false},
		{0, lengthFraming(5), nil, false},
		{0, lengthFraming(-1), [][2]string{{"Content-Length", "-1"}}, false},
		{0, lengthFraming(-1), nil, false},
		{0, lengthFraming(5), [][2]string{chunked}, false},
		{0, lengthFraming(5), [][2]string{lengthField(5), chunked}, false},
		{0, chunkedFraming, [][2]string{chunked}, true},
		{0, chunkedFraming, [][2]string{lengthField(5), chunked}, false},
		{0, chunkedFraming, [][2]string{{"Transfer-Encoding", "gzip, chunked"}}, false},
		{0, chunkedFraming, nil, false},
		{0, untilClose, nil, false},

		{200, none, nil, true}, // an answer to CONNECT
		{200, none, [][2]string{lengthField(5)}, true},
		{200, none, [][2]string{chunked}, true},
		{200, none, [][2]string{lengthField(5), chunked}, false},
		{200, lengthFraming(0), [][2]string{lengthField(0)}, true},
		{200, lengthFraming(0), nil, false},
		{200, lengthFraming(5), [][2]string{lengthField(5)}, true},
		{200, chunkedFraming, [][2]string{chunked}, true},
		{200, untilClose, nil, true},
		{200, untilClose, [][2]string{lengthField(5)}, false},
		{200, untilClose, [][2]string{chunked}, false},
		{204, none, nil, true},
		{204, none, [][2]string{lengthField(0)}, false},
		{204, lengthFraming(5), [][2]string{lengthField(5)}, false},
		{103, none, [][2]string{chunked}, false},
		{101, none, nil, true},
		{304, none, [][2]string{lengthField(5)}, true},
		{304, lengthFraming(5), [][2]string{lengthField(5)}, false},
	} {
		var to wire
		w := NewWriter(&to)
		var err error
		if c.status == 0 {
			err = w.WriteRequest("POST", "/", c.fields, c.f)
		} else {
			err = w.WriteResponse(c.status, "", c.fields, c.f)
		}
		var e *Error
		if errors.As(err, &e) == c.ok {
			t.Errorf("status %d, %v, %v: %v", c.status, c.f, c.fields, err)
		}
		if !c.ok && w.Buffered() != 0 {
			t.Errorf("status %d, %v, %v: a refused head is buffered", c.status, c.f, c.fields)
		}
	}
}

func TestWriterHoldsTheLength(t *testing.T) {
	begin := func() (*Writer, *wire) {
		to := &wire{}
		w := NewWriter(to)
		if err := w.WriteRequest("POST", "/", [][2]string{lengthField(5)}, lengthFraming(5)); err != nil {
			t.Fatal(err)
		}
		return w, to
	}
	want := func(err error, got int64, words string) {
		t.Helper()
		var e *BodyLengthError
		if !errors.As(err, &e) || !errors.Is(err, ErrBodyLength) || *e != (BodyLengthError{5, got}) || err.Error() != words {
			t.Errorf("error %v, want %q", err, words)
		}
	}

	w, to := begin()
	w.Write([]byte("hel"))
	n, err := w.Write([]byte("lo!"))
	want(err, 6, "h1: body goes on after the 5 bytes declared")
	if n != 0 {
		t.Errorf("took %d of what is too long", n)
	}
	want(w.Close(nil), 3, "h1: body ends after 3 of the 5 bytes declared")
	if to.writes != 0 {
		t.Error("a short body was flushed")
	}

	w, _ = begin()
	_, err = w.ReadFrom(strings.NewReader("hello!"))
	want(err, 6, "h1: body goes on after the 5 bytes declared")
	if w.WriteErr() != nil {
		t.Errorf("WriteErr: %v", w.WriteErr())
	}

	w, _ = begin()
	if n, err := w.ReadFrom(strings.NewReader("hell")); n != 4 || err != nil {
		t.Errorf("a short source: %d, %v", n, err)
	}
	want(w.Close(nil), 4, "h1: body ends after 4 of the 5 bytes declared")
}

func TestWriterTakesCallsInOrder(t *testing.T) {
	w := NewWriter(io.Discard)
	if _, err := w.Write([]byte("x")); err != errNoBody {
		t.Errorf("Write before a head: %v", err)
	}
	if _, err := w.ReadFrom(strings.NewReader("x")); err != errNoBody {
		t.Errorf("ReadFrom before a head: %v", err)
	}
	if err := w.WriteRequest("GET", "/", nil, Framing{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err != errNoBody {
		t.Errorf("Write where there is no body: %v", err)
	}
	if _, err := w.Write(nil); err != nil {
		t.Errorf("Write of nothing: %v", err)
	}
	if err := w.WriteRequest("GET", "/", nil, Framing{}); err != errNotEnded {
		t.Errorf("a second head: %v", err)
	}
	if err := w.WriteResponse(200, "", nil, untilClose); err != errNotEnded {
		t.Errorf("a second head: %v", err)
	}
	if err := w.Close([][2]string{{"A", "b"}}); err != errNoTrailers {
		t.Errorf("trailers without chunks: %v", err)
	}
	if err := w.Close(nil); err != nil {
		t.Error(err)
	}
	if err := w.Close(nil); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

func TestWriterTrailers(t *testing.T) {
	var to wire
	w := NewWriter(&to)
	w.WriteResponse(200, "OK", [][2]string{chunked}, chunkedFraming)
	var e *Error
	if err := w.Close([][2]string{{"Content-Length", "5"}}); !errors.As(err, &e) {
		t.Errorf("a forbidden trailer: %v", err)
	}
	if err := w.Close([][2]string{{"A", "b"}}); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(to.String(), "\r\n\r\n0\r\nA: b\r\n\r\n") {
		t.Errorf("wrote %q", to.String())
	}
}

// Whatever is written is read again: all framings, sizes, buffers and pieces.
func TestWriterToReader(t *testing.T) {
	for _, size := range []int{0, 1, 100, bufferBytes - 100, bufferBytes, bufferBytes + 1, 100 << 10} {
		body := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		for _, piece := range []int{1 + size/7, 1 + size/2, size + 1} {
			for _, buffer := range []int{1, 64, 600, 4096, 64 << 10} {
				for _, way := range []string{"write", "read from"} {
					roundTrip(t, body, piece, buffer, way)
				}
			}
		}
	}
}

func roundTrip(t *testing.T, body []byte, piece, buffer int, way string) {
	t.Helper()
	for _, c := range []struct {
		f     Framing
		field [2]string
	}{{lengthFraming(int64(len(body))), lengthField(len(body))}, {chunkedFraming, chunked}, {untilClose, [2]string{"X", "y"}}} {
		// Three times a timeout, at odd places.
		to := &wire{takes: []int{10, len(body) / 3, 1, len(body) / 2}}
		w := NewWriter(to)
		w.Attach(make([]byte, buffer))
		fields := [][2]string{{"Server", "h1"}, c.field}
		if err := w.WriteResponse(200, "OK", fields, c.f); err != nil {
			t.Fatal(err)
		}
		if way == "write" {
			retryWrites(t, w, body, piece)
		} else {
			src := &pieceSource{left: body, piece: piece}
			for {
				if _, err := w.ReadFrom(src); err == nil {
					break
				} else if err != errTimeout || w.WriteErr() != errTimeout {
					t.Fatal(err)
				}
			}
		}
		if err := retry(func() error { return w.Close(nil) }); err != nil {
			t.Fatal(err)
		}
		if back := w.Detach(); cap(back) != buffer {
			t.Errorf("a buffer of %d came back as one of %d", buffer, cap(back))
		}
		m := message{head: "1.1 200 OK|Server: h1|" + c.field[0] + ": " + c.field[1], framing: c.f, body: string(body)}
		got := readMessage(&m, iotest.HalfReader(to), 5000)
		if got.body != m.body || got.head != m.head || got.framing != m.framing || got.err != nil || got.rest != "" {
			t.Fatalf("%s %d bytes by %d through %d, %v: read %d bytes, head %q, rest %q, error %v",
				way, len(body), piece, buffer, c.f, len(got.body), got.head, got.rest, got.err)
		}
	}
}

// retryWrites writes the body in pieces, and after a timeout what was not taken.
func retryWrites(t *testing.T, w *Writer, body []byte, piece int) {
	t.Helper()
	for len(body) > 0 {
		n, err := w.Write(body[:min(piece, len(body))])
		body = body[n:]
		if err == errTimeout {
			if w.WriteErr() != errTimeout {
				t.Errorf("WriteErr: %v", w.WriteErr())
			}
			err = nil
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pieceSource gives so many bytes a read.
type pieceSource struct {
	left  []byte
	piece int
}

func (s *pieceSource) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.piece)], s.left)
	s.left = s.left[n:]
	return n, nil
}

// A chunk whose size was written is owed its data.
func TestWriterKeepsAnOpenChunk(t *testing.T) {
	to := &wire{takes: []int{40 << 10}}
	w := NewWriter(to)
	w.WriteResponse(200, "OK", [][2]string{chunked}, chunkedFraming)
	body := bytes.Repeat([]byte("x"), 64<<10)
	n, err := w.Write(body)
	if err != errTimeout || n >= len(body) {
		t.Fatalf("Write: %d, %v", n, err)
	}
	if err := w.Close(nil); err != errChunkOpen {
		t.Errorf("Close: %v, want %v", err, errChunkOpen)
	}
	if _, err := w.ReadFrom(bytes.NewReader(body[n:])); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(nil); err != nil {
		t.Fatal(err)
	}
	var m message
	if got := readMessage(&m, to, 0); got.body != string(body) || got.err != nil {
		t.Errorf("read %d bytes, %v", len(got.body), got.err)
	}
}

// A timeout in Flush loses nothing and repeats nothing.
func TestWriterFlushGoesOn(t *testing.T) {
	to := &wire{takes: []int{0, 3, 5, 1}}
	w := NewWriter(to)
	w.WriteRequest("GET", "/", hostFields, Framing{})
	timeouts := 0
	err := retry(func() error {
		err := w.Close(nil)
		if err != nil {
			timeouts++
		}
		return err
	})
	if err != nil || timeouts != 4 || to.String() != "GET / HTTP/1.1\r\nHost: a\r\n\r\n" {
		t.Errorf("%d timeouts, %v, wrote %q", timeouts, err, to.String())
	}
	if w.WriteErr() != nil {
		t.Errorf("WriteErr after a good write: %v", w.WriteErr())
	}
}

func TestWriterOfABrokenStream(t *testing.T) {
	for _, c := range []struct {
		n    int
		err  error
		want error
	}{
		{-1, nil, errInvalidCount},
		{1 << 20, nil, errInvalidCount},
		{3, nil, io.ErrShortWrite},
		{3, io.ErrClosedPipe, io.ErrClosedPipe},
	} {
		w := NewWriter(writerFunc(func([]byte) (int, error) { return c.n, c.err }))
		w.WriteRequest("GET", "/", hostFields, Framing{})
		if err := w.Close(nil); err != c.want || w.WriteErr() != c.want {
			t.Errorf("%d, %v: Close gives %v", c.n, c.err, err)
		}
	}
}

func TestWriterOfABrokenSource(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		src  io.Reader
		want error
	}{
		{iotest.ErrReader(broken), broken},
		{io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), broken},
		{readerFunc(func([]byte) (int, error) { return 0, nil }), io.ErrNoProgress},
		{readerFunc(func([]byte) (int, error) { return -1, nil }), errInvalidCount},
		{readerFunc(func([]byte) (int, error) { return 1 << 20, nil }), errInvalidCount},
	} {
		for _, f := range []Framing{lengthFraming(5), chunkedFraming, untilClose} {
			w := NewWriter(io.Discard)
			var fields [][2]string
			if f == chunkedFraming {
				fields = [][2]string{chunked}
			} else if f != untilClose {
				fields = [][2]string{lengthField(5)}
			}
			if err := w.WriteResponse(200, "", fields, f); err != nil {
				t.Fatal(err)
			}
			if _, err := w.ReadFrom(c.src); err != c.want || w.WriteErr() != nil {
				t.Errorf("%v: %v, want %v; WriteErr %v", f, err, c.want, w.WriteErr())
			}
		}
	}
}

func TestWriterBuffers(t *testing.T) {
	w := NewWriter(io.Discard)
	lent := make([]byte, 100)
	w.Attach(lent)
	if w.Available() != 100 || w.Buffered() != 0 {
		t.Errorf("%d available, %d buffered", w.Available(), w.Buffered())
	}
	w.WriteRequest("GET", "/", nil, Framing{})
	if w.Available() != 82 || w.Buffered() != 18 || !bytes.HasPrefix(lent, []byte("GET / HTTP/1.1")) {
		t.Errorf("%d available, %d buffered", w.Available(), w.Buffered())
	}
	wantPanic(t, "Detach with bytes buffered", func() { w.Detach() })
	wantPanic(t, "Attach with bytes buffered", func() { w.Attach(nil) })
	w.Close(nil)
	if back := w.Detach(); &back[0] != &lent[0] || len(back) != 100 {
		t.Error("Detach gave another buffer back")
	}

	// Without a buffer a message gets one.
	w.Reset(io.Discard)
	w.WriteRequest("GET", "/", [][2]string{{"A", strings.Repeat("b", 20<<10)}}, Framing{})
	if err := w.Close(nil); err != nil || w.Available() < bufferBytes {
		t.Errorf("%v, %d available", err, w.Available())
	}
	if back := w.Detach(); back != nil {
		t.Error("Detach gave back what was not lent")
	}
}

// The buffer may be taken away in the middle of a message.
func TestWriterWithoutABuffer(t *testing.T) {
	for _, way := range []func(*Writer) error{writeAll("hello"), readFrom("hello")} {
		var to wire
		w := NewWriter(&to)
		w.WriteResponse(200, "OK", [][2]string{chunked}, chunkedFraming)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		w.Detach()
		if err := way(w); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(nil); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(to.String(), "\r\n\r\n5\r\nhello\r\n0\r\n\r\n") {
			t.Errorf("wrote %q", to.String())
		}
	}
}

// Bodies larger than the buffer go past it, and nothing is allocated for them.
func TestWriterPassesLargeBodies(t *testing.T) {
	w := NewWriter(io.Discard)
	body := make([]byte, 100<<10)
	for _, c := range []struct {
		f     Framing
		field [2]string
	}{{lengthFraming(100 << 10), lengthField(100 << 10)}, {chunkedFraming, chunked}} {
		fields := [][2]string{c.field}
		src := bytes.NewReader(body)
		for _, way := range []string{"write", "read from"} {
			allocs := testing.AllocsPerRun(20, func() {
				err := w.WriteRequest("POST", "/", fields, c.f)
				if err == nil && way == "write" {
					_, err = w.Write(body)
				} else if err == nil {
					src.Reset(body)
					_, err = w.ReadFrom(src)
				}
				if err == nil {
					err = w.Close(nil)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			if allocs != 0 {
				t.Errorf("%v, %s: %v allocations", c.f, way, allocs)
			}
		}
	}
}
