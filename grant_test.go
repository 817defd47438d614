package httpx

import (
	"context"
	"errors"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// A meeting is a context that ends in the moment in which somebody begins to
// wait for its end, after what is to happen in that moment.
type meeting struct {
	context.Context
	happens func()
}

func (m *meeting) Done() <-chan struct{} {
	if m.happens != nil {
		m.happens()
		m.happens = nil
	}
	return m.Context.Done()
}

// A connection that is granted to a caller in the moment of its cancellation
// comes back as good as it was.
func TestGrantMeetsCancellation(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		met := 0
		for range 64 { // each time it is a toss-up which of the two is seen
			res := wantStream(t, p, "http://www.example.com/")
			ctx, cancel := context.WithCancel(t.Context())
			waits := &meeting{ctx, func() {
				wantIs(t, "before", p.Snapshot().Counts.Waiting, 1)
				res.Close() // which is the grant
				cancel()
			}}
			_, err := p.Send(waits, mustRequest(t, "GET", "http://www.example.com/"))
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, context.Canceled) {
				t.Fatalf("the error is %v", err)
			}
			if e.Phase == PhaseQueue {
				met++
			}
			wantText(t, p, poolIdle)
		}
		if met == 0 || met == 64 {
			t.Errorf("of 64 cancellations %d were seen before the grant", met)
		}
		wantIs(t, "dials", n.Dials("*"), 1)
	})
}
