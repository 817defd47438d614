package httpx

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// A request is sent again once, even where not a byte of it was ever written: a
// server that resets every connection gets two, not as many as there are ports.
func TestReplayOfWhatWasNeverWrittenIsOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", func(p *networktest.Peer) {
			if p.Number() <= 2 {
				p.Reset()
				return
			}
			p.ReadRequest() // who comes a third time would be served
			p.Answer(200, "")
			p.WaitClosed()
		})
		o := on(n)
		o.Backend = backendFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := n.DialContext(ctx, network, address)
			time.Sleep(time.Millisecond) // the reset is here before the request
			return conn, err
		})
		p := newTestPool(t, n, PoolOptions{Connection: o})
		_, err := p.Request(t.Context(), "POST", "http://www.example.com/", Text("hello"))
		e := wantError(t, err, ErrConnect, PhaseWrite, NotSent)
		attempts := e.Exchange().Attempts
		wantIs(t, "attempts", len(attempts), 2)
		for i, a := range attempts {
			if a.Progress != NotSent || a.Err == nil {
				t.Errorf("attempt %d is %+v", i+1, a)
			}
		}
		wantIs(t, "dials", n.Dials("*"), 2)
		wantIs(t, "replayed", p.Snapshot().Totals.Replayed, 1)
		wantText(t, p, poolEmpty)
	})
}
