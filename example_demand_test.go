package httpx_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// What a pool was asked for, for the command "httpx advise".
func ExampleRecordDemand() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	file := new(bytes.Buffer) // of os.Create("trace.jsonl"), say

	demand := httpx.RecordDemand(file)
	stop := pool.Observe(demand.Observe)
	if _, err := pool.Request(context.Background(), "GET", server.URL); err != nil {
		log.Fatal(err)
	}
	stop()
	err := demand.Close() // writes what is left

	fmt.Println(err)
	// Output:
	// <nil>
}
