package httpx_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gohttpx/httpx"
)

// post sends body to a server that says what it got.
func post(body httpx.RequestOption) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d bytes of %q: %s", r.ContentLength, r.Header.Get("Content-Type"), data)
	}))
	defer server.Close()
	client := httpx.NewClient(nil)
	defer client.Close()

	res, err := client.Post(context.Background(), server.URL, body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Text())
}

func ExampleBytes() {
	post(httpx.Bytes([]byte("as they are")))
	// Output: 11 bytes of "": as they are <nil>
}

func ExampleText() {
	post(httpx.Text("schön"))
	// Output: 6 bytes of "text/plain; charset=utf-8": schön <nil>
}

func ExampleHTML() {
	post(httpx.HTML("<p>hello"))
	// Output: 8 bytes of "text/html; charset=utf-8": <p>hello <nil>
}

func ExampleJSON() {
	post(httpx.JSON(map[string]any{"name": "Ada", "age": 36}))
	// Output: 23 bytes of "application/json": {"age":36,"name":"Ada"} <nil>
}

func ExampleForm() {
	post(httpx.Form(url.Values{"q": {"connection pool"}, "page": {"2"}}))
	// Output: 24 bytes of "application/x-www-form-urlencoded": page=2&q=connection+pool <nil>
}

// The size of a Reader is part of what is promised; -1 sends it chunked.
func ExampleReader() {
	post(httpx.Reader(strings.NewReader("from a stream"), 13))
	post(httpx.Reader(strings.NewReader("from a stream"), -1))
	// Output:
	// 13 bytes of "": from a stream <nil>
	// -1 bytes of "": from a stream <nil>
}

func ExampleFile() {
	name := filepath.Join(os.TempDir(), "httpx-example.json")
	if err := os.WriteFile(name, []byte(`{"a":1}`), 0o600); err != nil {
		log.Fatal(err)
	}
	defer os.Remove(name)

	post(httpx.File(name))
	// Output: 7 bytes of "application/json": {"a":1} <nil>
}

// A form with an uploaded file.
func ExampleMultiPart() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		title := r.FormValue("title")
		_, file, err := r.FormFile("picture")
		fmt.Fprintln(w, title, file.Filename, file.Size, file.Header.Get("Content-Type"), err)
	}))
	defer server.Close()
	client := httpx.NewClient(nil)
	defer client.Close()

	res, err := client.Post(context.Background(), server.URL, httpx.MultiPart(
		httpx.Part{Name: "title", Content: httpx.Text("A dot")},
		httpx.Part{Name: "picture", FileName: "dot.gif", Content: httpx.Bytes([]byte("GIF89a")),
			Headers: httpx.Headers{{"Content-Type", "image/gif"}}},
	))
	if err != nil {
		log.Fatal(err)
	}
	text, _ := res.Text()
	fmt.Print(text)
	// Output: A dot dot.gif 6 image/gif <nil>
}

// ticker is a Content of one's own: it is opened anew for each time it is sent.
type ticker struct{ ticks int }

func (c ticker) Open() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(strings.Repeat("tick ", c.ticks))), nil
}

func (c ticker) Size() int64         { return int64(5 * c.ticks) }
func (c ticker) ContentType() string { return "text/x-ticks" }

func ExampleBody() {
	post(httpx.Body{Content: ticker{3}})
	// Output: 15 bytes of "text/x-ticks": tick tick tick  <nil>
}
