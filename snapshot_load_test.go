package httpx_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/snapshottest"
	"github.com/gohttpx/httpx/network/networktest"
)

// A snapshot adds up whenever it is taken: while callers of several origins come
// and give up, connections are made, refused, upgraded, closed by either side,
// and looked at again and again. And in the end it agrees with the servers.
func TestSnapshotsAddUpUnderLoad(t *testing.T) {
	const callers, requests = 40, 100
	n := eccentricNetwork(t)
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{
		Connection:              directly(n),
		MaxConnections:          12,
		MaxConnectionsPerOrigin: 5,
		MaxIdle:                 8,
		MaxWaiting:              30,
		IdleTimeout:             20 * time.Millisecond,
	})
	defer pool.Close()

	stop := snapshottest.Follow(t, pool, 0)
	var answered, upgraded, failed atomic.Int64
	var load sync.WaitGroup
	for i := range callers {
		random := rand.New(rand.NewPCG(uint64(i), 7))
		load.Go(func() {
			for range requests {
				switch how, err := callSomehow(pool, random); {
				case err != nil:
					failed.Add(1)
				case how == "upgrade":
					upgraded.Add(1)
				default:
					answered.Add(1)
				}
			}
		})
	}
	load.Wait()
	pool.Close()
	if taken := stop(); taken < 20 {
		t.Errorf("only %d snapshots were taken", taken)
	}
	if answered.Load() < callers*requests/4 || upgraded.Load() == 0 || failed.Load() == 0 {
		t.Errorf("%d answered, %d upgraded, %d failed: want some of each", answered.Load(), upgraded.Load(), failed.Load())
	}

	s := pool.Snapshot()
	if err := snapshottest.Check(&s); err != nil || len(s.Connections)+len(s.Waiters)+len(s.Origins) > 0 {
		t.Errorf("in the end it is %+v: %v", s, err)
	}
	// Dials that were cut short, by Connection.Close, count nowhere.
	if refused := n.Dials("refused.example:80"); s.Totals.DialFailures > uint64(refused) || s.Totals.DialFailures == 0 {
		t.Errorf("%d dials failed, %d were refused", s.Totals.DialFailures, refused)
	}
	if dials := uint64(n.Dials("*")); s.Totals.Opened+s.Totals.DialFailures > dials || s.Totals.Opened == 0 {
		t.Errorf("opened %d, failed %d, of %d dials", s.Totals.Opened, s.Totals.DialFailures, dials)
	}
	for _, reason := range []string{"closed by the caller", "stream closed", "peer asked to close"} {
		if s.Totals.Closed[reason] == 0 {
			t.Errorf("none was closed for %q: %v", reason, s.Totals.Closed)
		}
	}
}

// callSomehow is one caller, who may lose patience, want another protocol, leave
// the body alone, or close connections that are not his.
func callSomehow(pool *httpx.ConnectionPool, random *rand.Rand) (how string, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if random.IntN(4) == 0 {
		patience := time.AfterFunc(time.Duration(random.IntN(int(3*time.Millisecond))), cancel)
		defer patience.Stop()
	}
	switch random.IntN(100) {
	case 0:
		pool.CloseIdle()
	case 1, 2:
		if all := pool.Connections(); len(all) > 0 {
			all[random.IntN(len(all))].Close()
		}
	}
	origin := fmt.Sprintf("http://%c.example", 'a'+rune(random.IntN(5)))
	switch random.IntN(20) {
	case 0:
		_, err = pool.Request(ctx, "GET", "http://refused.example/")
		return "refused", err
	case 1:
		stream, _, err := pool.Upgrade(ctx, "GET", origin+"/", httpx.Headers{{"Upgrade", "echo"}})
		if err == nil {
			stream.Close()
		}
		return "upgrade", err
	case 2:
		res, err := pool.Stream(ctx, "GET", origin+"/")
		if err == nil {
			res.Close()
		}
		return "unread", err
	}
	_, err = pool.Request(ctx, "GET", origin+"/")
	return "read", err
}

// eccentricNetwork has eccentric servers, but for one that refuses.
func eccentricNetwork(t *testing.T) *networktest.Network {
	n := networktest.New(t)
	n.Handle("*", eccentric)
	n.Delay("*", 100*time.Microsecond)
	n.Refuse("refused.example:80", nil)
	return n
}

// directly is by n, whatever proxies the environment names.
func directly(n *networktest.Network) httpx.ConnectionOptions {
	return httpx.ConnectionOptions{Backend: n, Route: func(*url.URL) (httpx.Route, error) { return httpx.Direct, nil }}
}

// eccentric is a server that does what servers do.
func eccentric(p *networktest.Peer) {
	random := rand.New(rand.NewPCG(uint64(p.Number()), 3))
	for {
		r, ok := p.NextRequest()
		if !ok {
			return
		}
		var answer string
		end := false
		switch {
		case r.Get("Upgrade") != "":
			answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
		case random.IntN(20) == 0:
			answer, end = networktest.AppendAnswer(200, "bye", "Connection: close"), true
		case random.IntN(20) == 0:
			return
		default:
			answer = networktest.AppendAnswer(200, "hello")
		}
		if random.IntN(10) == 0 {
			time.Sleep(time.Millisecond)
		}
		if _, err := io.WriteString(p.Conn(), answer); err != nil || end {
			return
		}
		if r.Get("Upgrade") != "" {
			io.Copy(io.Discard, p.Conn())
			return
		}
	}
}
