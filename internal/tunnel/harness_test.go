package tunnel

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const (
	target = "www.example.com:443"

	connectTarget = "CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n"
	established   = "HTTP/1.1 200 Connection established\r\n\r\n"
)

// hop is a proxy of that kind at one.test, two.test and so on.
func hop(kind Kind, name string) Hop {
	address := name + ".test:8080"
	h := Hop{Kind: kind, Address: address, Visible: kind.String() + "://" + address}
	if kind == HTTPS {
		h.TLS = trusting(name + ".test")
	}
	return h
}

// withCredentials is the hop with a user and a password.
func (h Hop) withCredentials(user, password string) Hop {
	h.User, h.Password, h.HasCredentials = user, password, true
	return h
}

// A trip is one walker in a world where one script plays all servers behind the
// first hop's address: they share one stream.
type trip struct {
	t      *testing.T
	world  *networktest.Network
	hops   []Hop
	walker *Walker
}

// inTrip runs a test in a bubble. The script serves each connection to the
// first hop.
func inTrip(t *testing.T, hops []Hop, o Options, script func(*networktest.Peer), test func(*testing.T, *trip)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tr := &trip{t: t, world: networktest.New(t), hops: hops, walker: NewWalker(hops, o)}
		tr.world.Handle(hops[0].Address, script)
		test(t, tr)
	})
}

// walk dials and walks once.
func (tr *trip) walk(ctx context.Context, target string) (*network.Stream, error) {
	tr.t.Helper()
	conn, err := tr.world.DialContext(tr.t.Context(), "tcp", tr.hops[0].Address)
	if err != nil {
		tr.t.Fatal(err)
	}
	s := network.NewStream(conn)
	tr.t.Cleanup(func() { s.Close() })
	synctest.Wait() // what the script does first comes first
	err = tr.walker.Walk(ctx, s, target)
	if err != nil && tr.world.Open() > 0 {
		tr.t.Errorf("after %v: %d streams are open, want them closed", err, tr.world.Open())
	}
	return s, err
}

// arrive walks as an owner does, dialling as long as that is worth it.
func (tr *trip) arrive(target string) (*network.Stream, error) {
	tr.t.Helper()
	for tries := 1; ; tries++ {
		s, err := tr.walk(tr.t.Context(), target)
		if !tr.walker.Again(err) {
			return s, err
		}
		if tries > 5 {
			tr.t.Fatalf("dialled %d times and is told to go on", tries)
		}
	}
}

// arriveAtOnce is arrive for one of several goroutines.
func (tr *trip) arriveAtOnce() (*network.Stream, error) {
	for {
		conn, err := tr.world.DialContext(tr.t.Context(), "tcp", tr.hops[0].Address)
		if err != nil {
			return nil, err
		}
		s := network.NewStream(conn)
		err = tr.walker.Walk(tr.t.Context(), s, target)
		if !tr.walker.Again(err) {
			return s, err
		}
	}
}

// mustArrive is arrive that has to succeed.
func (tr *trip) mustArrive() *network.Stream {
	tr.t.Helper()
	s, err := tr.arrive(target)
	if err != nil {
		tr.t.Fatalf("the walk failed: %v", err)
	}
	return s
}

// wantEcho says ping over s and wants pong, after a time in which a deadline
// left behind would have passed.
func (tr *trip) wantEcho(s *network.Stream) {
	tr.t.Helper()
	time.Sleep(24 * time.Hour)
	if _, err := io.WriteString(s, "ping"); err != nil {
		tr.t.Fatalf("writing to the target: %v", err)
	}
	buf := make([]byte, 4)
	if _, err := io.ReadFull(s, buf); err != nil || string(buf) != "pong" {
		tr.t.Fatalf("the target said %q, %v; want pong", buf, err)
	}
}

// echo is the target's part of wantEcho.
func echo(p *networktest.Peer) {
	p.Expect("ping")
	p.Write("pong")
	p.WaitClosed()
}

// fault is err as an *Error of the kind.
func fault(t *testing.T, err, kind error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v (%T), want an *Error", err, err)
	}
	if e.Kind != kind {
		t.Fatalf("the kind of %q is %v, want %v", e, e.Kind, kind)
	}
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("errors.Is does not find the kind of %q", e)
	}
	return e
}

// names resolves names of a table.
func names(table map[string][]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) (found []netip.Addr, err error) {
		texts, known := table[host]
		if !known {
			return nil, errors.New("no such host " + host)
		}
		for _, text := range texts {
			found = append(found, netip.MustParseAddr(text))
		}
		return found, nil
	}
}
