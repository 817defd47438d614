package httpx

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// encode applies codings in their order. "raw" is deflate without its header.
func encode(t testing.TB, text string, codings ...string) string {
	t.Helper()
	for _, c := range codings {
		var b bytes.Buffer
		var w io.WriteCloser
		switch c {
		case "gzip", "x-gzip", "GZip":
			w = gzip.NewWriter(&b)
		case "deflate":
			w = zlib.NewWriter(&b)
		case "raw":
			w, _ = flate.NewWriter(&b, flate.DefaultCompression)
		case "identity":
			continue
		default:
			t.Fatalf("no coding %q", c)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = b.String()
	}
	return text
}

func encodedWith(body string, codings ...string) *Response {
	return respond(200, body, "Content-Encoding", strings.Join(codings, ", "), "Content-Length", "7", "X-Kept", "1")
}

func get(t *testing.T) *Request { return mustRequest(t, "GET", "http://example.com/a") }

func TestDecode(t *testing.T) {
	text := strings.Repeat("the quick brown fox ", 5000)
	for _, codings := range [][]string{
		{"gzip"}, {"x-gzip"}, {"GZip"}, {"deflate"}, {"raw"},
		{"deflate", "gzip"}, {"gzip", "deflate"}, {"gzip", "gzip"}, {"raw", "identity", "gzip"},
	} {
		t.Run(strings.Join(codings, "+"), func(t *testing.T) {
			wire := encode(t, text, codings...)
			named := slices.Clone(codings)
			for i, c := range named {
				if c == "raw" {
					named[i] = "deflate"
				}
			}
			for _, want := range []string{text, text} { // the second from pooled decoders
				s := answerWith(encodedWith(wire, named...))
				probe := &bodyProbe{Reader: strings.NewReader(wire)}
				s.answer = func(*Request) (*Response, error) {
					res := encodedWith("", named...)
					res.Body = probe
					return res, nil
				}
				res := mustSend(t, Decode(DecodeLimits{})(s), get(t))
				if got := s.last(t).Headers.Get("Accept-Encoding"); got != "gzip, deflate" {
					t.Errorf("asked for %q", got)
				}
				if got := lines(res.Headers); got != "X-Kept: 1\n" || !res.Uncompressed() {
					t.Errorf("fields %q, uncompressed: %t", got, res.Uncompressed())
				}
				if err := iotest.TestReader(res.Body, []byte(want)); err != nil {
					t.Error(err)
				}
				if !probe.atEnd {
					t.Error("the wire was not read to its end")
				}
				if err := res.Close(); err != nil || !probe.closed {
					t.Errorf("Close: %v, the wire's closed: %t", err, probe.closed)
				}
			}
		})
	}
}

func TestDecodeLeavesAlone(t *testing.T) {
	gz := encode(t, "text", "gzip")
	head := mustRequest(t, "HEAD", "http://example.com/")
	own := mustRequest(t, "GET", "http://example.com/", Headers{{"accept-encoding", "gzip"}})
	removed := mustRequest(t, "GET", "http://example.com/", Headers{{"Accept-Encoding", ""}})
	part := mustRequest(t, "GET", "http://example.com/", Headers{{"Range", "bytes=0-1"}})
	for _, tt := range []struct {
		name   string
		req    *Request
		asking string
		res    *Response
		body   string
	}{
		{"HEAD", head, acceptEncoding, respond(200, "", "Content-Encoding", "gzip"), ""},
		{"204", get(t), acceptEncoding, respond(204, "", "Content-Encoding", "gzip"), ""},
		{"304", get(t), acceptEncoding, respond(304, "", "Content-Encoding", "gzip"), ""},
		{"206", get(t), acceptEncoding, respond(206, gz[:5], "Content-Encoding", "gzip"), gz[:5]},
		{"not encoded", get(t), acceptEncoding, respond(200, "text"), "text"},
		{"identity", get(t), acceptEncoding, respond(200, "text", "Content-Encoding", "identity"), "text"},
		{"another coding", get(t), acceptEncoding, respond(200, "text", "Content-Encoding", "br"), "text"},
		{"another coding around", get(t), acceptEncoding, respond(200, gz, "Content-Encoding", "br, gzip"), gz},
		{"asked by the caller", own, "gzip", respond(200, gz, "Content-Encoding", "gzip"), gz},
		{"not to be asked", removed, "", respond(200, gz, "Content-Encoding", "gzip"), gz},
		{"a range", part, "", respond(200, gz, "Content-Encoding", "gzip"), gz},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := answerWith(tt.res)
			before, asked := lines(tt.res.Headers), lines(tt.req.Headers)
			res := mustSend(t, Decode(DecodeLimits{})(s), tt.req)
			sent := s.last(t).Headers
			if got := sent.Get("Accept-Encoding"); got != tt.asking || sent.Has("Accept-Encoding") != (tt.asking != "") {
				t.Errorf("asked with %q, want %q", lines(sent), tt.asking)
			}
			if got, err := res.Text(); got != tt.body || err != nil || res.Uncompressed() {
				t.Errorf("body %q, %v, uncompressed: %t; want %q as it was", got, err, res.Uncompressed(), tt.body)
			}
			if got := lines(res.Headers); got != before {
				t.Errorf("fields %q, want %q", got, before)
			}
			if got := lines(tt.req.Headers); got != asked {
				t.Errorf("the caller's request was changed to %q", got)
			}
		})
	}
}

func TestDecodeDoesNotChangeTheFieldsOfOthers(t *testing.T) {
	theirs := encodedWith(encode(t, "x", "gzip"), "gzip").Headers
	before := lines(theirs)
	res := encodedWith(encode(t, "x", "gzip"), "gzip")
	res.Headers = theirs
	mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
	if got := lines(theirs); got != before {
		t.Errorf("their fields became %q", got)
	}
}

func decodeAll(t testing.TB, limits DecodeLimits, wire string, codings ...string) (string, error) {
	t.Helper()
	req := &Request{URL: mustURL(t, "http://example.com/a")}
	res, err := Decode(limits)(answerWith(encodedWith(wire, codings...))).Send(t.Context(), req)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(res.Body)
	res.Close()
	return string(data), err
}

func TestDecodeEmpty(t *testing.T) {
	for _, codings := range [][]string{{"gzip"}, {"deflate"}, {"gzip", "deflate"}} {
		if got, err := decodeAll(t, DecodeLimits{}, "", codings...); got != "" || err != nil {
			t.Errorf("%v: %q, %v", codings, got, err)
		}
		if got, err := decodeAll(t, DecodeLimits{}, encode(t, "", codings...), codings...); got != "" || err != nil {
			t.Errorf("%v of nothing: %q, %v", codings, got, err)
		}
	}
}

func TestDecodeMembers(t *testing.T) {
	wire := encode(t, "one ", "gzip") + encode(t, "two", "gzip")
	if got, err := decodeAll(t, DecodeLimits{}, wire, "gzip"); got != "one two" || err != nil {
		t.Errorf("two members: %q, %v", got, err)
	}
}

func TestDecodeTruncated(t *testing.T) {
	for _, codings := range [][]string{{"gzip"}, {"deflate"}, {"raw"}, {"deflate", "gzip"}} {
		wire := encode(t, "the quick brown fox", codings...)
		named := codings
		if codings[0] == "raw" {
			named = []string{"deflate"}
		}
		for n := 1; n < len(wire); n++ {
			_, err := decodeAll(t, DecodeLimits{}, wire[:n], named...)
			if !errors.Is(err, ErrDecode) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v cut off after %d of %d bytes: %v", codings, n, len(wire), err)
			}
		}
	}
}

func TestDecodeBroken(t *testing.T) {
	gz, z, raw := encode(t, "text", "gzip"), encode(t, "text", "deflate"), encode(t, "text", "raw")
	flip := func(s string, i int) string {
		b := []byte(s)
		b[(i+len(b))%len(b)] ^= 0xff
		return string(b)
	}
	for _, tt := range []struct{ name, coding, wire, want string }{
		{"not gzip", "gzip", "<html>", "gzip: "},
		{"a wrong sum", "gzip", flip(gz, -8), "gzip: invalid checksum"},
		{"a wrong length", "gzip", flip(gz, -1), "gzip: invalid checksum"},
		{"garbage behind gzip", "gzip", gz + "garbage, and more of it", "gzip: "},
		{"zeros behind gzip", "gzip", gz + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "gzip: "},
		{"not deflate", "deflate", "\xff\xff\xff\xff", "deflate: flate: corrupt input"},
		{"a wrong sum of deflate", "deflate", flip(z, -1), "deflate: zlib: invalid checksum"},
		{"garbage behind deflate", "deflate", z + "x", "deflate: data behind the end"},
		{"garbage behind raw deflate", "deflate", raw + "x", "deflate: data behind the end"},
		{"a dictionary nobody has", "deflate", "\x78\xbb\x00\x00\x00\x02", "deflate: zlib: invalid dictionary"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := encodedWith(tt.wire, tt.coding)
			probe := res.Body.(*bodyProbe)
			mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
			_, err := io.ReadAll(res.Body)
			var e *Error
			if !errors.Is(err, ErrDecode) || !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want ErrDecode with %q", err, tt.want)
			}
			if e.Origin != "http://example.com" || e.Phase != PhaseBody || e.Progress != Answered {
				t.Errorf("%+v", e)
			}
			if !probe.closed {
				t.Error("the wire is still open")
			}
			if _, again := res.Body.Read(make([]byte, 1)); again != err {
				t.Errorf("read again: %v", again)
			}
		})
	}
}

func TestDecodeLimits(t *testing.T) {
	const size = 1 << 20
	zeros := strings.Repeat("\x00", size)
	once, twice := encode(t, zeros, "gzip"), encode(t, zeros, "gzip", "gzip")
	wire := int64(len(once))
	for _, tt := range []struct {
		name    string
		limits  DecodeLimits
		wire    string
		codings []string
		want    int // bytes, when it is too large; 0: it is not
	}{
		{"within the bytes", DecodeLimits{Bytes: size}, once, []string{"gzip"}, 0},
		{"a byte beyond", DecodeLimits{Bytes: size - 1, Ratio: 1}, once, []string{"gzip"}, size - 1},
		{"within the ratio", DecodeLimits{Bytes: 1, Ratio: size/wire + 1}, once, []string{"gzip"}, 0},
		{"beyond the ratio", DecodeLimits{Bytes: 1, Ratio: 10}, once, []string{"gzip"}, 10 * int(wire)},
		{"no bytes of their own", DecodeLimits{Bytes: None, Ratio: 10}, once, []string{"gzip"}, 10 * int(wire)},
		{"no ratio", DecodeLimits{Bytes: 1000, Ratio: None}, once, []string{"gzip"}, 1000},
		{"unlimited", DecodeLimits{Bytes: Unlimited}, once, []string{"gzip"}, 0},
		{"an unlimited ratio", DecodeLimits{Bytes: 1, Ratio: Unlimited}, once, []string{"gzip"}, 0},
		{"the defaults", DecodeLimits{}, twice, []string{"gzip", "gzip"}, 0},
		{"a bomb in a bomb", DecodeLimits{Bytes: 1 << 16}, twice, []string{"gzip", "gzip"}, 1 << 16},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeAll(t, tt.limits, tt.wire, tt.codings...)
			if tt.want == 0 {
				if got != zeros || err != nil {
					t.Errorf("%d bytes, %v; want all", len(got), err)
				}
				return
			}
			var e *Error
			if len(got) != tt.want || !errors.As(err, &e) || e.Kind != ErrTooLarge {
				t.Errorf("%d bytes, %v; want %d and ErrTooLarge", len(got), err, tt.want)
			}
		})
	}
}

func TestDecodeLimitsDoNotOverflow(t *testing.T) {
	l := DecodeLimits{Bytes: 1, Ratio: math.MaxInt64 / 2}
	if got := l.allow(3); got != math.MaxInt64 {
		t.Errorf("%d bytes are allowed, want all", got)
	}
}

func TestDecodeTooManyCodings(t *testing.T) {
	res := encodedWith("", "gzip", "gzip", "gzip", "gzip", "gzip", "gzip")
	probe := res.Body.(*bodyProbe)
	_, err := Decode(DecodeLimits{})(answerWith(res)).Send(t.Context(), get(t))
	if !errors.Is(err, ErrDecode) || !strings.Contains(err.Error(), "6 content codings: at most 5") || !probe.closed {
		t.Errorf("%v, closed: %t", err, probe.closed)
	}
}

func TestDecodeErrorOfTheWire(t *testing.T) {
	broken := errors.New("connection reset")
	wire := encode(t, strings.Repeat("abc", 1000), "gzip")
	for n := range len(wire) {
		res := encodedWith("", "gzip")
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(wire[:n]), iotest.ErrReader(broken)))
		mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
		if _, err := io.ReadAll(res.Body); err != broken {
			t.Errorf("after %d bytes: %v, want %v as it is", n, err, broken)
		}
	}
}

func TestDecodeClose(t *testing.T) {
	res := encodedWith(encode(t, "text", "gzip"), "gzip")
	probe := res.Body.(*bodyProbe)
	mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
	if _, err := res.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := res.Close(); err != nil || !probe.closed {
			t.Errorf("Close: %v, the wire's closed: %t", err, probe.closed)
		}
	}
	if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestDecodeCloseEndsARead(t *testing.T) {
	began := make(chan struct{})
	slow := slowBody{make(chan struct{})}
	res := encodedWith("", "gzip")
	res.Body = struct {
		io.Reader
		io.Closer
	}{readerFunc(func(p []byte) (int, error) {
		close(began)
		return slow.Read(p)
	}), slow}
	mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
	done := make(chan error)
	go func() {
		_, err := res.Body.Read(make([]byte, 1))
		done <- err
	}()
	<-began
	res.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("the Read ended with %v", err)
	}
}

func TestDecodeIsLazy(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, "first")
	w.Flush()
	r, pipe := io.Pipe()
	res := encodedWith("", "gzip")
	res.Body = r
	mustSend(t, Decode(DecodeLimits{})(answerWith(res)), get(t))
	go pipe.Write(b.Bytes()) // and no more: an event stream, say
	p := make([]byte, 100)
	if n, err := res.Body.Read(p); string(p[:n]) != "first" || err != nil {
		t.Errorf("%q, %v: what was flushed is to be had at once", p[:n], err)
	}
	res.Close()
}

func FuzzDecode(f *testing.F) {
	f.Add("gzip", encode(f, "text", "gzip"))
	f.Add("deflate", encode(f, "text", "deflate"))
	f.Add("deflate", encode(f, "text", "raw"))
	f.Add("gzip, deflate", encode(f, "text", "gzip", "deflate"))
	f.Fuzz(func(t *testing.T, codings, wire string) {
		limits := DecodeLimits{Bytes: 1 << 16, Ratio: 1}
		got, err := decodeAll(t, limits, wire, codings)
		if err != nil && !errors.Is(err, ErrDecode) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%q: %v", codings, err)
		}
		if allowed := max(1<<16, len(wire)); len(got) > allowed {
			t.Errorf("%q: %d bytes, %d are allowed", codings, len(got), allowed)
		}
		if err != nil || codings != "gzip" || wire == "" {
			return
		}
		r, err := gzip.NewReader(strings.NewReader(wire))
		if err != nil {
			t.Fatalf("the standard library: %v", err)
		}
		if want, err := io.ReadAll(r); err != nil || string(want) != got {
			t.Errorf("%q, the standard library: %q, %v", got, want, err)
		}
	})
}
