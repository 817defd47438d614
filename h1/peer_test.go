package h1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// outcome is all that reading one message showed.
type outcome struct {
	head     string
	framing  Framing
	body     string
	trailers string
	rest     string // what is left on the stream behind it
	err      error
}

// readMessage reads one message from src, by slices of bodyBytes, or by WriteTo
// where that is 0. It tries again after errTimeout.
func readMessage(m *message, src io.Reader, bodyBytes int) (o outcome) {
	r := NewReader(src, m.limits)
	o.head, o.framing, o.err = readHeadOf(m, r)
	if o.err != nil {
		return o
	}
	r.Begin(o.framing)
	var body bytes.Buffer
	o.err = readBody(r, &body, bodyBytes)
	o.body = body.String()
	if o.err != nil {
		return o
	}
	o.trailers = fieldsText(r.Trailers())
	o.rest = string(r.Peek())
	r.Discard(r.Buffered())
	rest, _ := io.ReadAll(patient{src})
	o.rest += string(rest)
	return o
}

func readHeadOf(m *message, r *Reader) (text string, f Framing, err error) {
	if m.request {
		var h RequestHead
		if err = retry(func() error { return r.ReadRequest(&h) }); err != nil {
			return "", f, err
		}
		f, err = h.Framing()
		return requestText(&h), f, err
	}
	var h ResponseHead
	if err = retry(func() error { return r.ReadResponse(&h) }); err != nil {
		return "", f, err
	}
	method := m.method
	if method == "" {
		method = "GET"
	}
	f, err = h.Framing(method)
	return responseText(&h), f, err
}

func readBody(r *Reader, to *bytes.Buffer, bodyBytes int) error {
	if bodyBytes == 0 {
		return retry(func() error {
			_, err := r.WriteTo(to)
			return err
		})
	}
	p := make([]byte, bodyBytes)
	for {
		n, err := r.Read(p)
		to.Write(p[:n])
		if err == errTimeout {
			continue
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func responseText(h *ResponseHead) string {
	return fmt.Sprintf("%d.%d %d %s", h.Version.Major, h.Version.Minor, h.Status, h.Reason) + behind(h.Fields)
}

func requestText(h *RequestHead) string {
	return fmt.Sprintf("%s %s %d.%d", h.Method, h.Target, h.Version.Major, h.Version.Minor) + behind(h.Fields)
}

func behind(fields [][2]string) string {
	if len(fields) == 0 {
		return ""
	}
	return "|" + fieldsText(fields)
}

func fieldsText(fields [][2]string) string {
	var lines []string
	for _, f := range fields {
		lines = append(lines, f[0]+": "+f[1])
	}
	return strings.Join(lines, "|")
}

// pieces is a stream that gives one piece a read, and between two of them, if
// told so, a timeout.
type pieces struct {
	left     []string
	timeouts bool
	late     bool // the timeout was there
	eofWith  bool // io.EOF comes with the last bytes
}

var errTimeout = errors.New("timeout")

func (s *pieces) Read(p []byte) (int, error) {
	if s.timeouts && !s.late {
		s.late = true
		return 0, errTimeout
	}
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.left[0])
	if s.left[0] = s.left[0][n:]; s.left[0] == "" {
		s.left = s.left[1:]
		s.late = false
	}
	if s.eofWith && len(s.left) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// singleBytes cuts s into pieces of one byte.
func singleBytes(s string) []string {
	var cut []string
	for i := range len(s) {
		cut = append(cut, s[i:i+1])
	}
	return cut
}

// patient tries again after a timeout.
type patient struct{ src io.Reader }

func (s patient) Read(p []byte) (n int, err error) {
	err = retry(func() error {
		n, err = s.src.Read(p)
		return err
	})
	return n, err
}

func retry(do func() error) error {
	for {
		if err := do(); err != errTimeout {
			return err
		}
	}
}

// wantOutcome compares what was read with what the table says.
func (m *message) wantOutcome(t *testing.T, how string, got outcome) {
	t.Helper()
	if m.isBad() {
		m.wantError(t, how, got.err)
		return
	}
	want := outcome{m.head, m.framing, m.body, m.trailers, m.rest, nil}
	if got != want {
		t.Fatalf("%s:\n got %+v\nwant %+v", how, got, want)
	}
}

func (m *message) wantError(t *testing.T, how string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: error %v (%T), want an *Error", how, err, err)
	}
	if !strings.Contains(e.Where, m.where) || !strings.Contains(e.What, m.what) {
		t.Fatalf("%s: error %q, want %q and %q in it", how, e, m.where, m.what)
	}
	status := m.status
	if status == 0 {
		status = 400
	}
	if e.Status() != status {
		t.Fatalf("%s: error %q suggests status %d, want %d", how, e, e.Status(), status)
	}
	if isLarge := m.limits != (Limits{}); errors.Is(err, ErrTooLarge) != isLarge {
		t.Fatalf("%s: error %q is ErrTooLarge: %t, want %t", how, e, !isLarge, isLarge)
	}
}
