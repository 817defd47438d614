package httpx

import (
	"context"
	"fmt"

	"github.com/gohttpx/httpx/internal/exchange"
)

// CloseIdle closes the connections that are idle now.
func (p *ConnectionPool) CloseIdle() {
	p.mu.Lock()
	p.unlock(p.machine.CloseIdle(exchange.Now(), nil))
}

// Close ends the pool: idle connections, dials and waiting callers end now,
// exchanges that run end in their own time, and their connections with them.
// Close does not wait for that. Sending after Close is ErrPoolClosed. Twice is
// nil.
func (p *ConnectionPool) Close() error {
	p.cancel()
	if p.wasClosed != nil {
		p.wasClosed.Store(true)
	}
	p.mu.Lock()
	acts := p.machine.Shut(exchange.Now(), nil)
	if p.timer != nil {
		p.timer.Stop()
		p.wake = 0
	}
	p.unlock(acts)
	return nil
}

// Shutdown is Close, and waits until the last exchange has ended and the last
// upgraded stream is closed, or ctx has ended.
func (p *ConnectionPool) Shutdown(ctx context.Context) error {
	p.Close()
	done := make(chan struct{})
	p.mu.Lock()
	p.done = append(p.done, done)
	p.unlock(nil)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("httpx: shutdown of %s: %w", p, contextError(ctx))
	}
}
