package h1

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func parseResponse(t testing.TB, wire string) *ResponseHead {
	t.Helper()
	var h ResponseHead
	if err := h.Parse([]byte(wire), Limits{}); err != nil {
		t.Fatalf("%q: %v", wire, err)
	}
	return &h
}

func parseRequest(t testing.TB, wire string) *RequestHead {
	t.Helper()
	var h RequestHead
	if err := h.Parse([]byte(wire), Limits{}); err != nil {
		t.Fatalf("%q: %v", wire, err)
	}
	return &h
}

// Parse alone makes of a head what the Reader makes of it.
func TestParseAgreesWithReader(t *testing.T) {
	for _, m := range allMessages() {
		end := HeadEnd([]byte(m.wire), 0)
		if end == 0 {
			continue
		}
		block := []byte(m.wire[:end])
		read := readMessage(&m, strings.NewReader(m.wire), 100)
		var text string
		var err error
		if m.request {
			block = bytes.TrimPrefix(block, []byte("\r\n"))
			var h RequestHead
			if err = h.Parse(block, m.limits); err == nil {
				text = requestText(&h)
			}
		} else {
			var h ResponseHead
			if err = h.Parse(block, m.limits); err == nil {
				text = responseText(&h)
			}
		}
		if text != read.head {
			t.Errorf("%s: Parse gives %q, ReadResponse %q", m.name, text, read.head)
		}
		if text == "" && !m.isBad() {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

func TestParseOfNoCompleteHead(t *testing.T) {
	for _, c := range []struct {
		block string
		want  error
	}{
		{"", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\n", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nA", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nA: b", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nA: b\r\n", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\nA: b\r\n c", io.ErrUnexpectedEOF},
		{"HTTP/1.1 200 OK\r\n\r\nbody", nil},
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\n\r\n", nil},
	} {
		h := parseResponse(t, response("Content-Length: 5"))
		err := h.Parse([]byte(c.block), Limits{})
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, c.want) && c.want != nil {
			t.Errorf("%q: error %v, want an *Error of %v", c.block, err, c.want)
		}
		if h.Status != 0 || len(h.Fields) != 0 || h.block != "" {
			t.Errorf("%q: the head of an error is %+v", c.block, h)
		}
	}
	var h RequestHead
	for _, block := range []string{"", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET\r\n\r\n", "G \n"} {
		if err := h.Parse([]byte(block), Limits{}); err == nil || h.Method != "" {
			t.Errorf("%q: error %v, method %q", block, err, h.Method)
		}
	}
}

func TestHeadEnd(t *testing.T) {
	for _, c := range []struct {
		buf  string
		want int
	}{
		{"", 0},
		{"\r\n", 0},
		{"\r\n\r\n", 4},
		{"a\r\n\r\nb", 5},
		{"a\n\nb", 3},
		{"a\r\n\nb", 4},
		{"a\n\r\nb", 4},
		{"a\r\nb\r\n\r", 0},
		{"a\r\nb\r\n\r\n", 8},
		{"a\r\n \r\n\r\nb", 8},
		{"a\r\n\rb\r\n\r\n", 9},
		{"a\r\r\n\r\r\n", 0},
	} {
		buf := []byte(c.buf)
		if got := HeadEnd(buf, 0); got != c.want {
			t.Errorf("HeadEnd(%q, 0) = %d, want %d", c.buf, got, c.want)
		}
		// Looking again after any bytes finds the same.
		for from := range len(buf) {
			if HeadEnd(buf[:from], 0) == 0 {
				if got := HeadEnd(buf, from); got != c.want {
					t.Errorf("HeadEnd(%q, %d) = %d, want %d", c.buf, from, got, c.want)
				}
			}
		}
	}
	if got := HeadEnd([]byte("a\r\n\r\n"), 1000); got != 0 {
		t.Errorf("from behind the end: %d", got)
	}
}

func TestKeepAlive(t *testing.T) {
	for _, c := range []struct {
		version, fields string
		want            bool
	}{
		{"HTTP/1.1", "", true},
		{"HTTP/1.1", "Connection: close\r\n", false},
		{"HTTP/1.1", "connection: CLOSE\r\n", false},
		{"HTTP/1.1", "Connection: keep-alive, Close\r\n", false},
		{"HTTP/1.1", "Connection: foo ,\tclose\t, bar\r\n", false},
		{"HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
		{"HTTP/1.1", "Connection: closed\r\n", true},
		{"HTTP/1.1", "Connection: \"close\"\r\n", true},
		{"HTTP/1.2", "", true},
		{"HTTP/1.0", "", false},
		{"HTTP/1.0", "Connection: Keep-Alive\r\n", true},
		{"HTTP/1.0", "Connection: keep-alive, close\r\n", false},
		{"HTTP/1.0", "Connection: upgrade\r\n", false},
	} {
		res := parseResponse(t, c.version+" 200 OK\r\n"+c.fields+"\r\n")
		if got := res.KeepAlive(); got != c.want {
			t.Errorf("response, %s, %q: %t, want %t", c.version, c.fields, got, c.want)
		}
		req := parseRequest(t, "GET / "+c.version+"\r\nHost: a\r\n"+c.fields+"\r\n")
		if got := req.KeepAlive(); got != c.want {
			t.Errorf("request, %s, %q: %t, want %t", c.version, c.fields, got, c.want)
		}
	}
}

// A 204 that announces a body is not trusted to keep it back.
func TestKeepAliveOfA204(t *testing.T) {
	for fields, want := range map[string]bool{
		"":                               true,
		"Content-Length: 0\r\n":          true,
		"Content-Length: 5\r\n":          false,
		"Transfer-Encoding: chunked\r\n": false,
	} {
		if got := parseResponse(t, "HTTP/1.1 204 No Content\r\n"+fields+"\r\n").KeepAlive(); got != want {
			t.Errorf("%q: %t, want %t", fields, got, want)
		}
		if got := parseResponse(t, "HTTP/1.1 304 Not Modified\r\n"+fields+"\r\n").KeepAlive(); !got {
			t.Errorf("304, %q: false", fields)
		}
	}
}

func TestKeepAliveTimeout(t *testing.T) {
	for _, c := range []struct {
		fields string
		want   time.Duration
		found  bool
	}{
		{"", 0, false},
		{"Keep-Alive: timeout=5\r\n", 5 * time.Second, true},
		{"keep-alive: max=100, TIMEOUT=0\r\n", 0, true},
		{"Keep-Alive: max=1\r\nKeep-Alive: timeout=7\r\n", 7 * time.Second, true},
		{"Keep-Alive: timeout=9223372036854775807\r\n", (1 << 30) * time.Second, true},
		{"Keep-Alive: timeout=-5\r\n", 0, false},
		{"Keep-Alive: timeout=\r\n", 0, false},
		{"Keep-Alive: timeout\r\n", 0, false},
		{"Connection: timeout=5\r\n", 0, false},
	} {
		got, found := parseResponse(t, "HTTP/1.1 200 OK\r\n"+c.fields+"\r\n").KeepAliveTimeout()
		if got != c.want || found != c.found {
			t.Errorf("%q: %v, %t, want %v, %t", c.fields, got, found, c.want, c.found)
		}
	}
}

func TestIsUpgrade(t *testing.T) {
	for fields, want := range map[string]bool{
		"": false,
		"Upgrade: websocket\r\nConnection: Upgrade\r\n":             true,
		"Connection: keep-alive, upgrade\r\nupgrade: websocket\r\n": true,
		"Upgrade: websocket\r\n":                                    false,
		"Connection: upgrade\r\n":                                   false,
	} {
		if got := parseResponse(t, "HTTP/1.1 101 Switching\r\n"+fields+"\r\n").IsUpgrade(); got != want {
			t.Errorf("response %q: %t", fields, got)
		}
		if got := parseRequest(t, "GET / HTTP/1.1\r\nHost: a\r\n"+fields+"\r\n").IsUpgrade(); got != want {
			t.Errorf("request %q: %t", fields, got)
		}
	}
}

func TestHeadLooksFieldsUp(t *testing.T) {
	fields := "Accept: a\r\naccept: b\r\nVary: Origin , Accept-Encoding\r\nVary: x\r\nKey: \r\n\r\n"
	res := parseResponse(t, "HTTP/1.1 200 OK\r\n"+fields)
	req := parseRequest(t, "GET / HTTP/1.1\r\nHost: a\r\n"+fields)
	type lookup interface {
		Get(string) (string, bool)
		Has(string) bool
		HasToken(string, string) bool
	}
	for _, h := range []lookup{res, req} {
		if v, ok := h.Get("ACCEPT"); v != "a" || !ok {
			t.Errorf("%T: Get: %q, %t", h, v, ok)
		}
		if v, ok := h.Get("key"); v != "" || !ok || !h.Has("Key") {
			t.Errorf("%T: Get of an empty field: %q, %t", h, v, ok)
		}
		// U+212A, the Kelvin sign, is no k.
		if v, ok := h.Get("\u212aey"); ok || h.Has("Acc") {
			t.Errorf("%T: Get of what is not there: %q", h, v)
		}
		for token, want := range map[string]bool{"origin": true, "accept-encoding": true, "X": true, "accept": false, "": false} {
			if got := h.HasToken("vary", token); got != want {
				t.Errorf("%T: HasToken %q: %t", h, token, got)
			}
		}
	}
}

// The same bytes again give the same head, whatever the owner did to it.
func TestHeadIsWholeAgainWhenThePeerRepeatsItself(t *testing.T) {
	block := []byte(response("A: b", "C: d"))
	h := parseResponse(t, string(block))
	h.Status, h.Reason, h.Version = 1, "x", Version{}
	h.Fields[0] = [2]string{"changed", "by its owner"}
	h.Fields = append(h.Fields[:1], [][2]string{{"E", "f"}, {"G", "h"}}...)
	if err := h.Parse(block, Limits{}); err != nil || responseText(h) != "1.1 200 OK|A: b|C: d" {
		t.Errorf("response: %s, %v", responseText(h), err)
	}

	block = []byte(request("A: b"))
	q := parseRequest(t, string(block))
	q.Method, q.Target, q.Fields = "x", "y", nil
	if err := q.Parse(block, Limits{}); err != nil || requestText(q) != "GET / 1.1|Host: a|A: b" {
		t.Errorf("request: %s, %v", requestText(q), err)
	}
}

// What differs in one byte is another head; what was given out does not change.
func TestHeadStringsNeverChange(t *testing.T) {
	block := []byte(response("Content-Length: 1", "X: aaaa"))
	h := parseResponse(t, string(block))
	reason, field := h.Reason, h.Fields[1]
	second := bytes.Replace(bytes.Replace(block, []byte("aaaa"), []byte("bbbb"), 1), []byte("h: 1"), []byte("h: 2"), 1)
	copy(block, second)
	if err := h.Parse(block, Limits{}); err != nil {
		t.Fatal(err)
	}
	clear(block)
	if got := responseText(h); got != "1.1 200 OK|Content-Length: 2|X: bbbb" {
		t.Errorf("the second head is %s", got)
	}
	if f, err := h.Framing("GET"); f != lengthFraming(2) || err != nil {
		t.Errorf("the second framing is %v, %v", f, err)
	}
	if reason != "OK" || field != [2]string{"X", "aaaa"} {
		t.Errorf("the first head became %q, %q", reason, field)
	}
}

func TestHeadReset(t *testing.T) {
	h := parseResponse(t, response("Connection: close", "A: b"))
	fields := h.Fields
	h.Reset()
	if h.Status != 0 || h.Reason != "" || len(h.Fields) != 0 || h.block != "" || h.facts != (facts{}) {
		t.Errorf("after Reset: %+v", h)
	}
	if !slices.Equal(fields, make([][2]string, 2)) || !slices.Equal(h.fields[:2], make([][2]string, 2)) {
		t.Error("Reset left strings behind, which hold the block")
	}
	q := parseRequest(t, request("A: b"))
	q.Reset()
	if q.Method != "" || q.Target != "" || len(q.Fields) != 0 || q.block != "" {
		t.Errorf("after Reset: %+v", q)
	}
}

// A slot behind the fields of a shorter head does not hold the longer one's.
func TestHeadLetsGoOfLongerHeads(t *testing.T) {
	h := parseResponse(t, response("A: b", "C: d", "E: f"))
	public, own := h.Fields, h.fields
	if err := h.Parse([]byte(response("G: h")), Limits{}); err != nil {
		t.Fatal(err)
	}
	for _, fields := range [][][2]string{public, own} {
		if fields[0] != [2]string{"G", "h"} || fields[1] != [2]string{} || fields[2] != [2]string{} {
			t.Errorf("fields %q", fields)
		}
	}
}

// A repeated head is measured by the limits of the day.
func TestHeadRepeatsWithinLimitsOnly(t *testing.T) {
	block := []byte(response("A: b", "C: d"))
	h := parseResponse(t, string(block))
	if err := h.Parse(block, Limits{Fields: 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one field: %v", err)
	}
	h = parseResponse(t, string(block))
	if err := h.Parse(block, Limits{HeaderBytes: len(block) - 1}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a byte too few: %v", err)
	}
	if err := h.Parse(block, Limits{HeaderBytes: len(block), Fields: 2}); err != nil {
		t.Errorf("just enough: %v", err)
	}
}

func TestParseAllocations(t *testing.T) {
	blocks := [][]byte{[]byte(typicalResponse("10")), []byte(typicalResponse("11"))}
	requests := [][]byte{[]byte(request("Accept: a")), []byte(request("Accept: b"))}
	var h ResponseHead
	var q RequestHead
	i := 0
	for _, c := range []struct {
		name string
		want float64
		do   func() error
	}{
		{"a response that repeats", 0, func() error { return h.Parse(blocks[0], Limits{}) }},
		{"a response that differs", 1, func() error { i++; return h.Parse(blocks[i%2], Limits{}) }},
		{"a request that repeats", 0, func() error { return q.Parse(requests[0], Limits{}) }},
		{"a request that differs", 1, func() error { i++; return q.Parse(requests[i%2], Limits{}) }},
	} {
		allocs := testing.AllocsPerRun(100, func() {
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, allocs, c.want)
		}
	}
}

// A head has the room that its fields take, and a peer that sends many gets no
// more at once than those that are known to be few.
func TestRoomOfFields(t *testing.T) {
	for _, n := range []int{0, 1, 5, roomAtOnce, roomAtOnce + 1, 200} {
		block := []byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("Name: value\r\n", n) + "\r\n")
		var h ResponseHead
		if err := h.Parse(block, Limits{}); err != nil {
			t.Fatal(err)
		}
		if room := cap(h.fields); len(h.fields) != n || n <= roomAtOnce && room != n {
			t.Errorf("%d fields have room for %d", len(h.fields), room)
		}
	}
	lines := []byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("\n", 1000))
	p := fieldParser{block: string(lines), what: "field", max: 1 << 20}
	if fields, err := p.parse(nil, len("HTTP/1.1 200 OK\r\n"), nil); err == nil || cap(fields) > roomAtOnce {
		t.Errorf("room for %d fields before the first was looked at (%v)", cap(fields), err)
	}
}

// No error quotes a field's value or a target's query.
func TestErrorsQuoteNoSecret(t *testing.T) {
	for _, block := range []string{
		response("Set-Cookie: secret\x00"),
		response("Set-Cookie : secret"),
		response("Set-Cookie: a\r\n \tsecret\x00"),
		response("Set-Cookie: secret\nA: b"),
		response("Set(Cookie: secret"),
	} {
		err := new(ResponseHead).Parse([]byte(block), Limits{})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", block, err)
		}
	}
	for _, block := range []string{
		"GET /?secret\x00 HTTP/1.1\r\n\r\n",
		"GET /?secret\r\n\r\n",
		"GET /?secret HTTP/2.0\r\n\r\n",
		"GET /?secret RTSP/1.0\r\n\r\n",
		"GET /?secret HTTP/1.1\n\r\n",
		"GET /? secret HTTP/1.1\r\n\r\n",
		request("Authorization : secret"),
		request("Authorization: x\r\n secret"),
	} {
		err := new(RequestHead).Parse([]byte(block), Limits{})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v", block, err)
		}
	}
}

func TestErrorIsShortAndEscaped(t *testing.T) {
	err := new(ResponseHead).Parse([]byte("\x1b[2J"+strings.Repeat("x", 1000)+"\r\n\r\n"), Limits{})
	const want = `h1: status line: has no HTTP version: "\x1b[2J`
	if !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 150 {
		t.Errorf("error %q", err)
	}
	err = new(ResponseHead).Parse([]byte(response(strings.Repeat("x", 1000))), Limits{})
	if len(err.Error()) > 200 {
		t.Errorf("error %q", err)
	}
}

func TestVersion(t *testing.T) {
	for v, want := range map[Version]string{{1, 1}: "HTTP/1.1", {1, 0}: "HTTP/1.0", {2, 3}: "HTTP/2.3"} {
		if v.String() != want {
			t.Errorf("%#v: %s", v, v)
		}
	}
	for _, c := range []struct {
		v    Version
		want bool
	}{{Version{1, 0}, false}, {Version{1, 1}, true}, {Version{1, 2}, true}, {Version{2, 0}, true}, {Version{0, 9}, false}} {
		if c.v.AtLeast(1, 1) != c.want {
			t.Errorf("%v at least 1.1: %t", c.v, !c.want)
		}
	}
}

// The tables and the word at a time say what the RFC says.
func TestCharacters(t *testing.T) {
	for c := range 256 {
		b := byte(c)
		isToken := b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || b != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
		if got := CheckMethod(string([]byte{b})) == nil; got != isToken {
			t.Errorf("0x%02x in a token: %t", b, got)
		}
		isText := b == '\t' || b >= ' ' && b != 0x7f
		for length := range 20 {
			for at := range length {
				value := bytes.Repeat([]byte{'\t'}, length)
				for i := range value {
					value[i] = "a\t\xff ~"[i%5]
				}
				value[at] = b
				want := -1
				if !isText {
					want = at
				}
				if got := badInValue(string(value)); got != want {
					t.Fatalf("badInValue(%q) = %d, want %d", value, got, want)
				}
			}
		}
		if got := CheckTarget(string([]byte{b})) == nil; got != (b > ' ' && b != 0x7f) {
			t.Errorf("0x%02x in a target: %t", b, got)
		}
	}
}
