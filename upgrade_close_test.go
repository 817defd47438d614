package httpx

import (
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// Connection.Close may come between the answer that switches protocols and the
// pool, which then has nothing to count.
func TestCloseInTheMomentOfUpgrade(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		c := res.Connection()
		p.gone(c, closedByCaller)
		p.isUpgrading(c)
		wantText(t, p, poolEmpty)
		res.Close()
		wantText(t, p, poolEmpty)
		wantIs(t, "closed", p.Snapshot().Totals.Closed[closedByCaller], 1)
	})
}
