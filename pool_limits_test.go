package httpx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// holding answers when it is told to.
type holding struct{ gate chan struct{} }

func (h *holding) serve(p *networktest.Peer) {
	for {
		r, ok := p.NextRequest()
		if !ok {
			return
		}
		<-h.gate
		p.Answer(200, r.Target)
	}
}

// The limit for one origin holds its callers back, and nobody else's.
func TestLimitPerOrigin(t *testing.T) {
	onPool(t, PoolOptions{MaxConnectionsPerOrigin: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		a := wantStream(t, p, "http://a.example/")
		done := make(chan struct{})
		go func() {
			wantGet(t, p, "http://a.example/", "hello")
			close(done)
		}()
		wantText(t, p, "<ConnectionPool [1 active, 1 waiting]>")
		wantGet(t, p, "http://b.example/", "hello")
		wantGet(t, p, "http://a.example:8080/", "hello") // another origin
		wantText(t, p, "<ConnectionPool [1 active, 2 idle, 1 waiting]>")
		a.Close()
		<-done
		wantText(t, p, "<ConnectionPool [3 idle]>")
	})
}

// The limit in all: who needs room takes it from another origin's idle one, the
// least recently used.
func TestIdleOfOthersMakesRoom(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 2}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://a.example/", "hello")
		wantGet(t, p, "http://b.example/", "hello")
		wantGet(t, p, "http://a.example/", "hello")
		wantConnections(t, p, `<Connection "http://a.example/" IDLE>`, `<Connection "http://b.example/" IDLE>`)
		wantGet(t, p, "http://c.example/", "hello")
		wantConnections(t, p, `<Connection "http://a.example/" IDLE>`, `<Connection "http://c.example/" IDLE>`)
		if n := p.Snapshot().Totals.Closed["evicted for another key"]; n != 1 {
			t.Errorf("%d were evicted", n)
		}
	})
}

// What is freed goes to the oldest of its own origin, in the order of arrival.
func TestOrderOfArrival(t *testing.T) {
	var h holding
	onPool(t, PoolOptions{MaxConnections: 2}, h.serve, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		h.gate = make(chan struct{})
		var mu sync.Mutex
		var order []string
		var callers sync.WaitGroup
		var want []string
		for i := range 12 {
			target := fmt.Sprintf("/%d", i)
			want = append(want, target)
			callers.Go(func() {
				wantGet(t, p, "http://www.example.com"+target, target)
				mu.Lock()
				defer mu.Unlock()
				order = append(order, target)
			})
			synctest.Wait()
		}
		wantText(t, p, "<ConnectionPool [2 active, 10 waiting]>")
		for range 12 {
			h.gate <- struct{}{}
			synctest.Wait()
		}
		callers.Wait()
		slices.Sort(order[:2]) // these two ran at once
		if !slices.Equal(order, want) {
			t.Errorf("served in the order %v", order)
		}
		if d := n.Dials("*"); d != 2 {
			t.Errorf("%d dials", d)
		}
	})
}

// A freed connection does not lie idle in between: nobody can take it from the
// one it goes to.
func TestDirectHandOver(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		got := make(chan *Response)
		go func() { got <- wantStream(t, p, "http://www.example.com/") }()
		wantText(t, p, "<ConnectionPool [1 active, 1 waiting]>")
		res.Close()
		// Before the waiter has run a step, the connection is his.
		if text := p.String(); text != "<ConnectionPool [1 active]>" {
			t.Errorf("it reads %s", text)
		}
		next := <-got
		next.Close()
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A busy origin cannot starve the others under the limit in all.
func TestNobodyStarves(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://busy.example/")
		var others sync.WaitGroup
		others.Go(func() { wantGet(t, p, "http://quiet.example/", "hello") })
		synctest.Wait()
		done := make(chan struct{})
		var busy sync.WaitGroup
		for range 4 {
			busy.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						wantGet(t, p, "http://busy.example/", "hello")
					}
				}
			})
		}
		synctest.Wait()
		res.Close()
		others.Wait()
		close(done)
		busy.Wait()
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// Waiting is bounded in time, and the error says by which limit it was held.
func TestAcquireTimeout(t *testing.T) {
	tests := map[string]struct {
		options PoolOptions
		urls    []string // held
		words   string
	}{
		"in all":     {PoolOptions{MaxConnections: 2, AcquireTimeout: 5 * time.Second}, []string{"http://a.example/", "http://b.example/"}, "held by MaxConnections 2"},
		"per origin": {PoolOptions{MaxConnectionsPerOrigin: 1, AcquireTimeout: 5 * time.Second}, []string{"http://www.example.com/"}, "held by MaxConnectionsPerOrigin 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onPool(t, test.options, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
				for _, url := range test.urls {
					defer wantStream(t, p, url).Close()
				}
				begin := time.Now()
				_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
				wantTook(t, begin, 5*time.Second)
				e := wantError(t, err, ErrTimeout, PhaseQueue, NotSent)
				if !e.Timeout() || e.After != 5*time.Second || e.Connection != 0 {
					t.Errorf("it says %+v", e)
				}
				wantWords(t, err, test.words, "http://www.example.com", "no connection within 5s")
				if x := e.Exchange(); x.Queued != 5*time.Second || len(x.Attempts) != 0 {
					t.Errorf("the record is %+v", x)
				}
				wantText(t, p, fmt.Sprintf("<ConnectionPool [%d active]>", len(test.urls)))
			})
		})
	}
	// Half a minute, unless told.
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		defer wantStream(t, p, "http://www.example.com/").Close()
		begin := time.Now()
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		wantTook(t, begin, 30*time.Second)
		wantError(t, err, ErrTimeout, PhaseQueue, NotSent)
	})
	// None waits as long as it takes.
	onPool(t, PoolOptions{MaxConnections: 1, AcquireTimeout: None}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		time.AfterFunc(365*24*time.Hour, func() { res.Close() })
		wantGet(t, p, "http://www.example.com/", "hello")
	})
}

// And in number: one more is told so at once.
func TestPoolFull(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1, MaxWaiting: 2}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() { wantGet(t, p, "http://www.example.com/", "hello") })
		}
		wantText(t, p, "<ConnectionPool [1 active, 2 waiting]>")
		begin := time.Now()
		_, err := p.Request(t.Context(), "GET", "http://other.example/")
		wantTook(t, begin, 0)
		e := wantError(t, err, ErrPoolFull, PhaseQueue, NotSent)
		if !errors.Is(err, ErrPoolFull) || e.Timeout() {
			t.Errorf("it is %v", err)
		}
		wantWords(t, err, "2 callers wait already", "held by MaxConnections 1", "http://other.example")
		res.Close()
		callers.Wait()
	})
	onPool(t, PoolOptions{MaxConnections: 1, MaxWaiting: None}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		wantError(t, err, ErrPoolFull, PhaseQueue, NotSent)
		res.Close()
		wantGet(t, p, "http://www.example.com/", "hello")
	})
}

// A caller that gives up leaves at once, and nobody behind is hurt.
func TestGivingUp(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		errWhy := errors.New("the user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		first := make(chan error)
		go func() {
			_, err := p.Request(ctx, "GET", "http://www.example.com/")
			first <- err
		}()
		synctest.Wait()
		second := make(chan struct{})
		go func() {
			wantGet(t, p, "http://www.example.com/", "hello")
			close(second)
		}()
		wantText(t, p, "<ConnectionPool [1 active, 2 waiting]>")
		time.Sleep(time.Second)
		cancel(errWhy)
		err := <-first
		e := wantError(t, err, nil, PhaseQueue, NotSent)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errWhy) || errors.Is(err, ErrTimeout) || e.After != time.Second {
			t.Errorf("it is told as %v", err)
		}
		wantText(t, p, "<ConnectionPool [1 active, 1 waiting]>")
		res.Close()
		<-second
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// MaxIdle bounds what idles.
func TestMaxIdle(t *testing.T) {
	for max, want := range map[int]string{2: "<ConnectionPool [2 idle]>", None: "<ConnectionPool [0 active]>"} {
		onPool(t, PoolOptions{MaxIdle: max}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
			var open []*Response
			for range 4 {
				open = append(open, wantStream(t, p, "http://www.example.com/"))
			}
			wantText(t, p, "<ConnectionPool [4 active]>")
			for _, res := range open {
				wantBody(t, res, "hello")
			}
			wantText(t, p, want)
		})
	}
}

// The defaults are those of the documentation.
func TestDefaultLimits(t *testing.T) {
	p := NewConnectionPool(nil)
	defer p.Close()
	want := LimitsSnapshot{100, 100, 100, 1024, 90 * time.Second, None, 30 * time.Second}
	if got := p.Snapshot().Limits; got != want {
		t.Errorf("the limits are %+v, want %+v", got, want)
	}
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var open []*Response
		for range 100 {
			open = append(open, wantStream(t, p, "http://www.example.com/"))
		}
		var callers sync.WaitGroup
		for range 1024 {
			callers.Go(func() { wantGet(t, p, "http://www.example.com/", "hello") })
		}
		wantText(t, p, "<ConnectionPool [100 active, 1024 waiting]>")
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		wantError(t, err, ErrPoolFull, PhaseQueue, NotSent)
		for _, res := range open {
			res.Close()
		}
		callers.Wait()
		wantText(t, p, "<ConnectionPool [100 idle]>")
	})
	onPool(t, PoolOptions{MaxConnections: Unlimited, MaxWaiting: Unlimited}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var open []*Response
		for range 200 {
			open = append(open, wantStream(t, p, "http://www.example.com/"))
		}
		wantText(t, p, "<ConnectionPool [200 active]>")
		for _, res := range open {
			res.Close()
		}
	})
}

// Whose context ends while it waits is told what held it.
func TestWaitThatEndsSaysWhatHeldIt(t *testing.T) {
	for _, test := range []struct {
		name    string
		options PoolOptions
		delay   time.Duration // of a dial
		want    string
	}{
		{"a dial", PoolOptions{}, 5 * time.Second, "context deadline exceeded, held by a dial under way"},
		{"the limit", PoolOptions{MaxConnections: 1}, 0, "context deadline exceeded, held by MaxConnections 1"},
		{"that of an origin", PoolOptions{MaxConnections: 2, MaxConnectionsPerOrigin: 1}, 0, "context deadline exceeded, held by MaxConnectionsPerOrigin 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			onPool(t, test.options, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				if test.delay == 0 {
					res, err := p.Stream(t.Context(), "GET", "http://www.example.com/")
					if err != nil {
						t.Fatal(err)
					}
					defer res.Close()
				}
				n.Delay("*", test.delay)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := p.Request(ctx, "GET", "http://www.example.com/")
				if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), test.want) {
					t.Errorf("%v, want a timeout that ends in %q", err, test.want)
				}
				time.Sleep(test.delay) // the dial goes on
			})
		})
	}
}
