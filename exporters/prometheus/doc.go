// Package prometheus shows a [httpx.ConnectionPool] to Prometheus: what it
// holds, who waits, which limits apply, what happened since it was made, and, if
// asked, how long the phases of requests take.
//
// A first program:
//
//	package main
//
//	import (
//		"log"
//		"net/http"
//
//		"github.com/gohttpx/httpx"
//		httpxprom "github.com/gohttpx/httpx/exporters/prometheus"
//		"github.com/prometheus/client_golang/prometheus"
//		"github.com/prometheus/client_golang/prometheus/promhttp"
//	)
//
//	func main() {
//		pool := httpx.NewConnectionPool(nil)
//		prometheus.MustRegister(httpxprom.New(pool, nil))
//		http.Handle("/metrics", promhttp.Handler())
//		log.Fatal(http.ListenAndServe("localhost:9000", nil))
//	}
//
// A Client that is to be watched stands on such a pool: set
// [httpx.ClientOptions.Transport] to it.
//
// # What it costs
//
// Nothing between two scrapes. A scrape takes one snapshot of the pool, so that
// its figures belong to one moment and add up: active and idle connections are
// never counted twice. With Options.Observe the pool tells each event to the
// collector, on a goroutine that no request waits for.
//
// # Several pools
//
// Each gets a collector of its own, and its name as a constant label:
//
//	for name, pool := range pools {
//		registry.MustRegister(httpxprom.New(pool, &httpxprom.Options{
//			ConstLabels: prometheus.Labels{"pool": name},
//		}))
//	}
//
// # The metrics
//
// docs/metrics.md in the repository lists each with the question that it
// answers. Those of the pool:
//
//	httpx_pool_connections{state}               gauge    connecting, active, idle, upgraded
//	httpx_pool_waiting                          gauge    callers without a connection or a dial for them
//	httpx_pool_oldest_wait_seconds              gauge    of the callers without a connection
//	httpx_pool_max_connections                  gauge    the limits; +Inf for none
//	httpx_pool_max_connections_per_origin       gauge
//	httpx_pool_max_idle                         gauge
//	httpx_pool_max_waiting                      gauge
//	httpx_pool_idle_timeout_seconds             gauge
//	httpx_pool_max_age_seconds                  gauge
//	httpx_pool_acquire_timeout_seconds          gauge
//	httpx_pool_opened_total                     counter  dials that ended well
//	httpx_pool_dial_failures_total              counter  dials that did not
//	httpx_pool_reused_total                     counter  leases on a connection that had served before
//	httpx_pool_waited_total                     counter  callers that got no connection at once
//	httpx_pool_rejected_total                   counter  callers that got none, but for a failed dial
//	httpx_pool_replayed_total                   counter  requests that were sent a second time
//	httpx_pool_closed_total{reason}             counter  connections by the reason of their end
//
// Those of its origins, see Options.MaxOrigins:
//
//	httpx_pool_origin_connections{origin,state} gauge
//	httpx_pool_origin_waiting{origin}           gauge
//
// And with Options.Observe:
//
//	httpx_pool_queue_seconds{connection}        histogram  from Send to a connection, new or reused
//	httpx_pool_dial_seconds{phase}              histogram  resolve, connect, proxy, tls
//	httpx_pool_answer_seconds                   histogram  from the request written to the head of its response
//	httpx_pool_body_seconds                     histogram  from the head to the end of the body
//	httpx_pool_lifetime_seconds                 histogram  of connections, from the dial to the end
//	httpx_pool_failures_total{kind,phase}       counter    requests that got no response
//	httpx_pool_events_dropped_total             counter    events that the figures above lack
package prometheus
