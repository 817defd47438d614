package exchange_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A wire is a Conn under test, in a bubble of virtual time, whose peer is a
// script.
type wire struct {
	*testing.T
	*exchange.Conn
	world  *networktest.Network
	stream *network.Stream
}

const (
	host       = "www.example.com"
	address    = host + ":80"
	tlsAddress = host + ":443"
)

// on runs test on a plain connection to a peer that follows script.
func on(t *testing.T, script func(*networktest.Peer), test func(*wire)) {
	t.Helper()
	within(t, func(t *testing.T, world *networktest.Network) {
		world.Handle(address, script)
		test(open(t, world, address, exchange.Limits{}))
	})
}

// onTLS is on with TLS, which the script has to start too.
func onTLS(t *testing.T, script func(*networktest.Peer), test func(*wire)) {
	t.Helper()
	within(t, func(t *testing.T, world *networktest.Network) {
		world.Handle(tlsAddress, script)
		test(open(t, world, tlsAddress, exchange.Limits{}))
	})
}

func within(t *testing.T, test func(*testing.T, *networktest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, networktest.New(t)) })
}

func open(t *testing.T, world *networktest.Network, address string, limits exchange.Limits) *wire {
	t.Helper()
	conn, err := world.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := network.NewStream(conn)
	t.Cleanup(func() { s.Close() })
	if address == tlsAddress {
		_, roots := networktest.Certificate()
		if err := s.StartTLS(t.Context(), &tls.Config{ServerName: host, RootCAs: roots}); err != nil {
			t.Fatal(err)
		}
	}
	return &wire{T: t, Conn: exchange.New(s, limits), world: world, stream: s}
}

// get is the simplest call.
func get() *exchange.Call { return &exchange.Call{Method: "GET", Target: "/", Host: host} }

// post is a call with a body in memory.
func post(body string) *exchange.Call {
	return &exchange.Call{Method: "POST", Target: "/", Host: host, InMemory: true, Text: body}
}

// upload is a call with a content.
func upload(c exchange.ContentSource) *exchange.Call {
	return &exchange.Call{Method: "POST", Target: "/", Host: host, Content: c}
}

// wantStatus runs the call up to the final head.
func (w *wire) wantStatus(call *exchange.Call, status int) {
	w.Helper()
	head, err := w.Do(w.Context(), call)
	if err != nil {
		w.Fatalf("Do: %v; want status %d", err, status)
	}
	if head.Status != status {
		w.Fatalf("status %d, want %d", head.Status, status)
	}
}

// wantBody reads the rest of the body.
func (w *wire) wantBody(want string) {
	w.Helper()
	got, err := io.ReadAll(w.Conn)
	if err != nil || string(got) != want {
		w.Errorf("the body is %.200q, %v; want %.200q", got, err, want)
	}
}

// wantEnd ends the exchange, closes the stream where it cannot serve on, and
// wants that for the given reason.
func (w *wire) wantEnd(want exchange.Reason) {
	w.Helper()
	got := w.End()
	if got != exchange.Reusable {
		w.stream.Close()
	}
	if got != want {
		w.Errorf("the exchange ended with reason %q, want %q", got, want)
	}
}

// wantExchange is one exchange from its beginning to its end.
func (w *wire) wantExchange(call *exchange.Call, status int, body string, reason exchange.Reason) {
	w.Helper()
	w.wantStatus(call, status)
	w.wantBody(body)
	w.wantEnd(reason)
}

// wantFailure runs a call that fails, and closes the stream, as one must.
func (w *wire) wantFailure(ctx context.Context, call *exchange.Call, guilt exchange.Guilt, phase exchange.Phase, progress exchange.Progress) *exchange.Failure {
	w.Helper()
	head, err := w.Do(ctx, call)
	if err == nil {
		w.Fatalf("Do: status %d, want a failure", head.Status)
	}
	f := asFailure(w.T, err)
	w.stream.Close()
	wantFailure(w.T, f, guilt, phase, progress)
	return f
}

func asFailure(t *testing.T, err error) *exchange.Failure {
	t.Helper()
	var f *exchange.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is a %T (%v), want a *Failure", err, err)
	}
	return f
}

func wantFailure(t *testing.T, f *exchange.Failure, guilt exchange.Guilt, phase exchange.Phase, progress exchange.Progress) {
	t.Helper()
	if f.Guilt != guilt || f.Phase != phase || f.Progress != progress {
		t.Errorf("failed with guilt %d, phase %d, progress %d (%v); want %d, %d, %d",
			f.Guilt, f.Phase, f.Progress, f, guilt, phase, progress)
	}
}

// content is a ContentSource made of functions.
type content struct {
	open func() (io.ReadCloser, error)
	size int64
}

func (c content) Open() (io.ReadCloser, error) { return c.open() }
func (c content) Size() int64                  { return c.size }

// reading is a content that yields what r does.
func reading(r io.Reader, size int64) content {
	return content{func() (io.ReadCloser, error) { return io.NopCloser(r), nil }, size}
}

// answering is a script that reads a request and then writes each text, or
// sleeps where that says so.
func answering(texts ...string) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		p.ReadRequest()
		for _, text := range texts {
			if d, ok := strings.CutPrefix(text, "sleep "); ok {
				pause, _ := time.ParseDuration(d)
				time.Sleep(pause)
				continue
			}
			if p.Closed() {
				return
			}
			p.Write(text)
		}
		p.WaitClosed()
	}
}

func sleeping(d time.Duration) string { return "sleep " + d.String() }
