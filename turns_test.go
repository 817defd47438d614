package httpx

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Requests on a connection go strictly in turn, first come first served, and
// the next is not written before the last was answered and read.
func TestTurnsInOrder(t *testing.T) {
	var asked []string
	onConnection(t, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			asked = append(asked, r.Target)
			time.Sleep(time.Second)
			p.Answer(200, r.Target)
		}
	}, func(t *testing.T, c *Connection) {
		var callers sync.WaitGroup
		var want []string
		for i := range 10 {
			url := fmt.Sprint("/", i)
			want = append(want, url)
			callers.Go(func() { wantGet(t, c, url, url) })
			synctest.Wait()
		}
		wantText(t, c, `<Connection "http://www.example.com/" ACTIVE>`)
		callers.Wait()
		if !slices.Equal(asked, want) {
			t.Errorf("asked in the order %v", asked)
		}
		wantText(t, c, `<Connection "http://www.example.com/" IDLE>`)
	})
}

// An open body holds the turn.
func TestOpenBodyHoldsTheTurn(t *testing.T) {
	onConnection(t, hello, func(t *testing.T, c *Connection) {
		res := wantStream(t, c, "/")
		next := make(chan *Response)
		go func() { next <- wantGet(t, c, "/", "hello") }()
		time.Sleep(time.Hour)
		select {
		case <-next:
			t.Error("the next request did not wait")
		default:
		}
		res.Close()
		<-next
	})
}

// Who gives up leaves the queue at once, and nobody behind is hurt.
func TestLeavingTheQueue(t *testing.T) {
	onConnection(t, hello, func(t *testing.T, c *Connection) {
		res := wantStream(t, c, "/")
		ctx, cancel := context.WithCancel(t.Context())
		deadline, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var callers sync.WaitGroup
		begin := time.Now()
		callers.Go(func() {
			_, err := c.Request(ctx, "GET", "/")
			e := wantError(t, err, nil, PhaseQueue, NotSent)
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) || e.Timeout() {
				t.Errorf("a cancellation is told as %v", err)
			}
			wantTook(t, begin, time.Second)
		})
		callers.Go(func() {
			_, err := c.Request(deadline, "GET", "/")
			e := wantError(t, err, ErrTimeout, PhaseQueue, NotSent)
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrTimeout) || !e.Timeout() || e.After != time.Minute {
				t.Errorf("a deadline is told as %v", err)
			}
			wantWords(t, err, "http://www.example.com", "after 1m0s")
		})
		synctest.Wait()
		callers.Go(func() { wantGet(t, c, "/", "hello") })
		synctest.Wait()
		if n := c.owner.(*turns).waiting(); n != 3 {
			t.Errorf("%d wait, want 3", n)
		}
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		if n := c.owner.(*turns).waiting(); n != 2 {
			t.Errorf("%d wait after one left, want 2", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		res.Close()
		callers.Wait()
		wantText(t, c, `<Connection "http://www.example.com/" IDLE>`)
	})
}

// A context that has ended already costs neither the turn nor the connection.
func TestEndedContextLeavesTheConnection(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	onConnection(t, hello, func(t *testing.T, c *Connection) {
		for range 3 {
			_, err := c.Request(ended, "GET", "/")
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
				t.Errorf("the error is %v", err)
			}
		}
		wantGet(t, c, "/", "hello")
	})
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		wantGet(t, p, "http://www.example.com/", "hello")
		for range 3 {
			if _, err := p.Request(ended, "GET", "http://www.example.com/"); !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v", err)
			}
			wantText(t, p, "<ConnectionPool [1 idle]>")
		}
		wantGet(t, p, "http://www.example.com/", "hello")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
}

// Close ends the exchange that runs, and everyone in the queue, at once.
func TestCloseEndsTheQueue(t *testing.T) {
	onConnection(t, silent, func(t *testing.T, c *Connection) {
		var callers sync.WaitGroup
		begin := time.Now()
		for i := range 5 {
			callers.Go(func() {
				_, err := c.Request(t.Context(), "GET", "/")
				if !errors.Is(err, ErrClosed) {
					t.Errorf("caller %d: %v", i, err)
				}
				wantWords(t, err, "closed by the caller")
			})
		}
		time.Sleep(time.Second)
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		callers.Wait()
		wantTook(t, begin, time.Second)
		_, err := c.Request(t.Context(), "GET", "/")
		wantError(t, err, ErrClosed, PhaseQueue, NotSent)
		wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)
	})
}

// Where the exchange that runs costs the connection, those who wait hear why;
// it never redials.
func TestQueueOfAConnectionThatEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			time.Sleep(time.Second)
			p.Answer(200, "last", "Connection: close")
			p.WaitClosed()
		})
		c := openTest(t, n, "http://www.example.com/")
		var callers sync.WaitGroup
		callers.Go(func() { wantGet(t, c, "/", "last") })
		synctest.Wait()
		for range 3 {
			callers.Go(func() {
				_, err := c.Request(t.Context(), "GET", "/")
				wantError(t, err, ErrClosed, PhaseQueue, NotSent)
				wantWords(t, err, "peer asked to close")
			})
		}
		callers.Wait()
		wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
}

// Many callers with many endings leave the connection as it should be.
func TestTurnsStorm(t *testing.T) {
	onConnection(t, hello, func(t *testing.T, c *Connection) {
		random := rand.New(rand.NewSource(1))
		var callers sync.WaitGroup
		for range 500 {
			wait := time.Duration(random.Intn(1000)) * time.Microsecond
			patience := time.Duration(random.Intn(1000)) * time.Microsecond
			hold := time.Duration(random.Intn(10)) * time.Microsecond
			read := random.Intn(2) == 0
			callers.Go(func() {
				time.Sleep(wait)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				res, err := c.Stream(ctx, "GET", "/")
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrClosed) {
						t.Errorf("a request ended with %v", err)
					}
					return
				}
				time.Sleep(hold)
				if read {
					res.Bytes()
				}
				res.Close()
			})
		}
		callers.Wait()
		synctest.Wait()
		turns := c.owner.(*turns)
		if n := turns.waiting(); n != 0 {
			t.Errorf("%d wait still", n)
		}
		if state := c.State(); state != Idle && state != Closed {
			t.Errorf("the connection is %v", state)
		}
	})
}

// URLs may be relative to the origin; another origin's is an error, and costs
// nothing.
func TestConnectionStaysWithItsOrigin(t *testing.T) {
	onConnection(t, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			p.Answer(200, r.Target)
		}
	}, func(t *testing.T, c *Connection) {
		for url, target := range map[string]string{
			"":                                    "/",
			"/":                                   "/",
			"a/b":                                 "/a/b",
			"/a?b=c#d":                            "/a?b=c",
			"?q":                                  "/?q",
			"//www.example.com/x":                 "/x",
			"http://www.example.com:80/y":         "/y",
			"HTTP://WWW.EXAMPLE.COM/z":            "/z",
			"http://user:pw@www.example.com/u":    "/u",
			"/sp%20ace/%C3%BC":                    "/sp%20ace/%C3%BC",
			"/ü":                                  "/%C3%BC",
			"http://www.example.com?only=queries": "/?only=queries",
		} {
			wantGet(t, c, url, target)
		}
		for _, url := range []string{
			"http://other.example/", "https://www.example.com/", "http://www.example.com:8080/", "ftp://www.example.com/",
			"//other.example/", "mailto:x@example.com", "http:///nohost", "http://www.example.com:0x50/",
		} {
			if _, err := c.Request(t.Context(), "GET", url); err == nil {
				t.Errorf("%q was sent", url)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has lines: %q", err)
			}
		}
		wantText(t, c, `<Connection "http://www.example.com/" IDLE>`)
	})
}

// What belongs to a pool is there to be looked at.
func TestPooledConnectionsAreNotLent(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		wantGet(t, p, "http://other.example/", "hello")
		for _, c := range p.Connections() {
			req := mustRequest(t, "GET", c.origin.String())
			_, err1 := c.Send(t.Context(), req)
			_, err2 := c.Request(t.Context(), "GET", "/")
			_, err3 := c.Stream(t.Context(), "GET", "/")
			err4 := c.SendInto(t.Context(), req, new(Response))
			_, _, err5 := c.Upgrade(t.Context(), "GET", "/", Headers{{"Upgrade", "x"}})
			for i, err := range []error{err1, err2, err3, err4, err5} {
				if !errors.Is(err, ErrPooled) {
					t.Errorf("sending, way %d: %v", i+1, err)
				}
			}
			if s := c.Snapshot(); s.State != c.State() {
				t.Errorf("the snapshot says %v", s.State)
			}
		}
		wantText(t, p, "<ConnectionPool [1 active, 1 idle]>")
		wantBody(t, res, "hello")
	})
}
