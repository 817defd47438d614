package integration

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHarness asks the servers with Go's own client. Where it fails, the other
// tests of this package say nothing about httpx. It also shows what there is to
// ask for.
func TestHarness(t *testing.T) {
	n := startNginx(t)
	transport := &http.Transport{TLSClientConfig: n.tls, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

	upload := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	sum := sha256.Sum256(upload)
	unsized := func(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) }
	cases := []struct {
		method, url string
		content     io.Reader
		fields      string // "Name: value", of the request
		status      int
		want        string // a field of the response, likewise; empty: none is looked at
		body        string
	}{
		{"GET", n.plain + "/id?id=7", nil, "", 200, "Content-Length: 1", "7"},
		{"GET", n.secure + "/id?id=7", nil, "", 200, "Connection: keep-alive", "7"},
		{"GET", n.announced + "/id?id=7", nil, "", 200, "Keep-Alive: timeout=1", "7"},
		{"GET", n.silent + "/id?id=7", nil, "", 200, "Keep-Alive: ", "7"},
		{"GET", n.limited + "/id?id=1", nil, "", 200, "Connection: keep-alive", "1"},
		{"GET", n.limited + "/id?id=2", nil, "", 200, "Connection: keep-alive", "2"},
		{"GET", n.limited + "/id?id=3", nil, "", 200, "Connection: close", "3"},
		{"GET", n.plain + "/moved?id=7", nil, "", 302, "Location: " + n.plain + "/id?id=7", "<html>"},
		{"GET", n.plain + largeFile, nil, "", 200, "Content-Length: 1048576", string(n.large)},
		{"GET", n.plain + largeFile, nil, "Range: bytes=5-9", 206, "Content-Range: bytes 5-9/1048576", string(n.large[5:10])},
		{"GET", n.plain + textFile, nil, "Accept-Encoding: gzip", 200, "Content-Encoding: gzip", "\x1f\x8b"},
		{"GET", n.plain + textFile, nil, "", 200, "Content-Encoding: ", string(n.text)},
		{"GET", n.plain + emptyFile, nil, "", 200, "Content-Length: 0", ""},
		{"GET", n.plain + "/origin/stream?chunks=3&size=2", nil, "", 200, "Content-Length: ", "abbccd"},
		{"GET", n.plain + "/origin/wait?ms=1&id=7", nil, "", 200, "", "7"},
		{"POST", n.plain + "/origin/echo", bytes.NewReader(upload), "", 200, "X-Framing: 1048576", string(upload)},
		{"POST", n.plain + "/origin/echo", unsized(upload), "", 200, "X-Framing: chunked", string(upload)},
		{"POST", n.plain + "/origin/digest", unsized(upload), "", 200, "", hex.EncodeToString(sum[:])},
		{"POST", n.plain + "/refuse", bytes.NewReader(upload), "", 413, "", "<html>"},
	}
	for i, c := range cases {
		what := fmt.Sprintf("%d: %s %s", i, c.method, strings.SplitN(c.url, "/", 4)[3])
		request, err := http.NewRequest(c.method, c.url, c.content)
		if err != nil {
			t.Fatal(err)
		}
		if name, value, ok := strings.Cut(c.fields, ": "); ok {
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Errorf("%s: body: %v", what, err)
		}
		if response.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", what, response.StatusCode, c.status)
		}
		if name, value, ok := strings.Cut(c.want, ": "); ok && strings.Join(fieldValues(response, name), ", ") != value {
			t.Errorf("%s: %s is %q, want %q", what, name, fieldValues(response, name), value)
		}
		// Pages of nginx's own, and compressed ones, are known by how they begin.
		if begins := c.body == "<html>" || c.body == "\x1f\x8b"; begins && !strings.HasPrefix(string(body), c.body) || !begins && string(body) != c.body {
			t.Errorf("%s: a body of %d bytes that begins with %.40q, want %d that begin with %.40q", what, len(body), body, len(c.body), c.body)
		}
	}
	transport.CloseIdleConnections()

	began := time.Now()
	n.stop(t)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("nginx took %v to stop", took)
	}
	lines := n.accessLog(t)
	if len(lines) != len(cases) {
		t.Errorf("the access log has %d lines, want %d", len(lines), len(cases))
	}
	for _, c := range cases {
		_, id, ok := strings.Cut(c.url, "id=")
		if ok && !hasLine(lines, id, c.status) {
			t.Errorf("the access log has no line for id %s with status %d", id, c.status)
		}
	}
}

// fieldValues looks a field up also where net/http moves it out of the header.
func fieldValues(response *http.Response, name string) []string {
	if name == "Connection" && response.Close {
		return []string{"close"}
	}
	return response.Header.Values(name)
}

func hasLine(lines []logLine, id string, status int) bool {
	for _, line := range lines {
		if line.id == id && line.status == status {
			return true
		}
	}
	return false
}
