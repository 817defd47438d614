package httpx

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

// A ConnectionPool sends requests over many connections for many callers at
// once. It reuses connections, opens new ones up to its limits, and lets
// callers wait, in order of arrival, when the limits are reached. What it holds
// can be looked at any time: String, Connections, Snapshot.
//
// All methods may be called by several goroutines at once. A pool that is no
// longer needed should be closed.
type ConnectionPool struct {
	config  connectionConfig
	options PoolOptions // every default in its place

	events  hub
	routes  routes
	tls     tlsConfigs
	lessons lessons

	// base ends when the pool is closed; dials are made under it.
	base   context.Context
	cancel context.CancelFunc

	// For the leak finder; nil where nobody asked for one.
	longLeases *time.Timer  // looks for leases that last too long
	wasClosed  *atomic.Bool // outlives the pool

	// mu guards all below. Under it nothing waits, dials, reads or writes, and
	// nobody is called back: decisions are made, and acted on after it.
	mu      sync.Mutex
	machine *assign.Machine[poolKey]
	timer   *time.Timer     // nil until something is to be done in time
	wake    time.Duration   // when the timer fires, 0: not armed
	spare   []*waiter       // to use again
	done    []chan struct{} // of those in Shutdown
	totals  totals
}

// poolKey tells which connections can serve which requests: those to the same
// origin by the same route.
type poolKey struct {
	origin origin
	route  *hops
}

type (
	action     = assign.Action[poolKey]
	connRecord = assign.Conn[poolKey]
)

// Probing: an idle connection is looked at before it is used, unless it idled
// for a moment only, and every second besides.
const (
	probeEvery = time.Second
	probeBatch = 256
)

// NewConnectionPool makes a pool; nil options are the defaults. It opens
// nothing yet.
func NewConnectionPool(options *PoolOptions) *ConnectionPool {
	var o PoolOptions
	if options != nil {
		o = *options
	}
	o.MaxConnections = max(1, limitOr(o.MaxConnections, defaultConnections))
	o.MaxConnectionsPerOrigin = max(1, min(limitOr(o.MaxConnectionsPerOrigin, o.MaxConnections), o.MaxConnections))
	o.MaxIdle = min(limitOr(o.MaxIdle, o.MaxConnections), o.MaxConnections)
	o.MaxWaiting = limitOr(o.MaxWaiting, defaultWaiting)
	o.IdleTimeout = durationOr(o.IdleTimeout, defaultIdleTimeout)
	o.MaxAge = durationOr(o.MaxAge, forever)
	o.AcquireTimeout = durationOr(o.AcquireTimeout, defaultAcquireTimeout)

	p := &ConnectionPool{config: o.Connection.resolve(), options: o}
	p.config.crowd = exchange.NewCrowd()
	p.base, p.cancel = context.WithCancel(context.Background())
	p.machine = assign.New[poolKey](assign.Limits{
		Connections:    o.MaxConnections,
		PerKey:         o.MaxConnectionsPerOrigin,
		Idle:           o.MaxIdle,
		Waiting:        o.MaxWaiting,
		AcquireTimeout: o.AcquireTimeout,
		IdleTimeout:    o.IdleTimeout,
		ProbeEvery:     probeEvery,
		ProbeBatch:     probeBatch,
	})
	if o.Leaks != nil {
		p.lookForLeaks()
	}
	return p
}

// Request sends a request and reads the body of its response into memory; the
// connection is back in the pool when it returns.
func (p *ConnectionPool) Request(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return request(ctx, p, nil, method, url, options)
}

// Stream is Request with the body still streaming: read it to its end or close
// it, and the connection goes back to the pool.
func (p *ConnectionPool) Stream(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return stream(ctx, p, nil, method, url, options)
}

// Send sends req on a connection to its origin, and returns when the head of
// the response was received.
func (p *ConnectionPool) Send(ctx context.Context, req *Request) (*Response, error) {
	res := new(Response)
	if err := p.SendInto(ctx, req, res); err != nil {
		return nil, err
	}
	return res, nil
}

// SendInto is Send into a Response that was used before. It ends that one's
// exchange as Close does, and reuses its memory: res.Headers and res.Body hold
// until the next SendInto, strings that were taken out of them for ever; to
// close an old Body after that closes the new one. The zero Response is valid.
// After an error res is as good as a zero one.
func (p *ConnectionPool) SendInto(ctx context.Context, req *Request, res *Response) error {
	res.renew()
	rec := &res.exchange
	rec.begin(exchange.Now())
	key, err := p.keyOf(req)
	if err != nil {
		return err
	}
	for challenges, replays := 0, 0; ; {
		c, err := p.acquire(ctx, key, req, rec, replays > 0)
		if err != nil {
			return err
		}
		failure := c.exchange(ctx, req, res)
		if failure == nil {
			if challenges == maxChallenges || !c.isChallenged(req, res) {
				if p.options.Leaks != nil {
					p.watchLease(req, res)
				}
				return nil
			}
			challenges++
			res.putAway()
			continue
		}
		if replays++; replays > 1 || !mayReplay(req, failure, rec) {
			c.tell(req, rec, Event{Kind: EventFailed, Err: failure, Duration: failure.After})
			return failure.forCaller()
		}
		p.mu.Lock()
		p.totals.replayed++
		p.mu.Unlock()
		c.tell(req, rec, Event{Kind: EventReplayed, Err: failure})
	}
}

// keyOf finds the origin and the route of a request.
func (p *ConnectionPool) keyOf(req *Request) (poolKey, error) {
	o, err := originOf(req.URL)
	if err != nil {
		return poolKey{}, fmt.Errorf("httpx: request %s: %w", req.describe(), err)
	}
	if req.Route == nil && p.config.route == nil {
		return poolKey{origin: o}, nil
	}
	route, err := p.config.routeFor(req, o, &p.routes)
	return poolKey{o, route}, err
}

// timeoutsOf are the request's own, else the pool's, which must not be changed.
func (p *ConnectionPool) timeoutsOf(req *Request) *Timeouts {
	if req.Timeouts == nil {
		return &p.config.timeouts
	}
	own := req.Timeouts.or(p.config.timeouts)
	return &own
}

// String counts what the pool holds: <ConnectionPool [2 active, 1 idle, 4 waiting]>.
func (p *ConnectionPool) String() string { return "<ConnectionPool [" + p.tally() + "]>" }

// tally gives the counts that are not zero.
func (p *ConnectionPool) tally() string {
	p.mu.Lock()
	n := p.machine.Counts()
	p.mu.Unlock()
	return tally(n)
}

func tally(n assign.Counts) string {
	var text []byte
	for _, part := range []struct {
		n    int
		word string
	}{
		{n.Connecting, "connecting"}, {n.Active, "active"}, {n.Idle, "idle"},
		{n.Upgraded, "upgraded"}, {n.Waiting, "waiting"},
	} {
		if part.n == 0 {
			continue
		}
		if text != nil {
			text = append(text, ", "...)
		}
		text = fmt.Appendf(text, "%d %s", part.n, part.word)
	}
	if text == nil {
		return "0 active"
	}
	return string(text)
}

// jittered is MaxAge less up to a tenth, so that connections of one age do not
// all end at once.
func jittered(age time.Duration, chance float64) time.Duration {
	if age == forever {
		return forever
	}
	return age - time.Duration(math.Floor(chance*float64(age)/10))
}
