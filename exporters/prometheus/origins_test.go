package prometheus_test

import (
	"testing"

	"github.com/gohttpx/httpx"
	httpxprom "github.com/gohttpx/httpx/exporters/prometheus"
	"github.com/gohttpx/httpx/network/networktest"
)

const originConnections = "httpx_pool_origin_connections"

// The origins that were seen first keep their places; the rest is added up.
func TestOriginsAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		g := gatherer(t, httpxprom.New(pool, &httpxprom.Options{MaxOrigins: 2}))
		hold(t, pool, "http://b.example/")
		get(t, pool, "http://a.example/")
		wantMetrics(t, g, `
			httpx_pool_origin_connections{origin="http://a.example",state="active"} 0
			httpx_pool_origin_connections{origin="http://a.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://a.example",state="idle"} 1
			httpx_pool_origin_connections{origin="http://a.example",state="upgraded"} 0
			httpx_pool_origin_connections{origin="http://b.example",state="active"} 1
			httpx_pool_origin_connections{origin="http://b.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://b.example",state="idle"} 0
			httpx_pool_origin_connections{origin="http://b.example",state="upgraded"} 0
		`, originConnections)

		pool.CloseIdle() // a.example is forgotten by the pool, and keeps its place
		get(t, pool, "http://c.example/")
		hold(t, pool, "http://d.example:8080/")
		wantMetrics(t, g, `
			httpx_pool_origin_connections{origin="http://b.example",state="active"} 1
			httpx_pool_origin_connections{origin="http://b.example",state="connecting"} 0
			httpx_pool_origin_connections{origin="http://b.example",state="idle"} 0
			httpx_pool_origin_connections{origin="http://b.example",state="upgraded"} 0
			httpx_pool_origin_connections{origin="other",state="active"} 1
			httpx_pool_origin_connections{origin="other",state="connecting"} 0
			httpx_pool_origin_connections{origin="other",state="idle"} 1
			httpx_pool_origin_connections{origin="other",state="upgraded"} 0
		`, originConnections)
	})
}

// Of the origins that are new at once, those with the most get a place.
func TestBusyOriginsComeFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		get(t, pool, "http://a.example/")
		hold(t, pool, "http://z.example/")
		hold(t, pool, "http://z.example/")
		wantMetrics(t, gatherer(t, httpxprom.New(pool, &httpxprom.Options{MaxOrigins: 1})), `
			httpx_pool_origin_waiting{origin="http://z.example"} 0
			httpx_pool_origin_waiting{origin="other"} 0
		`, "httpx_pool_origin_waiting")
	})
}

func TestNoOrigins(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		pool := newPool(t, n, httpx.PoolOptions{})
		get(t, pool, "http://a.example/")
		wantMetrics(t, gatherer(t, httpxprom.New(pool, &httpxprom.Options{MaxOrigins: httpx.None})), "",
			originConnections, "httpx_pool_origin_waiting")
	})
}
