package httpx

import (
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestContents(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<p>file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		body        Body
		want        string
		contentType string
		length      string
	}{
		{"bytes", Bytes([]byte("raw")), "raw", "", "3"},
		{"no bytes", Bytes(nil), "", "", "0"},
		{"text", Text("größe"), "größe", "text/plain; charset=utf-8", "7"},
		{"empty text", Text(""), "", "text/plain; charset=utf-8", "0"},
		{"HTML", HTML("<p>"), "<p>", "text/html; charset=utf-8", "3"},
		{"JSON", JSON(map[string]int{"a": 1}), `{"a":1}`, "application/json", "7"},
		{"form", Form(url.Values{"b": {"2 3"}, "a": {"1"}}), "a=1&b=2+3", "application/x-www-form-urlencoded", "9"},
		{"file", File(file), "<p>file", "text/html; charset=utf-8", "7"},
		{"reader", Reader(strings.NewReader("abc"), 3), "abc", "", "3"},
		{"reader of unknown size", Reader(strings.NewReader("abc"), -7), "abc", "", "no known length"},
		{"a body in a body", Body{Body{Text("x")}}, "x", "text/plain; charset=utf-8", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := mustRequest(t, "POST", "http://example.com/", tt.body)
			if got := req.Content.ContentType(); got != tt.contentType {
				t.Errorf("content type %q, want %q", got, tt.contentType)
			}
			if got := contentLength(req.Content); got != tt.length {
				t.Errorf("length %q, want %q", got, tt.length)
			}
			r, err := req.Content.Open()
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, []byte(tt.want)); err != nil {
				t.Error(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			again, err := contentOf(req)
			if opensAgain(req.Content) {
				if err != nil || again != tt.want {
					t.Errorf("opened again: %q, %v; want %q", again, err, tt.want)
				}
			} else if !errors.Is(err, ErrOpensOnce) {
				t.Errorf("opened again: %v, want %v", err, ErrOpensOnce)
			}
		})
	}
}

func TestNoContent(t *testing.T) {
	req := mustRequest(t, "POST", "http://example.com/", Text("x"), Body{})
	if req.Content != nil {
		t.Errorf("the zero Body left the content %v", req.Content)
	}
	if got := contentLength(Body{}); got != "0" {
		t.Errorf("length %q, want 0", got)
	}
}

func TestContentInMemoryIsNotCopied(t *testing.T) {
	data := []byte("data")
	b, s := Bytes(data).Content.(inMemory).memory()
	if len(b) != 4 || &b[0] != &data[0] || s != "" {
		t.Errorf("Bytes: memory %q, %q: not the slice that was given", b, s)
	}
	if b, s := Text("text").Content.(inMemory).memory(); b != nil || s != "text" {
		t.Errorf("Text: memory %q, %q", b, s)
	}
}

func TestContentThatCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name string
		body Body
		want string
		is   error
	}{
		{"JSON of a channel", JSON(make(chan int)), "JSON: json: unsupported type: chan int", nil},
		{"a file that is not there", File(filepath.Join(dir, "none")), "File: stat ", fs.ErrNotExist},
		{"a directory", File(dir), "is a directory", nil},
		{"a nil Reader", Reader(nil, 1), "the io.Reader is nil", nil},
		{"a part that cannot", MultiPart(Part{Name: "a", Content: Body{JSON(make(chan int))}}), `MultiPart: part 1: "a": JSON: `, nil},
		{"a part without a name", MultiPart(Part{Name: "a"}, Part{Content: Text("x")}), "MultiPart: part 2: no Name", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := NewRequest("POST", "http://example.com/", tt.body)
			if req != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewRequest: %v, %v; want an error with %q", req, err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
			// Put into a Request by hand it fails all the same.
			if _, err := tt.body.Open(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open: %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestFileThatChanged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "data.bin")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("12345")
	body := File(name)
	write("1234567")
	if _, err := body.Open(); err == nil || !strings.Contains(err.Error(), "it had 5 bytes when the request was made, and has 7") {
		t.Errorf("Open of a file that grew: %v", err)
	}
	write("54321")
	req := mustRequest(t, "PUT", "http://example.com/", body)
	if got, err := contentOf(req); got != "54321" || err != nil {
		t.Errorf("of the old size again: %q, %v", got, err)
	}
	if got := body.ContentType(); got != "application/octet-stream" {
		t.Errorf("content type %q of an extension that nobody knows", got)
	}
	os.Remove(name)
	if _, err := body.Open(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a file that is gone: %v", err)
	}
}

func TestReaderIsClosed(t *testing.T) {
	probe := &bodyProbe{Reader: strings.NewReader("abc")}
	body := Reader(probe, 3)
	r, err := body.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	if probe.closed {
		t.Error("closed before its time")
	}
	r.Close()
	if !probe.closed {
		t.Error("not closed")
	}
}
