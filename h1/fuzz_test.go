package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzResponseHead: no head makes Parse panic; what it takes, it takes whole,
// read byte by byte too, and net/http reads the same fields; what is appended
// from it is read as the same again.
func FuzzResponseHead(f *testing.F) {
	for _, m := range allMessages() {
		if end := HeadEnd([]byte(m.wire), 0); end > 0 && !m.request {
			f.Add([]byte(m.wire[:end]))
		}
	}
	limits := Limits{HeaderBytes: 4096, Fields: 20}
	f.Fuzz(func(t *testing.T, block []byte) {
		var h ResponseHead
		err := h.Parse(block, limits)
		wantFuzzError(t, err)
		if err != nil {
			return
		}
		if HeadEnd(block, 0) != len(block) {
			t.Fatal("taken though it is no head")
		}
		var slow ResponseHead
		r := NewReader(iotest.OneByteReader(bytes.NewReader(block)), limits)
		if err := r.ReadResponse(&slow); err != nil || responseText(&slow) != responseText(&h) {
			t.Fatalf("byte by byte: %s, %v", responseText(&slow), err)
		}
		for _, method := range []string{"GET", "HEAD", "CONNECT"} {
			_, err := h.Framing(method)
			wantFuzzError(t, err)
		}
		wantCleanFields(t, h.Fields)
		wantSameAsNetHTTP(t, block, &h)

		again, err := AppendResponse(nil, h.Status, h.Reason, h.Fields)
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		g := parseResponse(t, string(again))
		if g.Status != h.Status || g.Reason != h.Reason || !slices.Equal(g.Fields, h.Fields) {
			t.Fatalf("again: %s, want %s", responseText(g), responseText(&h))
		}
	})
}

func wantFuzzError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("error %v (%T) is no *Error", err, err)
	}
	if e != nil && (e.Where == "" || e.What == "" || len(e.Error()) > 300) {
		t.Fatalf("error %q", err)
	}
}

func wantCleanFields(t *testing.T, fields [][2]string) {
	t.Helper()
	for _, field := range fields {
		if err := CheckField(field[0], field[1]); err != nil {
			t.Fatal(err)
		}
		if trimBlanks(field[1]) != field[1] {
			t.Fatalf("whitespace around %q", field[1])
		}
	}
}

// wantSameAsNetHTTP: of what both take, both say the same.
func wantSameAsNetHTTP(t *testing.T, block []byte, h *ResponseHead) {
	t.Helper()
	f, err := h.Framing("GET")
	if err != nil || hasNoContent(h.Status) {
		return
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(block)), nil)
	if err != nil {
		return // stricter about something: TestAgreesWithNetHTTP lists what
	}
	if res.StatusCode != h.Status {
		t.Fatalf("status %d, net/http says %d", h.Status, res.StatusCode)
	}
	switch {
	case f.Kind == Length && res.ContentLength != f.Length,
		f.Kind == Chunked && !slices.Equal(res.TransferEncoding, []string{"chunked"}),
		f.Kind == UntilClose && (res.ContentLength != -1 || len(res.TransferEncoding) > 0):
		t.Fatalf("framing %v, net/http says length %d, coding %v", f, res.ContentLength, res.TransferEncoding)
	}
}

// FuzzRequestHead is FuzzResponseHead for the other side.
func FuzzRequestHead(f *testing.F) {
	for _, m := range allMessages() {
		if end := HeadEnd([]byte(m.wire), 0); end > 0 && m.request {
			f.Add([]byte(m.wire[:end]))
		}
	}
	limits := Limits{HeaderBytes: 4096, Fields: 20}
	f.Fuzz(func(t *testing.T, block []byte) {
		var h RequestHead
		err := h.Parse(block, limits)
		wantFuzzError(t, err)
		if err != nil {
			return
		}
		if HeadEnd(block, 0) != len(block) {
			t.Fatal("taken though it is no head")
		}
		var slow RequestHead
		r := NewReader(iotest.OneByteReader(bytes.NewReader(block)), limits)
		if err := r.ReadRequest(&slow); err != nil || requestText(&slow) != requestText(&h) {
			t.Fatalf("byte by byte: %s, %v", requestText(&slow), err)
		}
		_, err = h.Framing()
		wantFuzzError(t, err)
		wantCleanFields(t, h.Fields)

		again, err := AppendRequest(nil, h.Method, h.Target, h.Fields)
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		var g RequestHead
		if err := g.Parse(again, limits); err != nil && h.Has("Host") && len(again) <= limits.HeaderBytes {
			t.Fatalf("again: %v", err)
		} else if err == nil && (g.Method != h.Method || g.Target != h.Target || !slices.Equal(g.Fields, h.Fields)) {
			t.Fatalf("again: %s, want %s", requestText(&g), requestText(&h))
		}
	})
}

// FuzzChunked compares the decoder, fed in pieces and read by pieces, with one
// that is slow and plain.
func FuzzChunked(f *testing.F) {
	head := len(chunkedResponse(""))
	for _, m := range allMessages() {
		if strings.HasPrefix(m.wire, chunkedResponse("")) {
			f.Add([]byte(m.wire[head:]), 3, 5)
		}
	}
	limits := Limits{HeaderBytes: 4096, Fields: 20, ChunkExtensionBytes: 100}
	f.Fuzz(func(t *testing.T, wire []byte, fed, read int) {
		want, rest, isGood := decodeChunked(string(wire), limits)
		fed, read = 1+abs(fed)%40, abs(read)%40

		src := &pieceSource{left: wire, piece: fed}
		r := NewReader(src, limits)
		r.Begin(chunkedFraming)
		var got bytes.Buffer
		err := readBody(r, &got, read)
		if got.String() != want {
			t.Fatalf("body %q, want %q", got.String(), want)
		}
		if isGood != (err == nil) || isGood != r.Done() {
			t.Fatalf("error %v, done %t, good %t", err, r.Done(), isGood)
		}
		wantFuzzError(t, err)
		if left := string(r.Peek()) + string(src.left); isGood && left != rest {
			t.Fatalf("rest %q, want %q", left, rest)
		}
		if isGood {
			wantCleanFields(t, r.Trailers())
		}
	})
}

func abs(n int) int {
	if n < 0 {
		n = -(n + 1)
	}
	return n
}

// decodeChunked is RFC 9112 7.1 line by line. It gives the data up to the first
// fault.
func decodeChunked(s string, limits Limits) (data, rest string, isGood bool) {
	extensions := 0
	for {
		line, behind, found := strings.Cut(s, "\r\n")
		if !found || strings.ContainsAny(line, "\r\n") {
			return data, "", false
		}
		size := line
		if i := strings.IndexAny(line, "; \t"); i >= 0 {
			size = line[:i]
			extensions += len(line) - i
			if strings.TrimLeft(line[i:], " \t") == "" || strings.TrimLeft(line[i:], " \t")[0] != ';' ||
				CheckValue(line[i:]) != nil || extensions > limits.ChunkExtensionBytes {
				return data, "", false
			}
		}
		n, err := strconv.ParseUint(size, 16, 63)
		if err != nil || len(size) > maxSizeDigits || strings.ContainsAny(size, "+-_xX") {
			return data, "", false
		}
		s = behind
		if n == 0 {
			break
		}
		if uint64(len(s)) < n {
			return data + s, "", false
		}
		data, s = data+s[:n], s[n:]
		if !strings.HasPrefix(s, "\r\n") {
			return data, "", false
		}
		s = s[2:]
	}
	if strings.HasPrefix(s, "\r\n") {
		return data, s[2:], true
	}
	// The trailer section is one that a head could hold.
	end := HeadEnd([]byte(s), 0)
	if end == 0 || end > limits.HeaderBytes {
		return data, "", false
	}
	var h RequestHead
	block := "GET / HTTP/1.0\r\n" + withoutFraming(s[:end])
	err := h.Parse([]byte(block), Limits{HeaderBytes: len(block), Fields: limits.Fields})
	return data, s[end:], err == nil
}

// withoutFraming spoils the names that mean something in a head only.
func withoutFraming(section string) string {
	lines := strings.SplitAfter(section, "\n")
	for i, line := range lines {
		if name, _, ok := strings.Cut(line, ":"); ok && (equalFold(name, "Content-Length") || equalFold(name, "Host")) {
			lines[i] = "x" + line
		}
	}
	return strings.Join(lines, "")
}

// FuzzWriter: whatever is written through timeouts is read again.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("hello, world"), "X-Name", "value", 4, 100, 3)
	f.Add([]byte(""), "A", "\t", 0, 0, 0)
	f.Add(bytes.Repeat([]byte("x"), 2000), "a b", "\r\n", 70, 700, 64)
	f.Fuzz(func(t *testing.T, body []byte, name, value string, piece, buffer, takes int) {
		piece, buffer, takes = 1+abs(piece)%5000, 1+abs(buffer)%5000, abs(takes)%5000
		fields := [][2]string{chunked, {name, value}}
		to := &wire{takes: []int{takes, takes / 2, 1}}
		w := NewWriter(to)
		w.Attach(make([]byte, buffer))
		if err := w.WriteResponse(200, "OK", fields, chunkedFraming); err != nil {
			var e *Error
			if !errors.As(err, &e) || w.Buffered() != 0 {
				t.Fatalf("error %v, %d buffered", err, w.Buffered())
			}
			return
		}
		retryWrites(t, w, body, piece)
		if err := retry(func() error { return w.Close(nil) }); err != nil {
			t.Fatal(err)
		}
		r := NewReader(to, Limits{})
		h := begin(t, r, "GET")
		if h.Fields[1] != [2]string{name, trimBlanks(value)} || len(h.Fields) != 2 {
			t.Fatalf("fields %q", h.Fields)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, body) || r.Buffered() != 0 {
			t.Fatalf("body %q, %v, %d behind", got, err, r.Buffered())
		}
	})
}
