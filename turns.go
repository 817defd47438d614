package httpx

import (
	"context"
	"sync"

	"github.com/gohttpx/httpx/internal/exchange"
)

// turns is the owner of a connection that stands alone: it lends it to one
// caller after another, first come first served.
type turns struct {
	mu     sync.Mutex // guards all below; nothing that waits happens under it
	taken  bool
	closed bool
	queue  []chan bool // each gets one value, or is removed: true for a turn, false for the end
}

func (t *turns) lends() bool { return true }

// take waits for a turn.
func (t *turns) take(ctx context.Context) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrClosed
	}
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	turn := make(chan bool, 1)
	t.queue = append(t.queue, turn)
	t.mu.Unlock()
	select {
	case mine := <-turn:
		if !mine {
			return ErrClosed
		}
		return nil
	case <-ctx.Done():
	}
	if !t.leave(turn) && <-turn {
		t.pass() // it came together with the end of the context
	}
	return contextError(ctx)
}

// leave takes a caller out of the queue; false: it was called already.
func (t *turns) leave(turn chan bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, q := range t.queue {
		if q == turn {
			t.queue = append(t.queue[:i], t.queue[i+1:]...)
			return true
		}
	}
	return false
}

// pass gives the turn to the oldest in the queue.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken = false
		return
	}
	next := t.queue[0]
	t.queue = t.queue[1:]
	next <- true
}

// end fails everyone in the queue, and those to come.
func (t *turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, turn := range t.queue {
		turn <- false
	}
	t.queue = nil
}

// waiting is how many callers are in the queue.
func (t *turns) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue)
}

func (t *turns) giveBack(c *Connection, reason exchange.Reason) {
	if reason != exchange.Reusable {
		c.die(string(reason))
		t.end()
		return
	}
	c.setState(Idle, c.idleSince)
	t.pass()
}

func (t *turns) isUpgrading(*Connection) {}

// forsaken is nothing: whose turn it is closes the body, or reads on in vain.
func (t *turns) forsaken(*Connection, string) {}

func (t *turns) closeConnection(c *Connection) error {
	c.die(closedByCaller)
	t.end()
	return nil
}
