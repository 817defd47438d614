package httpx

import (
	"time"
	"weak"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/internal/exchange"
)

// arm sets the one timer of the pool to when the machine wants to be asked. The
// lock is held. A timer that fires early costs little, and so it is only ever
// moved to earlier.
func (p *ConnectionPool) arm() {
	at, ok := p.machine.Wake()
	if !ok || p.wake != 0 && p.wake <= at {
		return
	}
	p.wake = at
	d := max(0, at-exchange.Now())
	if p.timer != nil {
		p.timer.Reset(d)
		return
	}
	// The timer must not keep a pool alive that nobody else holds.
	held := weak.Make(p)
	p.timer = time.AfterFunc(d, func() {
		if p := held.Value(); p != nil {
			p.tick()
		}
	})
}

// tick does what is due, and probes idle connections.
func (p *ConnectionPool) tick() {
	now := exchange.Now()
	var space [16]action
	p.mu.Lock()
	p.wake = 0
	acts := p.machine.Tick(now, space[:0])
	looks := p.machine.ProbeBatch(now, nil)
	p.unlock(acts)
	if len(looks) > 0 {
		p.probeIdle(looks)
	}
}

// closedWhileIdle lets the pool learn from a close by the peer. The connection
// is being probed: nobody else has it.
func (c *Connection) closedWhileIdle(reason string) {
	if reason == assign.PeerClosed.String() {
		c.lesson.closedAfter(exchange.Now() - c.idleSince)
	}
}

// probeIdle looks at idle connections, outside of the lock, and tells the
// machine what was seen.
func (p *ConnectionPool) probeIdle(looks []*connRecord) {
	found := make([]string, len(looks))
	for i, record := range looks {
		c := record.Owner.(*Connection)
		if found[i] = c.probe(); found[i] != "" {
			c.because(found[i])
			c.closedWhileIdle(found[i])
		}
	}
	now := exchange.Now()
	var space [16]action
	acts := space[:0]
	p.mu.Lock()
	for i, record := range looks {
		acts = p.machine.Probed(now, record, found[i] == "", assign.PeerClosed, acts)
	}
	p.unlock(acts)
}
