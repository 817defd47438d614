package prometheus_test

import (
	"context"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	httpxprom "github.com/gohttpx/httpx/exporters/prometheus"
	"github.com/gohttpx/httpx/network/networktest"
)

// How long everything takes, in time that the test makes.
func TestPhases(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Delay("www.example.com:80", time.Second)
		n.Handle("www.example.com:80", func(p *networktest.Peer) {
			for {
				if _, ok := p.NextRequest(); !ok {
					return
				}
				time.Sleep(2 * time.Second)
				p.Write("HTTP/1.1 103 Early Hints\r\n\r\n")
				time.Sleep(2 * time.Second)
				p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
				time.Sleep(8 * time.Second)
				p.Write("hello")
			}
		})
		pool := newPool(t, n, httpx.PoolOptions{IdleTimeout: 4 * time.Second})
		c := httpxprom.New(pool, &httpxprom.Options{Observe: true, Buckets: []float64{0.5, 5}, MaxOrigins: httpx.None})
		g := gatherer(t, c)
		get(t, pool, "http://www.example.com/")
		get(t, pool, "http://www.example.com/")
		time.Sleep(time.Minute)
		wantMetrics(t, g, `
			httpx_pool_answer_seconds_bucket{le="0.5"} 0
			httpx_pool_answer_seconds_bucket{le="5"} 2
			httpx_pool_answer_seconds_bucket{le="+Inf"} 2
			httpx_pool_answer_seconds_sum 8
			httpx_pool_answer_seconds_count 2
			httpx_pool_body_seconds_bucket{le="0.5"} 0
			httpx_pool_body_seconds_bucket{le="5"} 0
			httpx_pool_body_seconds_bucket{le="+Inf"} 2
			httpx_pool_body_seconds_sum 16
			httpx_pool_body_seconds_count 2
			httpx_pool_dial_seconds_bucket{phase="connect",le="0.5"} 0
			httpx_pool_dial_seconds_bucket{phase="connect",le="5"} 1
			httpx_pool_dial_seconds_bucket{phase="connect",le="+Inf"} 1
			httpx_pool_dial_seconds_sum{phase="connect"} 1
			httpx_pool_dial_seconds_count{phase="connect"} 1
			httpx_pool_events_dropped_total 0
			httpx_pool_queue_seconds_bucket{connection="new",le="0.5"} 0
			httpx_pool_queue_seconds_bucket{connection="new",le="5"} 1
			httpx_pool_queue_seconds_bucket{connection="new",le="+Inf"} 1
			httpx_pool_queue_seconds_sum{connection="new"} 1
			httpx_pool_queue_seconds_count{connection="new"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="0.5"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="5"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="+Inf"} 1
			httpx_pool_queue_seconds_sum{connection="reused"} 0
			httpx_pool_queue_seconds_count{connection="reused"} 1
		`, "httpx_pool_answer_seconds", "httpx_pool_body_seconds", "httpx_pool_dial_seconds",
			"httpx_pool_events_dropped_total", "httpx_pool_queue_seconds")
		// 1 s of dialling, 24 s of two exchanges, 4 s of idling.
		wantMetrics(t, g, `
			httpx_pool_lifetime_seconds_bucket{le="0.1"} 0
			httpx_pool_lifetime_seconds_bucket{le="1"} 0
			httpx_pool_lifetime_seconds_bucket{le="10"} 0
			httpx_pool_lifetime_seconds_bucket{le="30"} 1
			httpx_pool_lifetime_seconds_bucket{le="60"} 1
			httpx_pool_lifetime_seconds_bucket{le="120"} 1
			httpx_pool_lifetime_seconds_bucket{le="300"} 1
			httpx_pool_lifetime_seconds_bucket{le="900"} 1
			httpx_pool_lifetime_seconds_bucket{le="3600"} 1
			httpx_pool_lifetime_seconds_bucket{le="14400"} 1
			httpx_pool_lifetime_seconds_bucket{le="86400"} 1
			httpx_pool_lifetime_seconds_bucket{le="+Inf"} 1
			httpx_pool_lifetime_seconds_sum 29
			httpx_pool_lifetime_seconds_count 1
		`, "httpx_pool_lifetime_seconds")

		if err := c.Close(); err != nil {
			t.Errorf("closing gives %v", err)
		}
		c.Close()
		get(t, pool, "http://www.example.com/")
		wantMetrics(t, g, `
			httpx_pool_opened_total 2
			httpx_pool_queue_seconds_bucket{connection="new",le="0.5"} 0
			httpx_pool_queue_seconds_bucket{connection="new",le="5"} 1
			httpx_pool_queue_seconds_bucket{connection="new",le="+Inf"} 1
			httpx_pool_queue_seconds_sum{connection="new"} 1
			httpx_pool_queue_seconds_count{connection="new"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="0.5"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="5"} 1
			httpx_pool_queue_seconds_bucket{connection="reused",le="+Inf"} 1
			httpx_pool_queue_seconds_sum{connection="reused"} 0
			httpx_pool_queue_seconds_count{connection="reused"} 1
		`, "httpx_pool_opened_total", "httpx_pool_queue_seconds")
	})
}

func TestFailures(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("down.example:80", nil)
		n.Stall("stalled.example:80")
		n.Handle("broken.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("SSH-2.0\r\n\r\n")
			p.WaitClosed()
		})
		n.Handle("silent.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.WaitClosed()
		})
		pool := newPool(t, n, httpx.PoolOptions{})
		g := gatherer(t, httpxprom.New(pool, &httpxprom.Options{Observe: true}))
		fail := func(url string, options ...httpx.RequestOption) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Hour, cancel)
			if _, err := pool.Request(ctx, "GET", url, append(options, httpx.Direct)...); err == nil {
				t.Errorf("GET %s: no error", url)
			}
		}
		fail("http://down.example/")
		fail("http://stalled.example/")
		fail("http://broken.example/")
		fail("http://broken.example/")
		fail("http://silent.example/", httpx.Timeouts{FirstByte: time.Second})
		fail("http://silent.example/")
		wantMetrics(t, g, `
			httpx_pool_failures_total{kind="canceled",phase="first byte"} 1
			httpx_pool_failures_total{kind="connection failed",phase="connect"} 1
			httpx_pool_failures_total{kind="protocol error",phase="head"} 2
			httpx_pool_failures_total{kind="timeout",phase="connect"} 1
			httpx_pool_failures_total{kind="timeout",phase="first byte"} 1
		`, "httpx_pool_failures_total")
	})
}
