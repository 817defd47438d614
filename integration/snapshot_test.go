package integration

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/internal/snapshottest"
)

// TestSnapshotsAddUp has callers send 100,000 requests to three servers of an
// nginx, two of which end connections early, as fast as that goes in 5 s, while
// the pool is looked at 1,000 times a second. Each snapshot adds up, and the last
// one agrees with what nginx saw.
func TestSnapshotsAddUp(t *testing.T) {
	const callers = 100
	requests, bound := 100_000, 5*time.Second
	if inBrief() {
		requests, bound = 5_000, 3*time.Second
	}
	leaktest.Check(t)
	n := startNginx(t)
	pool := newPool(t, &httpx.PoolOptions{
		Connection:     httpx.ConnectionOptions{TLS: n.tls},
		MaxConnections: 24, MaxConnectionsPerOrigin: 12, MaxIdle: 16,
	})
	servers := []string{n.plain, n.secure, n.limited}

	stop := snapshottest.Follow(t, pool, time.Millisecond)
	began := time.Now()
	var next, answered, left atomic.Int64
	var running sync.WaitGroup
	for range callers {
		running.Go(func() {
			for time.Since(began) < bound {
				id := int(next.Add(1)) - 1
				if id >= requests {
					return
				}
				if sendWithPatience(t, pool, servers[id%len(servers)], id) {
					answered.Add(1)
				} else {
					left.Add(1)
				}
			}
		})
	}
	running.Wait()
	// A dial whose callers have left goes on, and its connection idles.
	waitUntil(t, "nothing but idle connections is left", func() bool {
		return pool.String() == idleText(len(pool.Connections()))
	})
	pool.Close()
	taken := stop()
	t.Logf("%d answered, %d left, %d snapshots in %v", answered.Load(), left.Load(), taken, time.Since(began))
	if answered.Load() < int64(requests/50) || left.Load() == 0 || taken < 50 {
		t.Errorf("%d answered, %d left, %d snapshots: want some of each", answered.Load(), left.Load(), taken)
	}

	s := pool.Snapshot()
	if err := snapshottest.Check(&s); err != nil || s.Text != "<ConnectionPool [0 active]>" {
		t.Errorf("in the end it is %s: %v", s.Text, err)
	}
	n.stop(t)
	lines := n.accessLog(t)
	connections := make(map[string]bool)
	for _, line := range lines {
		connections[line.connection+" "+line.worker] = true
	}
	if len(lines) < int(answered.Load()) || uint64(len(connections)) > s.Totals.Opened || s.Totals.Opened == 0 {
		t.Errorf("nginx saw %d requests on %d connections; %d were answered, %d connections opened", len(lines), len(connections), answered.Load(), s.Totals.Opened)
	}
	if s.Totals.Reused < uint64(answered.Load())/4 {
		t.Errorf("%d requests were answered, %d on connections that had served before", answered.Load(), s.Totals.Reused)
	}
}

// sendWithPatience asks for an answer, which one caller in eight may not wait
// for. It reports whether one came.
func sendWithPatience(t *testing.T, pool *httpx.ConnectionPool, base string, number int) bool {
	ctx := context.Background()
	isHasty := number%8 == 0
	if isHasty {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.Int64N(int64(20*time.Millisecond))))
		defer cancel()
	}
	id := strconv.Itoa(number)
	response, err := pool.Request(ctx, "GET", base+"/id?id="+id)
	switch {
	case err == nil:
		if body, _ := response.Text(); body != id {
			t.Errorf("request %s was answered %q", id, body)
		}
		return true
	case !isHasty || !errors.Is(err, context.DeadlineExceeded):
		t.Errorf("request %s: %v", id, err)
	}
	return false
}
