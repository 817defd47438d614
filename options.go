package httpx

import (
	"crypto/tls"
	"math"
	"net/url"
	"time"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// ConnectionOptions says how a connection is opened and used. A zero field
// means the default. The options are copied where they are given; the TLS
// configuration is cloned.
type ConnectionOptions struct {
	// Backend opens the byte stream; nil means a network.Dialer.
	Backend network.Backend

	// TLS is used towards https origins. ServerName is set from the URL where
	// it is empty, MinVersion 0 means TLS 1.2, and sessions are resumed.
	// NextProtos should be left empty: a server that chooses other than http/1.1
	// of them is ErrTLS.
	TLS *tls.Config

	// Route chooses the proxies towards a target, which holds scheme and host
	// only; nil means those of the environment. It is called outside every
	// lock, by several goroutines at once. A nil Route from it means direct.
	Route func(target *url.URL) (Route, error)

	// Timeouts bounds the phases of each request.
	Timeouts Timeouts

	// MaxHeaderBytes bounds the head of a response, and likewise its trailers
	// (1 MiB each).
	MaxHeaderBytes int

	// MaxHeaderFields bounds the fields of a head, and of the trailers (256
	// each).
	MaxHeaderFields int

	// MaxBodyBytes bounds what Request, Bytes, Text and JSON hold in memory
	// (64 MiB); None holds nothing, Unlimited anything. A streamed body has no
	// limit.
	MaxBodyBytes int64
}

// connectionConfig is ConnectionOptions with every default in its place.
type connectionConfig struct {
	backend  network.Backend
	tls      *tls.Config
	route    func(*url.URL) (Route, error) // nil: direct
	timeouts Timeouts
	limits   exchange.Limits
	maxBody  int64
	crowd    *exchange.Crowd // of a pool's connections
}

func (o *ConnectionOptions) resolve() connectionConfig {
	var given ConnectionOptions
	if o != nil {
		given = *o
	}
	c := connectionConfig{
		backend:  given.Backend,
		route:    given.Route,
		timeouts: given.Timeouts.or(defaultTimeouts),
		limits:   exchange.Limits{Head: h1.Limits{HeaderBytes: given.MaxHeaderBytes, Fields: given.MaxHeaderFields}},
		maxBody:  given.MaxBodyBytes,
	}
	if c.backend == nil {
		c.backend = new(network.Dialer)
	}
	if given.TLS != nil {
		c.tls = given.TLS.Clone()
	} else {
		c.tls = new(tls.Config)
	}
	if c.tls.MinVersion == 0 {
		c.tls.MinVersion = tls.VersionTLS12
	}
	if c.route == nil {
		c.route = environmentRoute()
	}
	switch {
	case c.maxBody == 0:
		c.maxBody = defaultMaxBody
	case c.maxBody < 0:
		c.maxBody = 0
	}
	return c
}

// PoolOptions says how many connections a pool may have, and for how long. A
// zero field means the default in brackets. Of a number [Unlimited] means any, and
// [None] means 0: nothing idles, nobody waits. Of a time None means no limit.
type PoolOptions struct {
	// Connection holds for each connection of the pool.
	Connection ConnectionOptions

	// MaxConnections bounds the connections in all (100): those being opened
	// and those that were upgraded are among them. It is at least 1: None, and
	// whatever is negative, is taken as 1.
	MaxConnections int

	// MaxConnectionsPerOrigin bounds those to one origin by one route (as many
	// as in all). It is at least 1, likewise.
	MaxConnectionsPerOrigin int

	// MaxIdle bounds the idle ones (as many as in all).
	MaxIdle int

	// MaxWaiting bounds the callers that have neither a connection nor a dial
	// under way for them (1,024). One more gets ErrPoolFull.
	MaxWaiting int

	// IdleTimeout is how long a connection may be idle (90 s). A server that
	// says Keep-Alive: timeout= shortens it, and so does one whose closes have
	// taught how long it keeps an idle connection.
	IdleTimeout time.Duration

	// MaxAge is how long a connection may live (none). Each gets up to a tenth
	// less, by chance, so that they do not all end at once.
	MaxAge time.Duration

	// AcquireTimeout is how long a caller may wait for a connection (30 s).
	AcquireTimeout time.Duration

	// Leaks asks for reports of what was not given back; nil: none.
	Leaks *LeakOptions
}

const (
	defaultConnections    = 100
	defaultWaiting        = 1024
	defaultIdleTimeout    = 90 * time.Second
	defaultAcquireTimeout = 30 * time.Second
)

// forever stands for "no limit" where the default is one.
const forever = time.Duration(math.MaxInt64)

// limitOr gives n, or what is meant where it is zero; None is 0.
func limitOr(n, otherwise int) int {
	switch {
	case n == 0:
		return otherwise
	case n < 0:
		return 0
	}
	return n
}

// durationOr gives d, or what is meant where it is zero; None is no limit.
func durationOr(d, otherwise time.Duration) time.Duration {
	switch {
	case d == 0:
		return otherwise
	case d < 0:
		return forever
	}
	return d
}
