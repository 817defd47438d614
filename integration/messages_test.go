package integration

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"testing"

	"github.com/gohttpx/httpx"
)

// TestMessages sends one after the other what nginx answers in different forms,
// each on the connection of the one before.
func TestMessages(t *testing.T) {
	n := startNginx(t)
	var streamed []byte
	for i := range 100 {
		streamed = append(streamed, streamChunk(i, 1000)...)
	}
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		first := send(t, transport, "GET", base+"/id?id=first")
		first.want(t, 200, []byte("first"))
		connection := first.Exchange().Connection

		for _, c := range []struct {
			name, method, path string
			options            []httpx.RequestOption
			status             int
			body               []byte
			fields             httpx.Headers
		}{
			{name: "length", method: "GET", path: "/id?id=7", status: 200, body: []byte("7"), fields: httpx.Headers{{"Content-Length", "1"}, {"content-type", "text/plain"}}},
			{name: "1 MiB", method: "GET", path: largeFile, status: 200, body: n.large, fields: httpx.Headers{{"Content-Length", "1048576"}}},
			{name: "empty", method: "GET", path: emptyFile, status: 200, fields: httpx.Headers{{"Content-Length", "0"}}},
			{name: "chunked", method: "GET", path: "/origin/stream?chunks=100&size=1000", status: 200, body: streamed, fields: httpx.Headers{{"Transfer-Encoding", "chunked"}, {"Content-Length", ""}}},
			{name: "chunked and empty", method: "GET", path: "/origin/stream?chunks=0&size=0", status: 200},
			{name: "HEAD", method: "HEAD", path: largeFile, status: 200, fields: httpx.Headers{{"Content-Length", "1048576"}}},
			{name: "HEAD of chunked", method: "HEAD", path: "/origin/stream?chunks=2&size=2", status: 200},
			{name: "range", method: "GET", path: largeFile, options: []httpx.RequestOption{httpx.Headers{{"Range", "bytes=1000-1999"}}}, status: 206, body: n.large[1000:2000], fields: httpx.Headers{{"Content-Range", "bytes 1000-1999/1048576"}}},
			{name: "last bytes", method: "GET", path: largeFile, options: []httpx.RequestOption{httpx.Headers{{"Range", "bytes=-3"}}}, status: 206, body: n.large[1<<20-3:]},
			{name: "query option", method: "GET", path: "/id", options: []httpx.RequestOption{httpx.Query(map[string][]string{"id": {"from-the-option"}})}, status: 200, body: []byte("from-the-option")},
		} {
			answer := send(t, transport, c.method, base+c.path, c.options...)
			answer.want(t, c.status, c.body)
			for name, value := range c.fields.All() {
				answer.wantField(t, name, value)
			}
			if got := answer.Exchange(); got.Connection != connection || !got.Reused {
				t.Errorf("%s: on connection %d (reused: %t), want %d again", c.name, got.Connection, got.Reused, connection)
			}
		}
	})
}

func TestNotModified(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		full := send(t, transport, "GET", base+largeFile)
		full.want(t, 200, n.large)
		etag := full.Headers.Get("ETag")
		if etag == "" {
			t.Fatal("no ETag")
		}
		again := send(t, transport, "GET", base+largeFile, httpx.Headers{{"If-None-Match", etag}})
		again.want(t, 304, nil)
		again.wantField(t, "ETag", etag)

		// A 304 has no body, whatever it says of the length of one.
		after := send(t, transport, "GET", base+"/id?id=after")
		after.want(t, 200, []byte("after"))
		if !after.Exchange().Reused {
			t.Error("the connection was not used again after a 304")
		}
	})
}

func TestErrorPagesAreAnswers(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		missing := send(t, transport, "GET", base+"/no-such-file")
		if missing.StatusCode != 404 || len(missing.body) == 0 {
			t.Errorf("status %d and a body of %d bytes, want nginx's page with 404", missing.StatusCode, len(missing.body))
		}
		if got, want := missing.String(), "<Response [404 Not Found]>"; got != want {
			t.Errorf("String() is %s, want %s", got, want)
		}
	})
}

// TestGzip shows who asks for codings and takes them off: the Client, for who
// did not ask. Who did gets on every floor what was asked for.
func TestGzip(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		unasked := send(t, transport, "GET", base+textFile)
		unasked.want(t, 200, n.text)
		unasked.wantField(t, "Content-Encoding", "")
		length := strconv.Itoa(len(n.text))
		if _, isClient := transport.(*httpx.Client); isClient {
			length = "" // it was the encoded body's
		}
		unasked.wantField(t, "Content-Length", length)

		asked := send(t, transport, "GET", base+textFile, httpx.Headers{{"Accept-Encoding", "gzip"}})
		asked.wantField(t, "Content-Encoding", "gzip")
		decoder, err := gzip.NewReader(bytes.NewReader(asked.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(decoder)
		if err != nil || !bytes.Equal(text, n.text) {
			t.Errorf("decoded %d bytes (%v), want the file's %d", len(text), err, len(n.text))
		}
	})
}

func TestRedirect(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		answer := send(t, transport, "GET", base+"/moved?id=7")
		if _, isClient := transport.(*httpx.Client); !isClient {
			if answer.StatusCode != 302 {
				t.Errorf("status %d, want the redirect itself", answer.StatusCode)
			}
			answer.wantField(t, "Location", base+"/id?id=7")
			return
		}
		answer.want(t, 200, []byte("7"))
		if len(answer.History) != 1 || answer.History[0].StatusCode != 302 {
			t.Errorf("the history is %v, want one 302", answer.History)
		}
		if got, want := answer.Request.URL.String(), base+"/id?id=7"; got != want {
			t.Errorf("the answer is to %s, want %s", got, want)
		}
	})
}
