package nethttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A recorder answers each request with the same bytes, and writes down what it
// was asked.
type recorder struct {
	address string
	answer  string

	mu    sync.Mutex
	seen  []string
	conns []net.Conn
}

// record listens on loopback until the test ends. Where close is set, the
// connection ends with the answer.
func record(t *testing.T, answer string, close bool) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rec := &recorder{address: l.Addr().String(), answer: answer}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		rec.hangUp()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			rec.mu.Lock()
			rec.conns = append(rec.conns, conn)
			rec.mu.Unlock()
			serving.Go(func() {
				defer conn.Close()
				rec.talk(conn, close)
			})
		}
	})
	return rec
}

// hangUp closes every connection.
func (rec *recorder) hangUp() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, conn := range rec.conns {
		conn.Close()
	}
}

func (rec *recorder) talk(conn net.Conn, close bool) {
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			if err != io.EOF {
				rec.note(fmt.Sprintf("unreadable: %v", err))
			}
			return
		}
		if r.Header.Get("Expect") == "100-continue" {
			io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		body, err := io.ReadAll(r.Body)
		rec.note(rec.describe(r, body, err))
		io.WriteString(conn, rec.answer)
		if close {
			return
		}
	}
}

// describe says of a request what both transports should send alike: all but
// the order of its fields and the sizes of its chunks.
func (rec *recorder) describe(r *http.Request, body []byte, err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\nhost %s\n", r.Method, r.RequestURI, r.Proto, strings.ReplaceAll(r.Host, rec.address, "ADDRESS"))
	describeHeader(&b, "", r.Header)
	fmt.Fprintf(&b, "length %d, coding %v\nbody %q, %v\n", r.ContentLength, r.TransferEncoding, body, err)
	describeHeader(&b, "trailer ", r.Trailer)
	return b.String()
}

func describeHeader(b *strings.Builder, prefix string, h http.Header) {
	var lines []string
	for name, values := range h {
		lines = append(lines, fmt.Sprintf("%s%s: %q\n", prefix, name, values))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
}

func (rec *recorder) note(text string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.seen = append(rec.seen, text)
}

func (rec *recorder) all() string {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return strings.Join(rec.seen, "\n")
}

// describeResponse says all that a caller sees of a response, and reads it.
func describeResponse(res *http.Response, err error) string {
	if err != nil {
		return "error"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %q %s %d.%d\n", res.StatusCode, res.Status, res.Proto, res.ProtoMajor, res.ProtoMinor)
	describeHeader(&b, "", res.Header)
	fmt.Fprintf(&b, "length %d, coding %v, close %v, uncompressed %v, no body %v, TLS %v\n",
		res.ContentLength, res.TransferEncoding, res.Close, res.Uncompressed, res.Body == http.NoBody, res.TLS != nil)
	describeHeader(&b, "announced ", res.Trailer)
	body, err := io.ReadAll(res.Body)
	fmt.Fprintf(&b, "body %q, failed %v\n", body, err != nil)
	describeHeader(&b, "trailer ", res.Trailer)
	fmt.Fprintf(&b, "closed %v\n", res.Body.Close())
	_, err = res.Body.Read(make([]byte, 1))
	if res.Body == http.NoBody {
		err = nil // which knows no Close
	}
	fmt.Fprintf(&b, "then failed %v\n", err != nil)
	return b.String()
}
