package httpx

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Close ends what idles, dials and waits at once, and leaves exchanges to their
// end; what is sent afterwards is ErrPoolClosed.
func TestPoolClose(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		n.Handle("slow.example:443", func(p *networktest.Peer) { p.WaitClosed() })
		p := newTestPool(t, n, PoolOptions{MaxConnectionsPerOrigin: 1})
		wantGet(t, p, "http://idle.example/", "hello")
		res := wantStream(t, p, "http://www.example.com/")
		var callers sync.WaitGroup
		begin := time.Now()
		for _, url := range []string{"https://slow.example/", "http://www.example.com/"} {
			callers.Go(func() {
				_, err := p.Request(t.Context(), "GET", url)
				e := wantError(t, err, ErrPoolClosed, PhaseQueue, NotSent)
				if !errors.Is(err, ErrClosed) || !errors.Is(err, ErrPoolClosed) || e.Origin == "" {
					t.Errorf("it is told as %v", err)
				}
				wantTook(t, begin, time.Second)
			})
			synctest.Wait()
		}
		wantText(t, p, "<ConnectionPool [1 connecting, 1 active, 1 idle, 1 waiting]>")
		time.Sleep(time.Second)
		for range 2 {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
		callers.Wait()
		wantText(t, p, "<ConnectionPool [1 active]>")
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
		wantError(t, err, ErrPoolClosed, PhaseQueue, NotSent)
		wantWords(t, err, "pool closed", "http://www.example.com")
		wantBody(t, res, "hello")
		wantText(t, p, "<ConnectionPool [0 active]>")
		if open := n.Open(); open != 0 {
			t.Errorf("%d connections are open", open)
		}
	})
}

// Shutdown waits for what runs, or for its context.
func TestPoolShutdown(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		if err := p.Shutdown(t.Context()); err != nil {
			t.Errorf("of an empty pool: %v", err)
		}
		if err := p.Shutdown(t.Context()); err != nil {
			t.Errorf("twice: %v", err)
		}
	})
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://idle.example/", "hello")
		res := wantStream(t, p, "http://www.example.com/")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		err := p.Shutdown(ctx)
		wantTook(t, begin, time.Second)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
		wantWords(t, err, "<ConnectionPool [1 active]>")
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if err := p.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				wantTook(t, begin, time.Minute)
			})
		}
		time.Sleep(time.Minute - time.Second)
		wantBody(t, res, "hello")
		both.Wait()
	})
}

// Connection.Close on what a pool holds ends it through the pool, in each
// state.
func TestClosePooledConnection(t *testing.T) {
	const url = "http://www.example.com/"
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		// Idle.
		wantGet(t, p, url, "hello")
		c := p.Connections()[0]
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		wantText(t, p, poolEmpty)
		wantText(t, c, `<Connection "http://www.example.com/" CLOSED>`)

		// Active, with a body that is read.
		res := wantStream(t, p, url)
		c = p.Connections()[0]
		c.Close()
		if _, err := res.Bytes(); err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("the body ended with %v", err)
		}
		wantText(t, p, poolEmpty)

		// Active, and its body is closed.
		res = wantStream(t, p, url)
		p.Connections()[0].Close()
		res.Close()
		wantText(t, p, poolEmpty)
	})
	onPool(t, PoolOptions{}, silent, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		// Active, and an answer is awaited.
		failed := make(chan error)
		go func() {
			_, err := p.Request(t.Context(), "GET", url)
			failed <- err
		}()
		wantText(t, p, "<ConnectionPool [1 active]>")
		p.Connections()[0].Close()
		err := <-failed
		wantError(t, err, ErrClosed, PhaseFirstByte, Sent)
		wantWords(t, err, "closed by the caller")
		wantText(t, p, poolEmpty)
	})
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		// Connecting: who waits for it gets another dial.
		n.Handle("*", hello)
		n.Delay("www.example.com:80", time.Second)
		p := newTestPool(t, n, PoolOptions{})
		done := make(chan struct{})
		go func() {
			wantGet(t, p, url, "hello")
			close(done)
		}()
		wantText(t, p, "<ConnectionPool [1 connecting]>")
		first := p.Connections()[0]
		time.Sleep(time.Second / 2)
		first.Close()
		wantText(t, first, `<Connection "http://www.example.com/" CLOSED>`)
		wantText(t, p, "<ConnectionPool [1 connecting]>")
		<-done
		wantText(t, p, poolIdle)
		if d := n.Dials("*"); d != 2 {
			t.Errorf("%d dials", d)
		}
	})
}

// Closing connections in all their states, again and again, beside callers that
// come and go, leaves nothing behind.
func TestClosingConnectionsBesideCallers(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 4}, helloAnyway, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var callers sync.WaitGroup
		done := make(chan struct{})
		for i := range 8 {
			callers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					res, err := p.Stream(t.Context(), "GET", fmt.Sprintf("http://%c.example/", 'a'+i%2))
					if err == nil {
						_, err = res.Bytes()
					}
					if err != nil && !errors.Is(err, ErrClosed) {
						t.Errorf("a request ended with %v", err)
					}
				}
			})
		}
		for range 2000 {
			for _, c := range p.Connections() {
				c.Close()
			}
		}
		close(done)
		callers.Wait()
		synctest.Wait()
		for _, c := range p.Connections() {
			if c.State() != Idle {
				t.Errorf("there is %v", c)
			}
		}
		p.CloseIdle()
		wantText(t, p, poolEmpty)
	})
}
