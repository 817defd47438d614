package httpx_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// Ten requests, three at a time. The results come as they finish: Index says
// whose each one is.
func ExampleGather() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "page %s", r.URL.Query().Get("page"))
	}))
	defer server.Close()
	client := httpx.NewClient(nil)
	defer client.Close()

	var requests []*httpx.Request
	for page := range 10 {
		req, err := httpx.NewRequest("GET", fmt.Sprintf("%s/?page=%d", server.URL, page))
		if err != nil {
			log.Fatal(err)
		}
		requests = append(requests, req)
	}
	pages := make([]string, len(requests))
	for r := range httpx.Gather(context.Background(), client, 3, requests...) {
		if r.Err != nil {
			log.Fatal(r.Err) // breaking out of the loop cancels the rest
		}
		pages[r.Index], _ = r.Response.Text()
	}
	fmt.Println(pages[0], pages[9])
	// Output: page 0 page 9
}
