package h1

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func allMessages() []message { return slices.Concat(goodMessages, badMessages) }

// However a message is cut, it is the same message.
func TestReaderTakesEverySplit(t *testing.T) {
	for _, m := range allMessages() {
		t.Run(m.name, func(t *testing.T) {
			for _, size := range []int{0, 1, 2, 3, 4096} {
				m.wantOutcome(t, "whole", readMessage(&m, &pieces{left: []string{m.wire}}, size))
				m.wantOutcome(t, "byte by byte", readMessage(&m, &pieces{left: singleBytes(m.wire)}, size))
				m.wantOutcome(t, "byte by byte, late", readMessage(&m, &pieces{left: singleBytes(m.wire), timeouts: true}, size))
				m.wantOutcome(t, "end with the last byte", readMessage(&m, &pieces{left: singleBytes(m.wire), eofWith: true}, size))
				m.wantOutcome(t, "end with the whole", readMessage(&m, &pieces{left: []string{m.wire}, eofWith: true}, size))
			}
			for i := range m.wire {
				cut := []string{m.wire[:i], m.wire[i:]}
				if i == 0 {
					cut = cut[1:]
				}
				m.wantOutcome(t, "cut in two", readMessage(&m, &pieces{left: slices.Clone(cut)}, 7))
				m.wantOutcome(t, "cut in two, late", readMessage(&m, &pieces{left: slices.Clone(cut), timeouts: true}, 0))
			}
		})
	}
}

// A message that ends early is never taken for a whole one, unless only the end
// says where it ends.
func TestReaderFindsEveryTruncation(t *testing.T) {
	for _, m := range allMessages() {
		t.Run(m.name, func(t *testing.T) {
			for i := range len(m.wire) - len(m.rest) {
				for _, size := range []int{0, 1, 4096} {
					got := readMessage(&m, &pieces{left: []string{m.wire[:i]}}, size)
					if i == 0 {
						got = readMessage(&m, &pieces{}, size)
					}
					m.wantTruncated(t, i, got)
				}
			}
		})
	}
}

func (m *message) wantTruncated(t *testing.T, i int, got outcome) {
	t.Helper()
	isBlankLine := m.request && m.wire[:i] == "\r\n"
	switch {
	case i == 0 || isBlankLine:
		if got.err != io.EOF {
			t.Errorf("nothing: error %v, want io.EOF", got.err)
		}
	case m.isBad() && !errors.Is(got.err, io.ErrUnexpectedEOF):
		m.wantError(t, "prefix", got.err)
	case got.framing == untilClose && got.head != "":
		if got.err != nil || !strings.HasPrefix(m.body, got.body) {
			t.Errorf("first %d bytes: body %q, error %v", i, got.body, got.err)
		}
	case !errors.Is(got.err, io.ErrUnexpectedEOF):
		t.Errorf("first %d bytes: error %v, want io.ErrUnexpectedEOF", i, got.err)
	case !strings.Contains(got.err.Error(), "ended inside"):
		t.Errorf("first %d bytes: error %q has no words", i, got.err)
	}
}

func TestReaderSaysInsideWhatThePeerEnded(t *testing.T) {
	for _, c := range []struct{ wire, where string }{
		{"HTTP/1.1 200 OK\r\nA", "head"},
		{response("Content-Length: 5") + "hell", "body"},
		{chunkedResponse(""), "chunk size"},
		{chunkedResponse("5;a"), "chunk extension"},
		{chunkedResponse("5\r\nhell"), "body"},
		{chunkedResponse("5\r\nhello"), "end of a chunk"},
		{chunkedResponse("0\r\nA: b\r\n"), "trailers"},
	} {
		m := message{wire: c.wire}
		got := readMessage(&m, strings.NewReader(c.wire), 100)
		var e *Error
		if !errors.As(got.err, &e) || e.Where != c.where || !errors.Is(e, io.ErrUnexpectedEOF) {
			t.Errorf("%q: error %v, want one inside %q", c.wire, got.err, c.where)
		}
	}
}

// One Reader, one head and a stream of all messages that say where they end.
func TestReaderReadsMessagesInTurn(t *testing.T) {
	for _, isRequest := range []bool{false, true} {
		var turn []message
		var wire strings.Builder
		for _, m := range goodMessages {
			if m.request == isRequest && m.framing != untilClose {
				m.rest = ""
				m.wire = strings.TrimSuffix(m.wire, restOf(m.name))
				turn = append(turn, m)
				wire.WriteString(m.wire)
			}
		}
		for _, cut := range [][]string{{wire.String()}, singleBytes(wire.String())} {
			r := NewReader(&pieces{left: cut}, Limits{})
			for _, m := range turn {
				var got outcome
				got.head, got.framing, got.err = readHeadOf(&m, r)
				r.Begin(got.framing)
				var body bytes.Buffer
				if err := readBody(r, &body, 3); err != nil {
					t.Fatalf("%s: %v", m.name, err)
				}
				got.body, got.trailers = body.String(), fieldsText(r.Trailers())
				m.wantOutcome(t, m.name, got)
			}
			if _, _, err := readHeadOf(&turn[0], r); err != io.EOF {
				t.Errorf("behind the last message: error %v, want io.EOF", err)
			}
		}
	}
}

func restOf(name string) string {
	for _, m := range goodMessages {
		if m.name == name {
			return m.rest
		}
	}
	return ""
}

func TestReaderGivesEOFWithTheLastBytes(t *testing.T) {
	for _, wire := range []string{
		response("Content-Length: 5") + "hello",
		chunkedResponse("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
		chunkedResponse("5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
	} {
		for _, room := range []int{5, 6, 16 << 10} {
			r := NewReader(strings.NewReader(wire), Limits{})
			begin(t, r, "GET")
			n, err := r.Read(make([]byte, room))
			if n != 5 || err != io.EOF || !r.Done() {
				t.Errorf("%q into %d bytes: %d, %v, done %t", wire, room, n, err, r.Done())
			}
			if n, err := r.Read(make([]byte, 5)); n != 0 || err != io.EOF {
				t.Errorf("Read at the end: %d, %v", n, err)
			}
		}
	}
}

// begin reads the head of a response and begins its body.
func begin(t testing.TB, r *Reader, method string) *ResponseHead {
	t.Helper()
	var h ResponseHead
	if err := r.ReadResponse(&h); err != nil {
		t.Fatal(err)
	}
	f, err := h.Framing(method)
	if err != nil {
		t.Fatal(err)
	}
	r.Begin(f)
	return &h
}

// Good bytes are delivered before the fault behind them, and the fault stays.
func TestReaderDeliversWhatStandsBeforeAFault(t *testing.T) {
	r := NewReader(strings.NewReader(chunkedResponse("5\r\nhello\r\nX")), Limits{})
	begin(t, r, "GET")
	p := make([]byte, 100)
	if n, err := r.Read(p); n != 5 || err != nil {
		t.Fatalf("Read: %d, %v", n, err)
	}
	for range 2 {
		if n, err := r.Read(p); n != 0 || !strings.Contains(err.Error(), "chunk size") {
			t.Fatalf("Read at the fault: %d, %v", n, err)
		}
	}
	if _, err := r.WriteTo(io.Discard); err == nil {
		t.Error("WriteTo at the fault: no error")
	}
	if err := r.ReadResponse(new(ResponseHead)); err == nil || r.Done() {
		t.Errorf("behind the fault: error %v, done %t", err, r.Done())
	}
}

func TestReaderRefusesAHeadBeforeTheBodyIsRead(t *testing.T) {
	r := NewReader(strings.NewReader(response("Content-Length: 5")+"helloHTTP/1.1 204 No Content\r\n\r\n"), Limits{})
	begin(t, r, "GET")
	var h ResponseHead
	if err := r.ReadResponse(&h); err != errBodyUnread {
		t.Errorf("error %v, want %v", err, errBodyUnread)
	}
	if _, err := r.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := r.ReadResponse(&h); err != nil || h.Status != 204 {
		t.Errorf("status %d, error %v", h.Status, err)
	}
}

func TestReaderRemaining(t *testing.T) {
	want := func(r *Reader, n int64, known bool) {
		t.Helper()
		if gotN, gotKnown := r.Remaining(); gotN != n || gotKnown != known {
			t.Errorf("Remaining: %d, %t, want %d, %t", gotN, gotKnown, n, known)
		}
	}
	r := NewReader(strings.NewReader(response("Content-Length: 5")+"hello"), Limits{})
	want(r, 0, true)
	begin(t, r, "GET")
	want(r, 5, true)
	io.ReadFull(r, make([]byte, 2))
	want(r, 3, true)
	io.ReadAll(r)
	want(r, 0, true)

	r.Reset(strings.NewReader(chunkedResponse("1\r\nx\r\n0\r\n\r\n")))
	begin(t, r, "GET")
	want(r, 0, false)
	io.ReadAll(r)
	want(r, 0, true)

	r.Reset(strings.NewReader("HTTP/1.1 200 OK\r\n\r\nx"))
	begin(t, r, "GET")
	want(r, 0, false)
}

// A large body goes straight to the caller's slice, and a read asks for no byte
// behind it.
func TestReaderReadsLargeBodiesDirectly(t *testing.T) {
	const size = 256 << 10
	body := strings.Repeat("0123456789abcdef", size/16)
	src := &counting{src: strings.NewReader(response("Content-Length: 262144") + body + "next")}
	r := NewReader(src, Limits{})
	begin(t, r, "GET")
	p := make([]byte, size)
	n, err := io.ReadFull(r, p)
	if n != size || err != nil || string(p) != body {
		t.Fatalf("ReadFull: %d, %v", n, err)
	}
	if src.reads != 2 {
		t.Errorf("%d reads of the stream, want 2", src.reads)
	}
	if r.Buffered() != 0 {
		t.Errorf("%d bytes were read ahead", r.Buffered())
	}
}

// Small slices do not make small reads of the stream.
func TestReaderReadsAheadForSmallSlices(t *testing.T) {
	src := &counting{src: strings.NewReader("HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 100<<10))}
	r := NewReader(src, Limits{})
	begin(t, r, "GET")
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 100))
	if n != 100<<10 || err != nil {
		t.Fatalf("copied %d, %v", n, err)
	}
	if src.reads > 9 {
		t.Errorf("%d reads of the stream for 100 KiB", src.reads)
	}
}

type counting struct {
	src   io.Reader
	reads int
}

func (s *counting) Read(p []byte) (int, error) {
	s.reads++
	return s.src.Read(p)
}

func TestReaderDeliversAllBufferedChunksAtOnce(t *testing.T) {
	r := NewReader(strings.NewReader(chunkedResponse(strings.Repeat("3\r\nabc\r\n", 100)+"0\r\n\r\n")), Limits{})
	begin(t, r, "GET")
	p := make([]byte, 1000)
	if n, err := r.Read(p); n != 300 || err != io.EOF {
		t.Errorf("Read: %d, %v, want 300, io.EOF", n, err)
	}
}

func TestReaderWorksInALentBuffer(t *testing.T) {
	var r Reader
	r.Reset(strings.NewReader(response("Content-Length: 5") + "hello"))
	lent := make([]byte, 4096)
	r.Attach(lent)
	begin(t, &r, "GET")
	if !bytes.HasPrefix(lent, []byte("HTTP/1.1 200 OK")) {
		t.Error("the lent buffer was not used")
	}
	wantPanic(t, "Detach with bytes buffered", func() { r.Detach() })
	wantPanic(t, "Attach with bytes buffered", func() { r.Attach(nil) })
	io.ReadAll(&r)
	if back := r.Detach(); &back[0] != &lent[0] || len(back) != len(lent) {
		t.Error("Detach gave another buffer back")
	}
	if back := r.Detach(); back != nil {
		t.Error("Detach gave a buffer back twice")
	}
}

func TestReaderOutgrowsALentBuffer(t *testing.T) {
	large := strings.Repeat("v", 100<<10)
	wire := response("A: "+large, "Transfer-Encoding: chunked") + "1\r\nx\r\n0\r\nB: " + large + "\r\n\r\n"
	for _, size := range []int{0, 1, 16, 4096} {
		r := NewReader(iotest.HalfReader(strings.NewReader(wire)), Limits{})
		lent := make([]byte, size)
		r.Attach(lent)
		h := begin(t, r, "GET")
		if v, _ := h.Get("a"); v != large {
			t.Errorf("%d bytes lent: the field came with %d bytes", size, len(v))
		}
		if body, err := io.ReadAll(r); string(body) != "x" || err != nil {
			t.Errorf("%d bytes lent: body %q, %v", size, body, err)
		}
		if got := fieldsText(r.Trailers()); got != "B: "+large {
			t.Errorf("%d bytes lent: trailers of %d bytes", size, len(got))
		}
		if back := r.Detach(); len(back) != size {
			t.Errorf("%d bytes lent, %d given back", size, len(back))
		}
	}
}

// Of a lent buffer the length is read into at first, and the capacity where a head
// needs it, or after Extend.
func TestReaderExtendsALentBuffer(t *testing.T) {
	large := strings.Repeat("v", 1000)
	lent := make([]byte, 100, 4096)
	for _, needed := range []bool{true, false} {
		src := &sizedReader{Reader: strings.NewReader(response("A: "+large, "Content-Length: 5000") + strings.Repeat("x", 5000))}
		var r Reader
		r.Reset(src)
		r.Attach(lent)
		if !needed {
			r.Extend()
		}
		begin(t, &r, "GET")
		if first, want := src.sizes[0], len(lent); needed && first != want || !needed && first != cap(lent) {
			t.Errorf("extended by need: %v; the first read had room for %d bytes", needed, first)
		}
		for _, size := range src.sizes {
			if size > cap(lent) {
				t.Errorf("a read had room for %d bytes, of %d that were lent", size, cap(lent))
			}
		}
		if got := r.Peek(); len(got) > 0 && &got[len(got)-1] != &lent[:cap(lent)][cap(lent)-1] {
			t.Error("what follows the head is not in the lent buffer")
		}
		if body, err := io.ReadAll(&r); len(body) != 5000 || err != nil {
			t.Errorf("a body of %d bytes, %v", len(body), err)
		}
		if back := r.Detach(); len(back) != len(lent) || &back[0] != &lent[0] {
			t.Error("Detach gave another buffer back")
		}
	}
}

// A byte that came behind a body is not lost where the body was read into a slice
// that had room for it.
func TestReaderKeepsWhatCameBehindALargeBody(t *testing.T) {
	first, second := strings.Repeat("1", 20<<10), strings.Repeat("2", 30<<10)
	for _, lent := range []int{0, 100} {
		r := NewReader(strings.NewReader(response("Content-Length: 20480")+first+response("Content-Length: 30720")+second), Limits{})
		r.Attach(make([]byte, lent))
		for _, want := range []string{first, second} {
			begin(t, r, "GET")
			slice := make([]byte, 64<<10)
			n, err := io.ReadFull(r, slice)
			if got := string(slice[:n]); got != want || err != io.ErrUnexpectedEOF {
				t.Fatalf("%d bytes lent: a body of %d bytes, %v; want %d", lent, n, err, len(want))
			}
			if want == first && r.Buffered() == 0 {
				t.Errorf("%d bytes lent: it does not tell that more came", lent)
			}
		}
	}
}

// sizedReader notes how much room each Read had.
type sizedReader struct {
	io.Reader
	sizes []int
}

func (r *sizedReader) Read(p []byte) (int, error) {
	r.sizes = append(r.sizes, len(p))
	return r.Reader.Read(p)
}

func wantPanic(t *testing.T, what string, do func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	do()
}

// What is given out stays as it is while the Reader goes on in the same buffer.
func TestReaderGivesStringsAway(t *testing.T) {
	first := response("A: one", "Transfer-Encoding: chunked") + "0\r\nT: one\r\n\r\n"
	second := strings.ReplaceAll(first, "one", "two")
	r := NewReader(strings.NewReader(first+second), Limits{})
	var h ResponseHead
	var kept [][2]string
	for range 2 {
		if err := r.ReadResponse(&h); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, h.Fields[0])
		r.Begin(chunkedFraming)
		io.ReadAll(r)
		kept = append(kept, r.Trailers()...)
	}
	if got := fieldsText(kept); got != "A: one|T: one|A: two|T: two" {
		t.Errorf("kept %s", got)
	}
}

func TestReaderOfABrokenStream(t *testing.T) {
	r := NewReader(readerFunc(func([]byte) (int, error) { return 0, nil }), Limits{})
	if err := r.ReadResponse(new(ResponseHead)); err != io.ErrNoProgress {
		t.Errorf("a stream that gives nothing: %v", err)
	}
	for _, count := range []int{-1, 1 << 30} {
		r.Reset(readerFunc(func([]byte) (int, error) { return count, nil }))
		if err := r.ReadResponse(new(ResponseHead)); err != errInvalidCount {
			t.Errorf("a count of %d: %v", count, err)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderWriteToOfABrokenWriter(t *testing.T) {
	r := NewReader(strings.NewReader(chunkedResponse("5\r\nhello\r\n0\r\n\r\n")), Limits{})
	begin(t, r, "GET")
	var got []byte
	broken := errors.New("broken")
	n, err := r.WriteTo(writerFunc(func(p []byte) (int, error) {
		got = append(got, p[:2]...)
		return 2, broken
	}))
	if n != 2 || err != broken {
		t.Errorf("WriteTo: %d, %v", n, err)
	}
	if n, err = r.WriteTo(writerFunc(func(p []byte) (int, error) { return len(p) - 1, nil })); n != 2 || err != io.ErrShortWrite {
		t.Errorf("WriteTo of a short writer: %d, %v", n, err)
	}
	rest, err := io.ReadAll(r)
	if string(got)+string(rest) != "heo" || err != nil {
		t.Errorf("the rest is %q, %v", rest, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestReaderErrorPassesThroughBehindTheLastBytes(t *testing.T) {
	broken := errors.New("reset by peer")
	sent := false
	r := NewReader(readerFunc(func(p []byte) (int, error) {
		if sent {
			return 0, io.EOF
		}
		sent = true
		return copy(p, response("Content-Length: 5")+"hel"), broken
	}), Limits{})
	begin(t, r, "GET")
	body, err := io.ReadAll(r)
	if string(body) != "hel" || err != broken {
		t.Errorf("body %q, error %v, want %v", body, err, broken)
	}
}

func TestReaderSetLimits(t *testing.T) {
	r := NewReader(strings.NewReader(response("A: b")), Limits{HeaderBytes: 10})
	r.SetLimits(Limits{HeaderBytes: 100})
	begin(t, r, "GET")
	r.Reset(strings.NewReader(response("A: b")))
	r.SetLimits(Limits{HeaderBytes: 10})
	if err := r.ReadResponse(new(ResponseHead)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}

// After a fault the head is empty, not the last one.
func TestReaderEmptiesTheHeadOnAnError(t *testing.T) {
	for _, wire := range []string{"", "HTTP/1.1 2", "nonsense\r\n\r\n", response("A")} {
		r := NewReader(strings.NewReader(response("Content-Length: 0")+wire), Limits{})
		h := begin(t, r, "GET")
		if err := r.ReadResponse(h); err == nil || h.Status != 0 || len(h.Fields) != 0 {
			t.Errorf("%q: error %v, head %s", wire, err, responseText(h))
		}
	}
	for _, wire := range []string{"", "\r", "GET / HT", "\x00", request("A")} {
		r := NewReader(strings.NewReader(request("A: b")+wire), Limits{})
		var h RequestHead
		if err := r.ReadRequest(&h); err != nil {
			t.Fatal(err)
		}
		if err := r.ReadRequest(&h); err == nil || h.Method != "" || len(h.Fields) != 0 {
			t.Errorf("%q: error %v, head %s", wire, err, requestText(&h))
		}
	}
}

// Without a buffer, between Detach and Attach, bodies go straight through.
func TestReaderWithoutABuffer(t *testing.T) {
	head := response("Content-Length: 100000")
	r := NewReader(&pieces{left: []string{head, strings.Repeat("x", 100000)}}, Limits{})
	r.Attach(make([]byte, 4096))
	begin(t, r, "GET")
	r.Detach()
	p := make([]byte, 100000)
	if n, err := r.Read(p); n != len(p) || err != io.EOF || r.buf != nil {
		t.Errorf("Read: %d, %v, a buffer of %d", n, err, len(r.buf))
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	const runs = 100
	for _, wire := range []string{
		response("Content-Length: 5", "Server: test") + "hello",
		chunkedResponse("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
	} {
		src := strings.NewReader(strings.Repeat(wire, runs+2))
		r := NewReader(src, Limits{})
		var h ResponseHead
		p := make([]byte, 100)
		allocs := testing.AllocsPerRun(runs, func() {
			if err := r.ReadResponse(&h); err != nil {
				t.Fatal(err)
			}
			f, err := h.Framing("GET")
			if err != nil || !h.KeepAlive() {
				t.Fatal(err)
			}
			r.Begin(f)
			for !r.Done() {
				if _, err := r.Read(p); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%q: %v allocations for a response that repeats", wire, allocs)
		}
	}
}

func TestReaderAllocatesNothingForRequests(t *testing.T) {
	const runs = 100
	r := NewReader(strings.NewReader(strings.Repeat(request("A: b"), runs+2)), Limits{})
	var h RequestHead
	allocs := testing.AllocsPerRun(runs, func() {
		if err := r.ReadRequest(&h); err != nil || h.Method != "GET" {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a request that repeats", allocs)
	}
}
