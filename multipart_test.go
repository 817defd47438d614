package httpx

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// readParts has the standard library read what c sends.
func readParts(t *testing.T, c Content) []*multipart.Part {
	t.Helper()
	mediaType, params, err := mime.ParseMediaType(c.ContentType())
	if err != nil || mediaType != "multipart/form-data" {
		t.Fatalf("content type %q: %v", c.ContentType(), err)
	}
	body, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if size := c.Size(); size >= 0 && size != int64(len(data)) {
		t.Fatalf("size %d, but %d bytes", size, len(data))
	}
	var parts []*multipart.Part
	r := multipart.NewReader(bytes.NewReader(data), params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatalf("%v in %q", err, data)
		}
		value, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		p.Header.Set("the-value", string(value))
		parts = append(parts, p)
	}
}

func TestMultiPart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	body := MultiPart(
		Part{Name: "plain", Content: Text("hello")},
		Part{Name: "empty"},
		Part{Name: "raw", FileName: "a.bin", Content: Bytes([]byte{0, 1, 2})},
		Part{Name: "file", Content: File(file)},
		Part{Name: "own", Headers: Headers{{"Content-Type", "text/csv"}, {"X-A", "b"}}, Content: Text("1,2")},
	)
	want := []struct{ name, fileName, contentType, value string }{
		{"plain", "", "text/plain; charset=utf-8", "hello"},
		{"empty", "", "", ""},
		{"raw", "a.bin", "application/octet-stream", "\x00\x01\x02"},
		{"file", "notes.json", "application/json", "{}"},
		{"own", "", "text/csv", "1,2"},
	}
	if !opensAgain(body) {
		t.Fatal("every part opens again, the whole does not")
	}
	for round := range 2 { // a replay is equal
		parts := readParts(t, body)
		if len(parts) != len(want) {
			t.Fatalf("round %d: %d parts, want %d", round, len(parts), len(want))
		}
		for i, w := range want {
			p := parts[i]
			if p.FormName() != w.name || p.FileName() != w.fileName ||
				p.Header.Get("Content-Type") != w.contentType || p.Header.Get("the-value") != w.value {
				t.Errorf("round %d: part %d: %v, want %v", round, i, p.Header, w)
			}
		}
		if got := parts[4].Header.Get("X-A"); got != "b" {
			t.Errorf("round %d: X-A: %q", round, got)
		}
	}
}

func TestMultiPartOnTheWire(t *testing.T) {
	body := MultiPart(Part{Name: "a", Content: Bytes([]byte("1"))}, Part{Name: "b", FileName: "c", Content: Text("2")})
	boundary := strings.TrimPrefix(body.ContentType(), "multipart/form-data; boundary=")
	want := strings.ReplaceAll("--B\r\n"+
		"Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"+
		"--B\r\n"+
		"Content-Disposition: form-data; name=\"b\"; filename=\"c\"\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\n2\r\n"+
		"--B--\r\n", "B", boundary)
	r, err := body.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, []byte(want)); err != nil {
		t.Error(err)
	}
	if other := MultiPart(); other.ContentType() == body.ContentType() {
		t.Error("two bodies have one boundary")
	}
}

func TestMultiPartWithoutParts(t *testing.T) {
	if parts := readParts(t, MultiPart()); len(parts) != 0 {
		t.Errorf("%d parts, want none", len(parts))
	}
}

func TestMultiPartEscapes(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"plain", "plain"},
		{`quo"te`, `quo\"te`},
		{`back\slash`, `back\\slash`},
		{"line\r\nX-Evil: 1", "line%0D%0AX-Evil: 1"},
		{"nul\x00del\x7ftab\t", "nul%00del%7Ftab%09"},
		{"größe 日本", "größe 日本"},
	} {
		body := MultiPart(Part{Name: tt.name, FileName: tt.name, Content: Bytes(nil)})
		want := `form-data; name="` + tt.want + `"; filename="` + tt.want + `"`
		parts := readParts(t, body)
		if len(parts) != 1 || parts[0].Header.Get("Content-Disposition") != want {
			t.Errorf("%q: %v, want %q", tt.name, parts, want)
		}
		if len(parts[0].Header) != 3 { // with Content-Type and the-value
			t.Errorf("%q made fields: %v", tt.name, parts[0].Header)
		}
	}
}

func TestMultiPartRefusesFields(t *testing.T) {
	for _, f := range [][2]string{
		{"X-A", "b\r\nX-Evil: 1"},
		{"X A", "b"},
		{"", "b"},
		{"Content-disposition", "form-data"},
	} {
		_, err := NewRequest("POST", "http://example.com/", MultiPart(Part{Name: "n", Headers: Headers{f}}))
		if err == nil || !strings.Contains(err.Error(), `MultiPart: part 1: "n": `) {
			t.Errorf("%q: %v", f, err)
		}
	}
}

func TestMultiPartSize(t *testing.T) {
	unknown := MultiPart(Part{Name: "a", Content: Text("x")}, Part{Name: "b", Content: Reader(strings.NewReader("y"), -1)})
	if got := unknown.Size(); got != -1 {
		t.Errorf("size %d with a part of unknown size, want -1", got)
	}
	if !opensAgain(unknown) {
		t.Error("it does not open a first time")
	}
	if parts := readParts(t, unknown); len(parts) != 2 {
		t.Errorf("%d parts, want 2", len(parts))
	}
	if opensAgain(unknown) {
		t.Error("it opens again, though a part does not")
	}
}

// A sized content says that it has size bytes, whatever it has.
type sized struct {
	Content
	size int64
}

func (s sized) Size() int64 { return s.size }

func TestMultiPartThatLies(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts []Part
		want  string
	}{
		{"too long, made up for by the next", []Part{
			{Name: "a", Content: sized{Text("123"), 2}}, {Name: "b", Content: sized{Text("1"), 2}},
		}, `part "a" yields more than its 2 bytes`},
		{"too short", []Part{
			{Name: "a", Content: Text("1")}, {Name: "b", Content: sized{Text("1"), 3}},
		}, `part "b" yields 2 bytes less than its 3`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := mustRequest(t, "POST", "http://example.com/", MultiPart(tt.parts...))
			if _, err := contentOf(req); err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// A gaugedContent counts how many of its readers are open.
type gaugedContent struct {
	Body
	open *int
	err  error
}

func (g gaugedContent) Open() (io.ReadCloser, error) {
	if g.err != nil {
		return nil, g.err
	}
	r, err := g.Body.Open()
	*g.open++
	return gaugedReader{r, g.open}, err
}

type gaugedReader struct {
	io.ReadCloser
	open *int
}

func (g gaugedReader) Close() error {
	*g.open--
	return g.ReadCloser.Close()
}

func TestMultiPartOpensOneAtATime(t *testing.T) {
	var open int
	part := func(name string) Part {
		return Part{Name: name, Content: gaugedContent{Body: Text("12345678"), open: &open}}
	}
	body := MultiPart(part("a"), part("b"), part("c"))
	r, err := body.Open()
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for {
		_, err := r.Read(make([]byte, 3))
		most = max(most, open)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if most != 1 || open != 0 {
		t.Errorf("%d open at once and %d left, want 1 and 0", most, open)
	}

	// Closed in the middle of a part.
	r, _ = body.Open()
	for open == 0 {
		if _, err := r.Read(make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	if open != 0 {
		t.Error("a part is open after Close")
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestMultiPartOpenFails(t *testing.T) {
	broken := errors.New("broken")
	body := MultiPart(Part{Name: "a", Content: Text("1")}, Part{Name: "b", Content: gaugedContent{Body: Text("2"), err: broken}})
	_, err := contentOf(&Request{Content: body})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), `part "b"`) {
		t.Errorf("%v, want %v of part b", err, broken)
	}
}

func TestMultiPartCloseEndsARead(t *testing.T) {
	pipe, _ := io.Pipe()
	r, err := MultiPart(Part{Name: "a", Content: Reader(pipe, -1)}).Open()
	if err != nil {
		t.Fatal(err)
	}
	inBody := make(chan struct{})
	done := make(chan error)
	go func() {
		head := make([]byte, 1<<10)
		_, err := r.Read(head) // the head of the part
		close(inBody)
		if err == nil {
			_, err = r.Read(head)
		}
		done <- err
	}()
	<-inBody
	r.Close()
	if err := <-done; err == nil {
		t.Error("the Read ended without an error")
	}
}

func FuzzMultiPart(f *testing.F) {
	f.Add("name", "file.txt", "value")
	f.Add("a\"b\\c\r\n", "\x00", "\r\n--")
	f.Fuzz(func(t *testing.T, name, fileName, value string) {
		if name == "" || !utf8.ValidString(name) || !utf8.ValidString(fileName) {
			return
		}
		parts := readParts(t, MultiPart(
			Part{Name: name, FileName: fileName, Content: Text(value)},
			Part{Name: "behind", Content: Text(value)},
		))
		if len(parts) != 2 || parts[0].Header.Get("the-value") != value || parts[1].FormName() != "behind" {
			t.Fatalf("%q, %q, %q: %v", name, fileName, value, parts)
		}
		if strings.ContainsFunc(name+fileName, isControl) {
			return // percent-encoded: not undone by the reader
		}
		if got := parts[0].FormName(); got != name {
			t.Errorf("name %q, want %q", got, name)
		}
		if _, params, err := mime.ParseMediaType(parts[0].Header.Get("Content-Disposition")); err != nil || params["filename"] != fileName {
			t.Errorf("file name %q, want %q (%v)", params["filename"], fileName, err)
		}
	})
}
