package inspect

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/inspect"
)

// A view is a pool, what it talks to, and the page that shows it.
type view struct {
	*servers
	t    testing.TB
	pool *httpx.ConnectionPool
	page string // its URL

	server *httptest.Server // of the page

	ctx   context.Context // ends with the load
	tasks sync.WaitGroup
}

func newView(t testing.TB, options httpx.PoolOptions) *view {
	t.Helper()
	v := &view{servers: startServers(t), t: t}
	options.Connection.TLS = v.tls
	options.Connection.Route = func(*url.URL) (httpx.Route, error) { return httpx.Direct, nil }
	v.pool = httpx.NewConnectionPool(&options)
	mux := http.NewServeMux()
	mux.Handle("/debug/httpx/", inspect.Handler(v.pool))
	server := httptest.NewServer(mux)
	v.server, v.page = server, server.URL+"/debug/httpx/"

	ctx, cancel := context.WithCancel(context.Background())
	v.ctx = ctx
	t.Cleanup(func() {
		cancel()
		v.tasks.Wait()
		v.pool.Close()
		// Streams end with the browser, or here.
		server.CloseClientConnections()
		server.Close()
	})
	return v
}

// ask sends a request again and again, from so many callers, each with a pause
// in between, until the test ends.
func (v *view) ask(callers int, pause time.Duration, method, url string, options ...httpx.RequestOption) {
	for i := range callers {
		v.tasks.Go(func() {
			offset := pause * time.Duration(i) / time.Duration(callers)
			for v.rest(offset) {
				v.pool.Request(v.ctx, method, url, options...) // a failure is shown, too
				offset = pause
			}
		})
	}
}

// rest waits, and reports whether the load still runs.
func (v *view) rest(d time.Duration) bool {
	select {
	case <-v.ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// hold has so many callers wait for an answer that comes when the application
// lets it, and returns when the pool shows the counts that follow from it.
func (v *view) hold(callers int, want httpx.CountsSnapshot) {
	v.t.Helper()
	for range callers {
		v.tasks.Go(func() { v.pool.Request(v.ctx, "GET", v.plain+"/api/hold?token=secret") })
	}
	v.until("the pool shows the callers", func() bool { return v.pool.Snapshot().Counts == want })
}

// until waits for something that is sure to come.
func (v *view) until(what string, is func() bool) {
	v.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !is(); {
		if time.Now().After(deadline) {
			v.t.Fatalf("waited in vain until %s; the pool is %v", what, v.pool)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ids are the numbers of the pool's connections, oldest first.
func (v *view) ids() (ids []uint64) {
	for _, c := range v.pool.Snapshot().Connections {
		ids = append(ids, c.ID)
	}
	return ids
}
