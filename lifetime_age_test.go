package httpx

import (
	"slices"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Connections that were opened together do not grow old together: each lives
// from nine tenths of MaxAge to all of it.
func TestMaxAgeIsSpread(t *testing.T) {
	const maxAge = 100 * time.Second
	onPool(t, PoolOptions{MaxAge: maxAge, IdleTimeout: None}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var ages []time.Duration
		stop := p.Observe(func(e Event) {
			if e.Kind == EventClosed {
				wantIs(t, "closed because", e.Reason, "too old")
				ages = append(ages, e.Duration)
			}
		})
		defer stop()
		const count = 20
		var open []*Response
		for range count {
			open = append(open, wantStream(t, p, "http://www.example.com/"))
		}
		for _, res := range open {
			wantBody(t, res, "hello")
		}
		wantText(t, p, "<ConnectionPool [20 idle]>")
		time.Sleep(maxAge)
		wantText(t, p, poolEmpty)

		wantIs(t, "ages", len(ages), count)
		least, most := slices.Min(ages), slices.Max(ages)
		if least < maxAge*9/10 || most > maxAge {
			t.Errorf("they lived from %v to %v, want from %v to %v", least, most, maxAge*9/10, maxAge)
		}
		if most-least < time.Second { // the chance of which is one in 10 to the 17th
			t.Errorf("they lived from %v to %v, and so end together", least, most)
		}
	})
}
