package httpx

import (
	"context"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// A response that is dropped unread is reported with the stack that took it,
// and its connection does not stay leased for ever.
func TestLeakedResponseIsReported(t *testing.T) {
	n := networktest.New(t)
	n.Handle("*", func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "never read")
		p.WaitClosed()
	})
	leaks := make(chan Leak, 1)
	p := NewConnectionPool(&PoolOptions{
		Connection: ConnectionOptions{Backend: n, Route: noRoute},
		Leaks:      &LeakOptions{Report: func(l Leak) { leaks <- l }, Stacks: true},
	})
	defer p.Close()
	takeAndForget(t, p)
	for range 100 {
		runtime.GC()
		select {
		case l := <-leaks:
			text := l.String()
			for _, want := range []string{"neither read to its end nor closed", "GET http://a.example/x?q=…", "takeAndForget"} {
				if !strings.Contains(text, want) {
					t.Errorf("the report lacks %q:\n%s", want, text)
				}
			}
			waitFor(t, p, "<ConnectionPool [0 active]>")
			return
		default:
			runtime.Gosched()
		}
	}
	t.Fatal("the leak was not reported")
}

//go:noinline
func takeAndForget(t *testing.T, p *ConnectionPool) {
	res, err := p.Stream(context.Background(), "GET", "http://a.example/x?q=secret")
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
}

// waitFor gives what runs on other goroutines the time to get there.
func waitFor(t *testing.T, p *ConnectionPool, want string) {
	t.Helper()
	for range 1_000_000 {
		if p.String() == want {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("the pool is %s, want %s", p, want)
}

func TestClosedResponseIsNoLeak(t *testing.T) {
	n := networktest.New(t)
	n.Handle("*", func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "read")
		p.WaitClosed()
	})
	p := NewConnectionPool(&PoolOptions{
		Connection: ConnectionOptions{Backend: n, Route: noRoute},
		Leaks:      &LeakOptions{Report: func(l Leak) { t.Error(l) }},
	})
	defer p.Close()
	res, err := p.Request(context.Background(), "GET", "http://a.example/")
	if err != nil {
		t.Fatal(res, err)
	}
	for range 10 {
		runtime.GC()
	}
}

func TestLeakedPoolIsReported(t *testing.T) {
	leaks := make(chan Leak, 1)
	func() {
		NewConnectionPool(&PoolOptions{Leaks: &LeakOptions{Report: func(l Leak) { leaks <- l }}})
		closed := NewConnectionPool(&PoolOptions{Leaks: &LeakOptions{Report: func(l Leak) { t.Error("a closed pool is reported") }}})
		closed.Close()
	}()
	for range 100 {
		runtime.GC()
		select {
		case l := <-leaks:
			if got := l.String(); got != "httpx: leak: pool was not closed" {
				t.Error(got)
			}
			return
		default:
			runtime.Gosched()
		}
	}
	t.Fatal("the leak was not reported")
}

func TestLongLeaseIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := networktest.New(t)
		n.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "slowly read")
			p.WaitClosed()
		})
		reports := make(chan Leak, 10)
		p := NewConnectionPool(&PoolOptions{
			Connection: ConnectionOptions{Backend: n, Route: noRoute},
			Leaks:      &LeakOptions{Report: func(l Leak) { reports <- l }, HeldFor: 5 * time.Second},
		})
		res, err := p.Stream(context.Background(), "GET", "http://a.example/")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if len(reports) != 0 {
			t.Errorf("reported too early: %v", <-reports)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(reports) != 1 {
			t.Errorf("%d reports, want one of the lease", len(reports))
		} else if l := <-reports; l.Kind != LeakedLease {
			t.Errorf("reported: %v", l)
		}
		res.Close()
		p.Close()
		synctest.Wait()
	})
}

// noRoute keeps the environment of the machine out of a test.
func noRoute(*url.URL) (Route, error) { return nil, nil }
