package httpx

import (
	"slices"
	"time"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

// A PoolSnapshot is what a pool was at one moment: it was taken under the
// pool's lock, and adds up. It holds no secrets, and marshals to JSON with
// stable names; durations are nanoseconds.
type PoolSnapshot struct {
	Time        time.Time            `json:"time"`
	Text        string               `json:"text"` // of String
	Closed      bool                 `json:"closed,omitempty"`
	Limits      LimitsSnapshot       `json:"limits"`
	Counts      CountsSnapshot       `json:"counts"`
	Totals      TotalsSnapshot       `json:"totals"`
	Origins     []OriginSnapshot     `json:"origins"`
	Connections []ConnectionSnapshot `json:"connections"` // oldest first
	Waiters     []WaiterSnapshot     `json:"waiters"`     // those with a dial under way for them too, whom Counts.Waiting leaves out
}

// LimitsSnapshot are the options of the pool, defaults filled in; -1 means no
// limit.
type LimitsSnapshot struct {
	MaxConnections          int           `json:"max_connections"`
	MaxConnectionsPerOrigin int           `json:"max_connections_per_origin"`
	MaxIdle                 int           `json:"max_idle"`
	MaxWaiting              int           `json:"max_waiting"`
	IdleTimeout             time.Duration `json:"idle_timeout"`
	MaxAge                  time.Duration `json:"max_age"`
	AcquireTimeout          time.Duration `json:"acquire_timeout"`
}

// CountsSnapshot counts connections by what they do, and callers that wait. Those
// of a pool are the sums of those of its origins.
type CountsSnapshot struct {
	Connecting int `json:"connecting"`
	Active     int `json:"active"`
	Idle       int `json:"idle"`
	Upgraded   int `json:"upgraded"`
	Waiting    int `json:"waiting"` // with neither a connection nor a dial under way for them: fewer than Waiters
}

// TotalsSnapshot counts what happened since the pool was made. Opened is the sum
// of Closed and of the connections that are active, idle or upgraded now: a dial
// that is cut short, by Close, counts nowhere.
type TotalsSnapshot struct {
	Opened       uint64            `json:"opened"`        // dials that ended well
	DialFailures uint64            `json:"dial_failures"` // and those that did not
	Reused       uint64            `json:"reused"`        // leases on a connection that had served before
	Waited       uint64            `json:"waited"`        // callers that did not get a connection at once
	Rejected     uint64            `json:"rejected"`      // callers that the pool turned away: too many, for too long, or it was closed
	Replayed     uint64            `json:"replayed"`      // requests that were sent a second time
	Closed       map[string]uint64 `json:"closed"`        // connections by the reason of their end
}

// An OriginSnapshot is what a pool holds for one origin by one route.
type OriginSnapshot struct {
	Origin string         `json:"origin"`
	Route  []string       `json:"route,omitempty"`
	Counts CountsSnapshot `json:"counts"`

	// LearnedIdle is how long it keeps an idle connection, as its closes
	// taught; 0: nothing was learned.
	LearnedIdle time.Duration `json:"learned_idle,omitempty"`
}

// A WaiterSnapshot is a caller that has no connection yet.
type WaiterSnapshot struct {
	Origin   string        `json:"origin"`
	Route    []string      `json:"route,omitempty"`
	For      time.Duration `json:"for"`
	Position int           `json:"position"` // among those of its origin and route, from 0
	HeldBy   string        `json:"held_by"`  // the limit, or "a dial under way", which counts.waiting does not count
}

// Snapshot says what the pool holds at this moment. It costs time in proportion
// to that, a part of it under the pool's lock.
func (p *ConnectionPool) Snapshot() PoolSnapshot {
	p.mu.Lock()
	now := exchange.Now()
	conns := p.machine.AppendConns(nil)
	waiters := p.machine.AppendWaiters(nil)
	keys := p.machine.AppendKeys(nil)
	counts := p.machine.Counts()
	totals := p.totals.snapshot()
	p.mu.Unlock()

	s := PoolSnapshot{
		Time:        time.Now(),
		Text:        "<ConnectionPool [" + tally(counts) + "]>",
		Closed:      p.base.Err() != nil,
		Limits:      p.limits(),
		Counts:      countsSnapshot(counts),
		Totals:      totals,
		Origins:     make([]OriginSnapshot, 0, len(keys)),
		Connections: make([]ConnectionSnapshot, 0, len(conns)),
		Waiters:     make([]WaiterSnapshot, 0, len(waiters)),
	}
	for _, k := range keys {
		s.Origins = append(s.Origins, OriginSnapshot{
			Origin:      k.Key.origin.String(),
			Route:       k.Key.route.list(),
			Counts:      countsSnapshot(k.Counts),
			LearnedIdle: p.lessons.learned(k.Key),
		})
	}
	for _, info := range conns {
		s.Connections = append(s.Connections, pooledSnapshot(info, now))
	}
	for _, info := range waiters {
		s.Waiters = append(s.Waiters, WaiterSnapshot{
			Origin:   info.Key.origin.String(),
			Route:    info.Key.route.list(),
			For:      max(0, now-info.Since),
			Position: info.Position,
			HeldBy:   p.limitWords(info.Held),
		})
	}
	return s
}

// pooledSnapshot is that of a connection whose state the machine tells: it
// belongs to the same moment as the counts.
func pooledSnapshot(info assign.ConnInfo[poolKey], now time.Duration) ConnectionSnapshot {
	c := info.Owner.(*Connection)
	s := c.snapshot(now)
	s.State = states[info.State]
	s.Text = c.text(s.State)
	s.For = max(0, now-info.Since)
	s.Reason = ""
	if s.State == Idle || s.State == Connecting {
		s.Request = nil
	}
	if s.State == Idle && info.Rule != assign.None {
		s.Expires = max(0, info.Expires-now)
		s.ExpiryRule = c.ruleWords(info.Rule)
	}
	return s
}

// ruleWords names the rule by which an idle connection expires.
func (c *Connection) ruleWords(rule assign.Reason) string {
	if rule == assign.KeepAliveExpired && c.isLearned.Load() {
		return "idle for as long as the peer was seen to keep it"
	}
	return rule.String()
}

var states = [...]State{
	assign.Connecting: Connecting,
	assign.Active:     Active,
	assign.Idle:       Idle,
	assign.Upgraded:   Upgraded,
	assign.Left:       Closed,
}

func countsSnapshot(n assign.Counts) CountsSnapshot {
	return CountsSnapshot{n.Connecting, n.Active, n.Idle, n.Upgraded, n.Waiting}
}

func (p *ConnectionPool) limits() LimitsSnapshot {
	o := &p.options
	return LimitsSnapshot{
		MaxConnections:          orNone(o.MaxConnections, Unlimited),
		MaxConnectionsPerOrigin: orNone(o.MaxConnectionsPerOrigin, Unlimited),
		MaxIdle:                 orNone(o.MaxIdle, Unlimited),
		MaxWaiting:              orNone(o.MaxWaiting, Unlimited),
		IdleTimeout:             orNone(o.IdleTimeout, forever),
		MaxAge:                  orNone(o.MaxAge, forever),
		AcquireTimeout:          orNone(o.AcquireTimeout, forever),
	}
}

// orNone writes the value that stands for "no limit" as -1.
func orNone[T ~int | ~int64](v, unlimited T) T {
	if v == unlimited {
		return None
	}
	return v
}

// Connections returns the connections that the pool holds now, oldest first.
func (p *ConnectionPool) Connections() []*Connection {
	p.mu.Lock()
	infos := p.machine.AppendConns(nil)
	p.mu.Unlock()
	conns := make([]*Connection, len(infos))
	for i, info := range infos {
		conns[i] = info.Owner.(*Connection)
	}
	return conns
}

// list is the visible hops; nil for the direct way.
func (h *hops) list() []string {
	if h == nil {
		return nil
	}
	return slices.Clone(h.visible)
}
