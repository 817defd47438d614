package httpx

import "github.com/gohttpx/httpx/internal/assign"

// unlock ends a decision: it seals and unlocks it, and carries it out.
func (p *ConnectionPool) unlock(acts []action) { p.carryOut(acts, p.seal(acts)) }

// seal prepares, still under the lock, what must be seen together with the
// decision, and unlocks. It returns those in Shutdown who are to be told.
func (p *ConnectionPool) seal(acts []action) (done []chan struct{}) {
	for i := range acts {
		switch a := &acts[i]; a.Do {
		case assign.Dial:
			p.connecting(a.Conn, a.Waiter.Owner.(*waiter))
		case assign.Serve:
			p.totals.leased(a.Conn.Owner.(*Connection))
		case assign.Fail:
			p.totals.failed(a.Why)
		case assign.Close:
			c := a.Conn.Owner.(*Connection)
			c.because(a.Why.String())
			p.totals.closed(c)
		}
	}
	p.arm()
	done = p.takeDone()
	p.mu.Unlock()
	return done
}

// carryOut does what was decided. The lock is not held.
func (p *ConnectionPool) carryOut(acts []action, done []chan struct{}) {
	for i := range acts {
		p.act(&acts[i])
	}
	for _, d := range done {
		close(d)
	}
}

// takeDone gives those in Shutdown once nothing is left. The lock is held.
func (p *ConnectionPool) takeDone() []chan struct{} {
	if p.done == nil || !p.machine.Empty() {
		return nil
	}
	done := p.done
	p.done = nil
	return done
}

// act carries out one action. The lock is not held.
func (p *ConnectionPool) act(a *action) {
	switch a.Do {
	case assign.Serve:
		c, w := a.Conn.Owner.(*Connection), a.Waiter.Owner.(*waiter)
		// It may have idled while it was looked at; who takes it sets the time.
		c.setState(Active, c.idleSince)
		w.served <- grant{conn: c, isDialled: c.served() == 0}
	case assign.Fail:
		a.Waiter.Owner.(*waiter).served <- grant{err: p.waitError(a)}
	case assign.Dial:
		go p.dial(a.Conn.Owner.(*Connection))
	case assign.Close, assign.CancelDial:
		c := a.Conn.Owner.(*Connection)
		c.die(a.Why.String())
		c.tellClosed()
	}
}
