package inspect_test

import (
	"log"
	"net/http"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/inspect"
)

func ExampleHandler() {
	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()

	mux := http.NewServeMux()
	mux.Handle("/debug/httpx/", inspect.Handler(pool))
	go func() { log.Print(http.ListenAndServe("localhost:6060", mux)) }()

	// … use the pool, and look at http://localhost:6060/debug/httpx/
}
