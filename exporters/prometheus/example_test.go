package prometheus_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gohttpx/httpx"
	httpxprom "github.com/gohttpx/httpx/exporters/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// A client stands on a pool, whose collector is registered; a scrape shows what
// the pool holds at that moment.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	client := httpx.NewClient(&httpx.ClientOptions{Transport: pool})
	registry := prometheus.NewRegistry()
	registry.MustRegister(httpxprom.New(pool, &httpxprom.Options{
		ConstLabels: prometheus.Labels{"pool": "front"},
	}))

	if _, err := client.Get(context.Background(), server.URL); err != nil {
		log.Fatal(err)
	}

	scrape := httptest.NewRecorder()
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	handler.ServeHTTP(scrape, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(scrape.Body.String()) {
		if strings.HasPrefix(line, "httpx_pool_connections") {
			fmt.Print(line)
		}
	}
	// Output:
	// httpx_pool_connections{pool="front",state="active"} 0
	// httpx_pool_connections{pool="front",state="connecting"} 0
	// httpx_pool_connections{pool="front",state="idle"} 1
	// httpx_pool_connections{pool="front",state="upgraded"} 0
}
