package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// A Connection is one connection to one origin. Requests on it run strictly in
// turn: a caller that comes while another's exchange runs waits for its turn,
// first come first served, and leaves the queue at once when its context ends.
// It never redials: once closed, it stays so.
//
// All methods may be called by several goroutines at once.
//
// A Connection that belongs to a [ConnectionPool] is there to be looked at:
// State, Snapshot and String work, Close closes it through the pool, and all
// that sends is [ErrPooled].
type Connection struct {
	id         uint64
	origin     origin
	route      *hops
	isAbsolute bool // requests go to the last proxy in absolute form
	config     *connectionConfig
	owner      owner
	events     *hub
	born       time.Duration // by exchange.Now, as the others

	// Set when the dial is done, before anybody has a lease.
	x       exchange.Conn
	dialled dialTimes

	// What an acquire and a release touch stands together, down to isLearned: of
	// thousands of connections none of it is in the processor's cache.
	idleSince time.Duration // this and the next two are written by the holder of the lease alone
	keep      time.Duration // as the peer's Keep-Alive allows
	returning uint64        // the number of the request whose lease ends, where somebody wants it
	state     atomic.Uint64 // State in the lowest 3 bits, above them since when; for anyone to look at
	pooled                  // nothing, where it stands alone

	// What anyone may look at.
	stream   atomic.Pointer[network.Stream] // nil until there is one
	request  shown
	upgrade  atomic.Pointer[upgraded]
	security atomic.Pointer[TLSSnapshot]
	reason   once[string] // why it was closed

	originName atomic.Pointer[string] // nil until an event named it
}

// An owner lends a connection to one caller after another.
type owner interface {
	// giveBack ends a lease. reason is empty where the connection may serve on.
	giveBack(c *Connection, reason exchange.Reason)
	// isUpgrading is told that the lease has become a stream, which ends with
	// giveBack too.
	isUpgrading(c *Connection)
	// forsaken is told that an exchange is to end whose lease may never be given
	// back: its context has ended, or its body was closed beside a Read.
	forsaken(c *Connection, reason string)
	// closeConnection is Connection.Close.
	closeConnection(c *Connection) error
	// lends reports whether callers may send on the connection themselves.
	lends() bool
}

// contextual is a connection as it hears of the end of a context.
type contextual Connection

// ContextEnded tells the owner.
func (c *contextual) ContextEnded() {
	(*Connection)(c).owner.forsaken((*Connection)(c), string(exchange.ContextEnded))
}

// connectionIDs numbers the connections of the process.
var connectionIDs atomic.Uint64

func newConnection(o origin, route *hops, config *connectionConfig, owner owner) *Connection {
	c := &Connection{
		id:         connectionIDs.Add(1),
		origin:     o,
		route:      route,
		isAbsolute: route.takesAbsolute(o),
		config:     config,
		owner:      owner,
		keep:       forever,
		born:       exchange.Now(),
	}
	c.state.Store(stateWord(Connecting, c.born))
	return c
}

// OpenConnection opens a connection to the origin of url, whose path does not
// matter: dials, walks the route, and starts TLS where the scheme is https.
func OpenConnection(ctx context.Context, url string, options *ConnectionOptions) (*Connection, error) {
	req, err := NewRequest("GET", url)
	if err != nil {
		return nil, err
	}
	config := options.resolve()
	o, err := originOf(req.URL)
	if err != nil {
		return nil, fmt.Errorf("httpx: request %s: %w", req.describe(), err)
	}
	route, err := config.routeFor(req, o, nil)
	if err != nil {
		return nil, err
	}
	turns := new(turns)
	c := newConnection(o, route, &config, turns)
	began := exchange.Now()
	if err := c.dial(ctx, ctx, config.timeouts, config.tlsFor(o, nil)); err != nil {
		c.die(closedByDial)
		e := c.failedDial(err, began)
		return nil, e
	}
	c.setState(Idle, exchange.Now())
	return c, nil
}

// Request sends a request and reads the body of its response into memory,
// after which the connection is free for the next. url may be relative to the
// origin; that of another origin is an error.
func (c *Connection) Request(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return request(ctx, c, c.base(), method, url, options)
}

// Stream is Request with the body still streaming: read it to its end or close
// it. The next caller waits until then.
func (c *Connection) Stream(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return stream(ctx, c, c.base(), method, url, options)
}

// base is what a relative URL is relative to.
func (c *Connection) base() *url.URL {
	return &url.URL{Scheme: c.origin.scheme, Host: c.origin.host, Path: "/"}
}

// Send waits for its turn, writes req and returns when the head of the
// response was received.
func (c *Connection) Send(ctx context.Context, req *Request) (*Response, error) {
	res := new(Response)
	if err := c.SendInto(ctx, req, res); err != nil {
		return nil, err
	}
	return res, nil
}

// SendInto is Send into a Response that was used before, whose exchange it ends
// as Close does.
func (c *Connection) SendInto(ctx context.Context, req *Request, res *Response) error {
	res.renew()
	if !c.owner.lends() {
		return ErrPooled
	}
	o, err := originOf(req.URL)
	if err != nil {
		return fmt.Errorf("httpx: request %s: %w", req.describe(), err)
	}
	if o != c.origin {
		return fmt.Errorf("httpx: request %s: the connection is to %s", req.describe(), c.origin)
	}
	if c.isAbsolute && req.method() == "CONNECT" {
		return fmt.Errorf("httpx: request %s: the connection ends at the proxy %s, which gets requests in absolute form; AlwaysConnect makes a tunnel through it", req.describe(), c.route.visible[len(c.route.visible)-1])
	}
	rec := &res.exchange
	rec.begin(exchange.Now())
	for challenges := 0; ; challenges++ {
		now, err := c.takeTurn(ctx)
		if err != nil {
			return waitFailed(c.origin, rec, err)
		}
		rec.onConnection(c, now, false)
		if err := c.exchange(ctx, req, res); err != nil {
			return err.forCaller()
		}
		if challenges == maxChallenges || !c.isChallenged(req, res) {
			return nil
		}
		res.putAway()
	}
}

// takeTurn waits until no other exchange runs, and looks whether the connection
// is as it should be after an idle time.
func (c *Connection) takeTurn(ctx context.Context) (now time.Duration, err error) {
	t := c.owner.(*turns)
	if err = t.take(ctx); err == nil {
		now = exchange.Now()
		if c.isGood(now) && c.setState(Active, now) {
			return now, nil
		}
		t.giveBack(c, exchange.Failed)
		err = ErrClosed
	}
	if errors.Is(err, ErrClosed) {
		err = fmt.Errorf("%s: %w", c.whyClosed(), err)
	}
	return 0, err
}

// Close closes the connection, at once: an exchange that runs fails, and so
// does everyone in the queue. Twice is nil. It may be called beside anything.
func (c *Connection) Close() error { return c.owner.closeConnection(c) }

// served is how many exchanges the connection has served.
func (c *Connection) served() uint64 { return c.x.Served() }
