package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Helpers of the tests of connections and pools. They run in a bubble of
// virtual time, with a network whose servers are scripts; what String says
// after each step is what they go by.

// inBubble runs test with a network of its own.
func inBubble(t *testing.T, test func(*testing.T, *networktest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, networktest.New(t)) })
}

// on is the way to a network, and none around it.
func on(n *networktest.Network) ConnectionOptions {
	_, roots := networktest.Certificate()
	return ConnectionOptions{Backend: n, TLS: &tls.Config{RootCAs: roots}, Route: noRoute}
}

// newTestPool makes a pool on n, and wants it to be empty at the end.
func newTestPool(t *testing.T, n *networktest.Network, o PoolOptions) *ConnectionPool {
	t.Helper()
	if o.Connection.Backend == nil {
		o.Connection = on(n)
	}
	p := NewConnectionPool(&o)
	t.Cleanup(func() {
		p.Close()
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
	return p
}

// openTest opens a connection that is closed at the end.
func openTest(t *testing.T, n *networktest.Network, url string) *Connection {
	t.Helper()
	o := on(n)
	c, err := OpenConnection(t.Context(), url, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// onConnection runs test on a connection to a server that follows script.
func onConnection(t *testing.T, script func(*networktest.Peer), test func(*testing.T, *Connection)) {
	t.Helper()
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", script)
		test(t, openTest(t, n, "http://www.example.com/"))
	})
}

// onPool runs test on a pool whose servers all follow script.
func onPool(t *testing.T, o PoolOptions, script func(*networktest.Peer), test func(*testing.T, *ConnectionPool, *networktest.Network)) {
	t.Helper()
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", script)
		test(t, newTestPool(t, n, o), n)
	})
}

// wantText compares a text form, once everybody has come to rest.
func wantText(t *testing.T, x fmt.Stringer, want string) {
	t.Helper()
	synctest.Wait()
	if got := x.String(); got != want {
		t.Errorf("it reads %s, want %s", got, want)
	}
}

// wantConnections compares the text forms of all connections of a pool.
func wantConnections(t *testing.T, p *ConnectionPool, want ...string) {
	t.Helper()
	synctest.Wait()
	var got []string
	for _, c := range p.Connections() {
		got = append(got, c.String())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the connections are %v, want %v", got, want)
	}
}

// A sender is a pool or a connection.
type sender interface {
	Transport
	Stream(ctx context.Context, method, url string, options ...RequestOption) (*Response, error)
	Request(ctx context.Context, method, url string, options ...RequestOption) (*Response, error)
}

// wantGet gets a URL, whole.
func wantGet(t *testing.T, s sender, url, body string) *Response {
	t.Helper()
	res, err := s.Request(t.Context(), "GET", url)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	wantBody(t, res, body)
	return res
}

// wantStream begins to get a URL.
func wantStream(t *testing.T, s sender, url string) *Response {
	t.Helper()
	res, err := s.Stream(t.Context(), "GET", url)
	if err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
	return res
}

func wantBody(t *testing.T, res *Response, want string) {
	t.Helper()
	got, err := res.Text()
	if err != nil || got != want {
		t.Errorf("the body is %.100q, %v; want %.100q", got, err, want)
	}
}

// wantError wants an *Error of a kind (nil: of none), a phase and a progress.
func wantError(t *testing.T, err error, kind error, phase Phase, progress Progress) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T (%v), want an *Error", err, err)
	}
	if e.Kind != kind || e.Phase != phase || e.Progress != progress {
		t.Errorf("the error is %v: kind %v, phase %v, %v; want %v, %v, %v", e, e.Kind, e.Phase, e.Progress, kind, phase, progress)
	}
	return e
}

// wantWords wants all of these in the text of the error.
func wantWords(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error %q does not say %q", err, w)
		}
	}
}

func wantTook(t *testing.T, begin time.Time, want time.Duration) {
	t.Helper()
	if took := time.Since(begin); took != want {
		t.Errorf("it took %v, want %v", took, want)
	}
}

// hello answers each request with "hello", until the client ends.
var hello = networktest.Always(200, "hello")

// helloAnyway is hello to clients that may have left by then.
func helloAnyway(p *networktest.Peer) {
	for _, ok := p.NextRequest(); ok; _, ok = p.NextRequest() {
		io.WriteString(p.Conn(), networktest.AppendAnswer(200, "hello"))
	}
}

// secure is a script on TLS.
func secure(script func(*networktest.Peer)) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		p.TLS(nil)
		script(p)
	}
}

// silent reads a request and says nothing.
func silent(p *networktest.Peer) {
	p.ReadRequest()
	p.WaitClosed()
}

// answering is a script that reads one request and answers it with raw text.
func answering(texts ...string) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		p.ReadRequest()
		for _, text := range texts {
			p.Write(text)
		}
		p.WaitClosed()
	}
}

// blocking is a reader that gives nothing until it is closed.
type blocking struct{ closed chan struct{} }

func newBlocking() *blocking { return &blocking{make(chan struct{})} }

func (b *blocking) Read([]byte) (int, error) {
	<-b.closed
	return 0, io.ErrClosedPipe
}

func (b *blocking) Close() error {
	close(b.closed)
	return nil
}

// wantNoWords wants none of these in the text of the error.
func wantNoWords(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(err.Error(), w) {
			t.Errorf("the error %q says %q", err, w)
		}
	}
}
