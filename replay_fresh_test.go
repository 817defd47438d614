package httpx

import (
	"context"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// A server that closes each connection behind its answer, without a word, costs
// replays, but no request: each goes on a connection that nobody used before, even
// where others give theirs back meanwhile.
func TestReplayTakesNoUsedConnection(t *testing.T) {
	once := func(p *networktest.Peer) {
		if _, ok := p.NextRequest(); ok {
			p.Answer(200, "hello")
			time.Sleep(time.Millisecond)
		}
	}
	for name, options := range map[string]PoolOptions{
		"with room":  {},
		"at a limit": {MaxConnections: 2},
	} {
		t.Run(name, func(t *testing.T) {
			onPool(t, options, once, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
				n.Delay("*", 5*time.Millisecond) // of each dial
				const callers, requests = 8, 50
				failed := make(chan error, callers)
				for i := range callers {
					go func() {
						for range requests {
							time.Sleep(time.Duration(i) * 300 * time.Microsecond)
							if _, err := p.Request(context.Background(), "GET", "http://www.example.com/"); err != nil {
								failed <- err
								return
							}
						}
						failed <- nil
					}()
				}
				for range callers {
					if err := <-failed; err != nil {
						t.Errorf("%v", err)
					}
				}
				if p.Snapshot().Totals.Replayed == 0 {
					t.Error("nothing was sent again: this test shows nothing")
				}
			})
		})
	}
}
