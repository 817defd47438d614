package httpx

import (
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
	"weak"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// LeakOptions asks a pool to look for what was taken and never given back. It
// costs an allocation or two a request, and with Stacks several microseconds.
type LeakOptions struct {
	// Report is called for each leak, on a goroutine of its own. It must be set.
	Report func(Leak)

	// Stacks has the stack of who sent the request kept, for the report.
	Stacks bool

	// HeldFor reports a lease that lasts longer, once, and leaves it alone; 0
	// means never. Leases of upgraded streams do not count.
	HeldFor time.Duration
}

// LeakKind says what was not given back.
type LeakKind uint8

// The kinds of leaks.
const (
	LeakedResponse LeakKind = iota + 1 // collected, but never read to its end or closed; its connection was closed now
	LeakedLease                        // held for longer than LeakOptions.HeldFor
	LeakedPool                         // collected, but never closed
)

func (k LeakKind) String() string {
	switch k {
	case LeakedResponse:
		return "response was neither read to its end nor closed"
	case LeakedLease:
		return "lease is held for long"
	case LeakedPool:
		return "pool was not closed"
	}
	return fmt.Sprintf("LeakKind(%d)", k)
}

// A Leak is something that was taken and not given back.
type Leak struct {
	Kind       LeakKind
	Connection uint64
	Origin     string
	Method     string
	URL        string        // without query values and credentials
	For        time.Duration // since it was taken
	Stack      string        // of who took it, where LeakOptions.Stacks asked for it
}

// String tells the leak in a line, and the stack below it.
func (l Leak) String() string {
	text := "httpx: leak: " + l.Kind.String()
	if l.Connection != 0 {
		text += fmt.Sprintf(" (%s %s, connection %d, taken %s ago)", l.Method, l.URL, l.Connection, round(l.For))
	}
	if l.Stack != "" {
		text += ", taken at\n" + l.Stack
	}
	return text
}

// A taken is what is remembered of a lease while leaks are looked for. It must
// not lead to the response, or that would never be collected.
type taken struct {
	conn     *Connection
	method   string
	url      url.URL
	at       time.Duration
	stack    string
	cleanup  runtime.Cleanup // of the response; a Response of SendInto has one lease after another
	over     atomic.Bool     // given back
	reported atomic.Bool
}

// watchLease begins to look after the lease behind res.
func (p *ConnectionPool) watchLease(req *Request, res *Response) {
	c := res.exchange.conn
	t := &taken{conn: c, method: req.method(), url: *req.URL, at: exchange.Now()}
	if p.options.Leaks.Stacks {
		t.stack = string(debug.Stack())
	}
	if res.body.state.Load() != bodyOpen {
		return // it is over already, or a stream's
	}
	t.cleanup = runtime.AddCleanup(res, p.responseCollected, t)
	c.taken.Store(t)
}

// responseCollected reports a response that nobody closed, and takes its
// connection back.
func (p *ConnectionPool) responseCollected(t *taken) {
	if t.over.Load() {
		return
	}
	t.conn.because(LeakedResponse.String())
	p.options.Leaks.Report(t.leak(LeakedResponse))
	t.conn.request.end()
	t.conn.x.End()
	p.giveBack(t.conn, exchange.Failed)
}

func (t *taken) leak(kind LeakKind) Leak {
	return Leak{
		Kind:       kind,
		Connection: t.conn.id,
		Origin:     t.conn.origin.String(),
		Method:     t.method,
		URL:        redact.URL(&t.url),
		For:        exchange.Now() - t.at,
		Stack:      t.stack,
	}
}

// leaseOver notes that the lease on c was given back.
func (c *Connection) leaseOver() {
	if t := c.taken.Load(); t != nil {
		t.over.Store(true)
		t.cleanup.Stop()
		c.taken.Store(nil)
	}
}

// lookForLeaks begins what LeakOptions asks for.
func (p *ConnectionPool) lookForLeaks() {
	p.watchPool()
	if p.options.Leaks.HeldFor <= 0 {
		return
	}
	held := weak.Make(p)
	p.longLeases = time.AfterFunc(leaseLook, func() {
		if p := held.Value(); p != nil && p.base.Err() == nil {
			p.findLongLeases(exchange.Now())
			p.longLeases.Reset(leaseLook)
		}
	})
}

// leaseLook is how often long leases are looked for.
const leaseLook = time.Second

// watchPool has the pool reported if it is collected without Close.
func (p *ConnectionPool) watchPool() {
	report, closed := p.options.Leaks.Report, new(atomic.Bool)
	p.wasClosed = closed
	runtime.AddCleanup(p, func(closed *atomic.Bool) {
		if !closed.Load() {
			report(Leak{Kind: LeakedPool})
		}
	}, closed)
}

// findLongLeases reports leases that last longer than they may.
func (p *ConnectionPool) findLongLeases(now time.Duration) {
	limit := p.options.Leaks.HeldFor
	p.mu.Lock()
	infos := p.machine.AppendConns(nil)
	p.mu.Unlock()
	for _, info := range infos {
		t := info.Owner.(*Connection).taken.Load()
		if info.State != assign.Active || t == nil || now-t.at <= limit || t.reported.Swap(true) {
			continue
		}
		go p.options.Leaks.Report(t.leak(LeakedLease))
	}
}
