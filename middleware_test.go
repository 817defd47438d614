package httpx

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A script is a Transport that answers from a function and keeps what it was
// sent. It opens and reads the content of each request, as a connection does.
type script struct {
	answer func(req *Request) (*Response, error)

	mu     sync.Mutex
	sent   []*Request
	bodies []string
	closed int
}

func (s *script) Send(_ context.Context, req *Request) (*Response, error) {
	body, err := contentOf(req)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.sent = append(s.sent, req)
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	res, err := s.answer(req)
	if res != nil && res.Request == nil {
		res.Request = req
	}
	return res, err
}

func (s *script) Close() error {
	s.closed++
	return nil
}

func contentOf(req *Request) (string, error) {
	if req.Content == nil {
		return "", nil
	}
	r, err := req.Content.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

// last is the request that was sent last.
func (s *script) last(t *testing.T) *Request {
	t.Helper()
	if len(s.sent) == 0 {
		t.Fatal("nothing was sent")
	}
	return s.sent[len(s.sent)-1]
}

// answerWith is a script that gives these responses one after the other.
func answerWith(responses ...*Response) *script {
	s := new(script)
	s.answer = func(*Request) (*Response, error) {
		if len(responses) == 0 {
			return nil, fmt.Errorf("the script has no answer to request %d", len(s.sent))
		}
		res := responses[0]
		responses = responses[1:]
		return res, nil
	}
	return s
}

// respond makes a response; fields are names and values in turn.
func respond(status int, body string, fields ...string) *Response {
	res := &Response{StatusCode: status, Proto: "HTTP/1.1", Body: &bodyProbe{Reader: strings.NewReader(body)}}
	for i := 0; i < len(fields); i += 2 {
		res.Headers.Add(fields[i], fields[i+1])
	}
	return res
}

// A bodyProbe knows what became of it.
type bodyProbe struct {
	io.Reader
	atEnd  bool
	closed bool
}

func (b *bodyProbe) Read(p []byte) (int, error) {
	if b.closed && !b.atEnd {
		return 0, errBodyClosed
	}
	n, err := b.Reader.Read(p)
	b.atEnd = b.atEnd || err == io.EOF
	return n, err
}

func (b *bodyProbe) Close() error {
	b.closed = true
	return nil
}

func mustRequest(t *testing.T, method, url string, options ...RequestOption) *Request {
	t.Helper()
	req, err := NewRequest(method, url, options...)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func mustSend(t *testing.T, tr Transport, req *Request) *Response {
	t.Helper()
	res, err := tr.Send(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func mustURL(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// lines is the fields in a form that a failing test can show: nothing redacted.
func lines(h Headers) string {
	var b strings.Builder
	for name, value := range h.All() {
		b.WriteString(name + ": " + value + "\n")
	}
	return b.String()
}
