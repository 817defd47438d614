package h1

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	fields := [][2]string{{"Host", "example.com"}, {"X-Blank", " \t v w\t "}, {"X-Empty", ""}, {"x-Obs", "sch\xc3\xb6n\xff"}}
	const lines = "Host: example.com\r\nX-Blank: v w\r\nX-Empty: \r\nx-Obs: sch\xc3\xb6n\xff\r\n\r\n"
	for _, c := range []struct {
		name string
		do   func(dst []byte) ([]byte, error)
		want string
	}{
		{"request", func(dst []byte) ([]byte, error) { return AppendRequest(dst, "GET", "/a?b", fields) },
			"GET /a?b HTTP/1.1\r\n" + lines},
		{"response", func(dst []byte) ([]byte, error) { return AppendResponse(dst, 404, "Not Found", fields) },
			"HTTP/1.1 404 Not Found\r\n" + lines},
		{"response without reason", func(dst []byte) ([]byte, error) { return AppendResponse(dst, 200, "", nil) },
			"HTTP/1.1 200 \r\n\r\n"},
		{"chunk", func(dst []byte) ([]byte, error) { return AppendChunk(dst, make([]byte, 0x1f)), nil },
			"1f\r\n" + strings.Repeat("\x00", 0x1f) + "\r\n"},
		{"empty chunk", func(dst []byte) ([]byte, error) { return AppendChunk(dst, nil), nil }, ""},
		{"last chunk", func(dst []byte) ([]byte, error) { return AppendLastChunk(dst, nil) }, "0\r\n\r\n"},
		{"trailers", func(dst []byte) ([]byte, error) { return AppendLastChunk(dst, [][2]string{{"A", " b"}}) },
			"0\r\nA: b\r\n\r\n"},
	} {
		got, err := c.do([]byte("before:"))
		if err != nil || string(got) != "before:"+c.want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

// Nothing that a caller sets can end a line.
func TestAppendRefuses(t *testing.T) {
	req := func(method, target string, fields ...[2]string) func([]byte) ([]byte, error) {
		return func(dst []byte) ([]byte, error) { return AppendRequest(dst, method, target, fields) }
	}
	res := func(status int, reason string, fields ...[2]string) func([]byte) ([]byte, error) {
		return func(dst []byte) ([]byte, error) { return AppendResponse(dst, status, reason, fields) }
	}
	last := func(fields ...[2]string) func([]byte) ([]byte, error) {
		return func(dst []byte) ([]byte, error) { return AppendLastChunk(dst, fields) }
	}
	ok := [2]string{"A", "b"}
	for _, c := range []struct {
		do          func([]byte) ([]byte, error)
		where, what string
	}{
		{req("", "/"), "method", "empty"},
		{req("GE T", "/"), "method", "byte 0x20 at 2"},
		{req("GET\r\n", "/"), "method", "byte 0x0d at 3"},
		{req("GET", ""), "request target", "empty"},
		{req("GET", "/a b"), "request target", "byte 0x20 at 2"},
		{req("GET", "/\r\nX: y"), "request target", "byte 0x0d at 1"},
		{req("GET", "/\x7f"), "request target", "byte 0x7f at 1"},
		{req("GET", "/", ok, [2]string{"", "x"}), "field name", "empty"},
		{req("GET", "/", ok, [2]string{"X Y", "x"}), `field name "X Y"`, "byte 0x20 at 1"},
		{req("GET", "/", ok, [2]string{"X:", "x"}), `field name "X:"`, "byte 0x3a at 1"},
		{req("GET", "/", ok, [2]string{"X\n", "x"}), `field name "X\n"`, "byte 0x0a at 1"},
		{req("GET", "/", ok, [2]string{"X", "y\r\nZ: 1"}), `field "X" value`, "byte 0x0d at 1"},
		{req("GET", "/", ok, [2]string{"X", "y\n"}), `field "X" value`, "byte 0x0a at 1"},
		{req("GET", "/", ok, [2]string{"X", "y\x00"}), `field "X" value`, "byte 0x00 at 1"},
		{res(99, "OK"), "status", "99 is not"},
		{res(1000, "OK"), "status", "1000 is not"},
		{res(-200, "OK"), "status", "-200 is not"},
		{res(200, "O\r\nK"), "reason", "byte 0x0d at 1"},
		{res(200, "OK", ok, [2]string{"X", "\r"}), `field "X" value`, "byte 0x0d at 0"},
		{last(ok, [2]string{"B", "c\n"}), `field "B" value`, "byte 0x0a at 1"},
		{last(ok, [2]string{"B\n", "c"}), `field name "B\n"`, "byte 0x0a at 1"},
		{last(ok, [2]string{"content-length", "5"}), `trailer "content-length"`, "must not stand"},
		{last(ok, [2]string{"If-Whatever", "5"}), `trailer "If-Whatever"`, "must not stand"},
	} {
		const before = "before"
		room := make([]byte, len(before), 1000)
		copy(room, before)
		got, err := c.do(room)
		var e *Error
		if !errors.As(err, &e) || e.Where != c.where || !strings.Contains(e.What, c.what) || e.Excerpt != "" {
			t.Errorf("error %v, want %q and %q", err, c.where, c.what)
		}
		if string(got) != before {
			t.Errorf("%v: dst became %q", err, got)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		isBad bool
	}{
		{"method", CheckMethod("M-SEARCH"), false},
		{"target", CheckTarget("*"), false},
		{"name", CheckName("X-Y"), false},
		{"name with a colon", CheckName("X:"), true},
		{"value", CheckValue("a\tb c"), false},
		{"value with LF", CheckValue("a\nb"), true},
		{"field", CheckField("X", ""), false},
		{"field with a bad name", CheckField("X\x00", ""), true},
		{"field with a bad value", CheckField("X", "\x00"), true},
		{"reason", CheckReason(""), false},
		{"reason with CR", CheckReason("\r"), true},
		{"trailer", CheckTrailerName("Server-Timing"), false},
		{"trailer with a bad name", CheckTrailerName(""), true},
		{"trailer that frames", CheckTrailerName("TRANSFER-ENCODING"), true},
	} {
		var e *Error
		if errors.As(c.err, &e) != c.isBad {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
}

// What is appended is read as it was given.
func TestAppendedHeadsAreReadAgain(t *testing.T) {
	for _, m := range goodMessages {
		block := []byte(m.wire[:HeadEnd([]byte(m.wire), 0)])
		if m.request {
			h := parseRequest(t, strings.TrimPrefix(string(block), "\r\n"))
			if !h.Has("Host") {
				continue // a head of HTTP/1.0; what is appended is HTTP/1.1
			}
			again, err := AppendRequest(nil, h.Method, h.Target, h.Fields)
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			if g := parseRequest(t, string(again)); !slices.Equal(g.Fields, h.Fields) || g.Method != h.Method || g.Target != h.Target {
				t.Errorf("%s: %s, want %s", m.name, requestText(g), requestText(h))
			}
			continue
		}
		h := parseResponse(t, string(block))
		again, err := AppendResponse(nil, h.Status, h.Reason, h.Fields)
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		if g := parseResponse(t, string(again)); !slices.Equal(g.Fields, h.Fields) || g.Status != h.Status || g.Reason != h.Reason {
			t.Errorf("%s: %s, want %s", m.name, responseText(g), responseText(h))
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 1024)
	allocs := testing.AllocsPerRun(100, func() {
		b, err := AppendRequest(buf, "GET", "/", benchmarkFields)
		if err != nil {
			t.Fatal(err)
		}
		b = AppendChunk(b, []byte("data"))
		if _, err = AppendLastChunk(b, nil); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	w := NewWriter(io.Discard)
	allocs = testing.AllocsPerRun(100, func() {
		if err := w.WriteRequest("GET", "/", benchmarkFields, Framing{}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(nil); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations of a Writer", allocs)
	}
}
