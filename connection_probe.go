package httpx

import (
	"time"

	"github.com/gohttpx/httpx/internal/assign"
	"github.com/gohttpx/httpx/network"
)

// probeFree is how long a connection may idle without a look before it is used,
// where the last read shows that nothing came behind the response.
const probeFree = 10 * time.Millisecond

// isGood looks at a connection that idled until now, before it is used, on
// behalf of who has the lease. Where it is not good any more, its reason says
// why; nothing was lost.
func (c *Connection) isGood(now time.Duration) bool {
	if now-c.idleSince < probeFree && !c.x.MayHaveMore() {
		return true
	}
	reason := c.probe()
	if reason == "" {
		return true
	}
	c.because(reason)
	return false
}

// probe looks whether the connection is as an idle one should be; if not, it
// says why.
func (c *Connection) probe() (reason string) {
	s := c.stream.Load()
	live, _ := s.Probe()
	switch live {
	case network.Closed:
		return assign.PeerClosed.String()
	case network.Doubtful:
		return assign.UnaskedBytes.String()
	}
	return ""
}
