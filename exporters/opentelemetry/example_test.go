package opentelemetry_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/exporters/opentelemetry"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// Each request of a client is a span, and the server learns of it.
func ExampleMiddleware() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("the server was told:", r.Header.Get("Traceparent") != "")
		http.NotFound(w, r)
	}))
	defer server.Close()

	spans := tracetest.NewSpanRecorder() // in a program: what sends them on
	client := httpx.NewClient(&httpx.ClientOptions{
		Middleware: []httpx.Middleware{opentelemetry.Middleware(&opentelemetry.Options{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
			Propagator:     propagation.TraceContext{},
			Template:       func(*httpx.Request) string { return "/users/{id}" },
		})},
	})
	defer client.Close()

	if _, err := client.Get(context.Background(), server.URL+"/users/7"); err != nil {
		log.Fatal(err)
	}
	span := spans.Ended()[0]
	fmt.Println(span.Name(), span.Status().Code)
	for _, event := range span.Events() {
		fmt.Println("-", event.Name)
	}
	// Unordered output:
	// the server was told: true
	// GET /users/{id} Error
	// - queued
	// - dial started
	// - connected
	// - assigned
	// - request sent
	// - first byte
	// - answered
	// - body done
	// - returned
}

// The connections of a pool are metrics.
func ExampleObserve() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	reader := sdkmetric.NewManualReader() // in a program: what sends them on
	stop, err := opentelemetry.Observe(pool, &opentelemetry.Options{
		MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer stop()

	if _, err := pool.Request(context.Background(), "GET", server.URL); err != nil {
		log.Fatal(err)
	}
	var now metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &now); err != nil {
		log.Fatal(err)
	}
	for _, m := range now.ScopeMetrics[0].Metrics {
		sum, ok := m.Data.(metricdata.Sum[int64])
		if !ok || m.Name != "http.client.open_connections" {
			continue
		}
		for _, point := range sum.DataPoints {
			state, _ := point.Attributes.Value("http.connection.state")
			fmt.Println(state.AsString(), point.Value)
		}
	}
	// Unordered output:
	// active 0
	// idle 1
}
