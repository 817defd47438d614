package httpx

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// BenchmarkPoolAcquire is a connection that is leased from a pool and given
// back, beside so many others: what the pool adds to an exchange. It must cost
// about the same with 10,000 of anything as with 10.
func BenchmarkPoolAcquire(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprintf("idle=%d", n), func(b *testing.B) {
			l := newLender(b, PoolOptions{MaxConnections: Unlimited})
			l.giveBack(l.takeMany(n, "http://one.test")...)
			l.takeAndGiveBack("http://one.test")
		})
		b.Run(fmt.Sprintf("active=%d", n), func(b *testing.B) {
			l := newLender(b, PoolOptions{MaxConnections: Unlimited})
			defer l.giveBack(l.takeMany(n, "http://one.test")...)
			l.giveBack(l.take("http://one.test"))
			l.takeAndGiveBack("http://one.test")
		})
		b.Run(fmt.Sprintf("origins=%d", n), func(b *testing.B) {
			l := newLender(b, PoolOptions{MaxConnections: Unlimited})
			origins := make([]string, n)
			for i := range origins {
				origins[i] = fmt.Sprintf("http://host%d.test", i)
				l.giveBack(l.take(origins[i]))
			}
			l.takeAndGiveBack(origins...)
		})
		b.Run(fmt.Sprintf("waiters=%d", n), func(b *testing.B) {
			l := newLender(b, PoolOptions{MaxConnections: 2, MaxConnectionsPerOrigin: 1, MaxWaiting: Unlimited})
			full := l.take("http://full.test")
			dismiss := l.queue(n, "http://full.test")
			l.giveBack(l.take("http://free.test"))
			l.takeAndGiveBack("http://free.test")
			dismiss()
			l.giveBack(full)
		})
	}
}

// A lender takes connections of a pool and gives them back, without a request
// on them.
type lender struct {
	b    *testing.B
	pool *ConnectionPool
}

func newLender(b *testing.B, o PoolOptions) *lender {
	o.Connection.Backend = nowhere{}
	l := &lender{b, NewConnectionPool(&o)}
	l.pool.config.route = nil // whatever proxies the environment names
	b.Cleanup(func() { l.pool.Close() })
	return l
}

// request makes a request to the origin, and the key that the pool keeps it by.
func (l *lender) request(origin string) (*Request, poolKey) {
	l.b.Helper()
	req, err := NewRequest("GET", origin)
	if err != nil {
		l.b.Fatal(err)
	}
	key, err := l.pool.keyOf(req)
	if err != nil {
		l.b.Fatal(err)
	}
	return req, key
}

func (l *lender) take(origin string) *Connection {
	l.b.Helper()
	req, key := l.request(origin)
	var rec record
	rec.begin(exchange.Now())
	c, err := l.pool.acquire(context.Background(), key, req, &rec, false)
	if err != nil {
		l.b.Fatal(err)
	}
	return c
}

func (l *lender) takeMany(n int, origin string) []*Connection {
	l.b.Helper()
	connections := make([]*Connection, n)
	for i := range connections {
		connections[i] = l.take(origin)
	}
	return connections
}

func (l *lender) giveBack(connections ...*Connection) {
	for _, c := range connections {
		c.idleSince = exchange.Now()
		l.pool.giveBack(c, exchange.Reusable)
	}
}

// queue has n callers wait for a connection to the origin, until they are
// dismissed.
func (l *lender) queue(n int, origin string) (dismiss func()) {
	l.b.Helper()
	req, key := l.request(origin)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			var rec record
			rec.begin(exchange.Now())
			if _, err := l.pool.acquire(ctx, key, req, &rec, false); err == nil {
				l.b.Error("a caller got the connection that it should wait for")
			}
		})
	}
	for l.waiting() < n {
		runtime.Gosched()
	}
	return func() {
		cancel()
		all.Wait()
	}
}

func (l *lender) waiting() int {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return l.pool.machine.Counts().Waiting
}

// takeAndGiveBack is what is measured, one origin after another.
func (l *lender) takeAndGiveBack(origins ...string) {
	var req *Request // one for all: what a request touches of its own is not the pool's
	keys := make([]poolKey, len(origins))
	for i, o := range origins {
		req, keys[i] = l.request(o)
	}
	ctx, i := context.Background(), 0
	var rec record
	runtime.GC() // else that of what was built may run beside
	l.b.ReportAllocs()
	for l.b.Loop() {
		now := exchange.Now()
		rec.begin(now)
		c, err := l.pool.acquire(ctx, keys[i], req, &rec, false)
		if err != nil {
			l.b.Fatal(err)
		}
		c.idleSince = now
		l.pool.giveBack(c, exchange.Reusable)
		if i++; i == len(origins) {
			i = 0
		}
	}
}

// nowhere leads to a peer that says nothing.
type nowhere struct{}

func (nowhere) DialContext(context.Context, string, string) (net.Conn, error) {
	near, _ := net.Pipe()
	return alive{near}, nil
}

// alive says so of itself, without a system call.
type alive struct{ net.Conn }

func (alive) Probe() (network.Liveness, error) { return network.Alive, nil }

var (
	_ network.Backend = nowhere{}
	_ network.Prober  = alive{}
)
