// Package opentelemetry tells OpenTelemetry what httpx does, in the terms of its
// semantic conventions for HTTP clients: a span a request, the metrics of
// requests, and those of a pool's connections.
//
// A first program, which uses the providers that the program has set for all
// (otel.SetTracerProvider and its like):
//
//	package main
//
//	import (
//		"context"
//		"log"
//
//		"github.com/gohttpx/httpx"
//		"github.com/gohttpx/httpx/exporters/opentelemetry"
//	)
//
//	func main() {
//		pool := httpx.NewConnectionPool(nil)
//		defer pool.Close()
//		stop, err := opentelemetry.Observe(pool, nil) // connections
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer stop()
//		client := httpx.NewClient(&httpx.ClientOptions{
//			Transport:  pool,
//			Middleware: []httpx.Middleware{opentelemetry.Middleware(nil)}, // requests
//		})
//		res, err := client.Get(context.Background(), "https://www.example.com/")
//		…
//	}
//
// # Spans
//
// [Middleware] makes a span of kind client for each request, from Send until the
// body of the response was read or closed, and hands its context on in the
// fields of the request. In the Middleware of a Client each hop of a redirect is
// a request. What happens on the way, from the wait for a connection over the
// phases of a dial to the last byte of the body, is told by events of the span:
// "queued", "dial started", "resolved", "connected", "TLS done", "assigned",
// "request sent", "first byte", "answered", "body done" and so on: the words of
// [httpx.EventKind].
//
// A status of 400 and above is an error of the span, as the conventions want it,
// and so is a failure; error.type says which, in one of these words, or is the
// status: timeout, canceled, connect, tls, protocol, proxy, closed, pool_closed,
// pool_full, too_large, too_many_redirects, decode.
//
// # Metrics
//
// Of requests, by [Middleware]:
//
//	http.client.request.duration        histogram, seconds, to the end of the body
//	http.client.request.body.size       histogram, bytes, where the size is known beforehand
//	http.client.response.body.size      histogram, bytes as they came, of bodies read to their end
//	http.client.active_requests         up-down counter
//
// Of connections, by [Observe]:
//
//	http.client.open_connections        up-down counter, by http.connection.state, active or idle
//	http.client.connection.duration     histogram, seconds
//
// And what the conventions have no name for, likewise:
//
//	httpx.pool.connecting               up-down counter, dials under way
//	httpx.pool.waiting                  up-down counter, callers that wait
//	httpx.pool.opened, .dial_failures, .reused, .waited, .rejected, .replayed
//	httpx.pool.closed                   by httpx.close.reason
//
// docs/metrics.md in the repository lists each with its attributes and the
// question that it answers.
//
// # Secrets
//
// User information and the fragment are not in url.full, and of a query only the
// names are, unless Options.URL says otherwise.
package opentelemetry
