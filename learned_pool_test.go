package httpx

import (
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// Three closes by the peer after the same idle time teach the pool to be
// quicker: it closes an idle connection before that time, and says by which rule
// and what it has learned.
func TestPoolLearnsHowLongThePeerKeeps(t *testing.T) {
	const (
		kept = 20500 * time.Millisecond // by the peer
		rule = "idle for as long as the peer was seen to keep it"
	)
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "hello")
		time.Sleep(kept)
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		use := func() PoolSnapshot {
			t.Helper()
			wantGet(t, p, "http://www.example.com/", "hello")
			wantText(t, p, poolIdle)
			return p.Snapshot()
		}
		for range 3 {
			s := use()
			wantIs(t, "learned too early", s.Origins[0].LearnedIdle, 0)
			wantIs(t, "the rule", s.Connections[0].ExpiryRule, "idle for too long")
			time.Sleep(kept - 1)
			wantText(t, p, poolIdle)
			time.Sleep(time.Second + 1) // the close is seen within that
			wantText(t, p, poolEmpty)
		}
		wantIs(t, "closed by the peer", p.Snapshot().Totals.Closed["the peer closed it"], 3)

		s := use()
		learned := s.Origins[0].LearnedIdle
		if learned < kept-keepMargin || learned >= kept {
			t.Errorf("learned %v from closes after %v", learned, kept)
		}
		wantIs(t, "the rule", s.Connections[0].ExpiryRule, rule)
		wantIs(t, "expires in", s.Connections[0].Expires, learned)
		time.Sleep(learned - time.Nanosecond)
		wantText(t, p, poolIdle)
		time.Sleep(time.Nanosecond)
		wantText(t, p, poolEmpty)
		s = p.Snapshot()
		wantIs(t, "closed by the peer", s.Totals.Closed["the peer closed it"], 3)
		if len(s.Totals.Closed) != 2 {
			t.Errorf("closed were %v", s.Totals.Closed)
		}
		wantIs(t, "open", n.Open(), 0)
		time.Sleep(kept) // the peer's last script ends

		// Another origin was not seen to do anything.
		wantGet(t, p, "http://other.example/", "hello")
		s = p.Snapshot()
		wantIs(t, "learned of another", s.Origins[0].LearnedIdle, 0)
		wantIs(t, "the rule of another", s.Connections[0].ExpiryRule, "idle for too long")
		time.Sleep(kept + time.Second)
	})
}
