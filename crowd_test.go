package httpx

import (
	"runtime"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// The connections of a pool are a crowd: every request is counted in it.
func TestPoolIsACrowd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantGet(t, p, "http://a.example/", "hello")
		wantGet(t, p, "http://b.example/", "hello")
		wantGet(t, p, "http://a.example/", "hello")
		if n := p.config.crowd.Written(); n != 3 {
			t.Errorf("the crowd wrote %d requests, want 3", n)
		}
	})
}
