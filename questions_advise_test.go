package httpx

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/advise"
	"github.com/gohttpx/httpx/network/networktest"
)

// What would other limits have meant?
func TestQuestion20(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", taking)
		pool := newTestPool(t, n, PoolOptions{MaxConnections: 1})
		file := new(bytes.Buffer)
		demand := RecordDemand(file)
		stop := pool.Observe(demand.Observe)
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() { wantGet(t, pool, "http://www.example.com/1s", "hello") })
			synctest.Wait()
		}
		calls.Wait()
		synctest.Wait()
		stop()
		if err := demand.Close(); err != nil {
			t.Fatal(err)
		}

		// Which the command "httpx advise" reads.
		trace, err := advise.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for connections, want := range map[int]string{1: "[0s 1s 2s 3s]", 2: "[0s 0s 1s 1s]", 4: "[0s 0s 0s 0s]"} {
			limits := trace.Limits
			limits.MaxConnections, limits.MaxConnectionsPerOrigin = connections, connections
			wantIs(t, fmt.Sprint("with ", connections), fmt.Sprint(trace.Replay(limits).Each), want)
		}
		wantIs(t, "recorded were", trace.Limits.AcquireTimeout, 30*time.Second)
	})
}
