package httpx_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// trace is a Middleware: it shows each request as it goes out, and its answer.
func trace(next httpx.Transport) httpx.Transport {
	return httpx.Wrap(next, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
		res, err := next.Send(ctx, req)
		if err == nil {
			fmt.Println(req.Method, req.URL.Path, res)
		}
		return res, err
	})
}

// The middleware of a Client sees every hop of a redirect.
func ExampleMiddleware() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b", http.StatusSeeOther)
		}
	}))
	defer server.Close()
	client := httpx.NewClient(&httpx.ClientOptions{Middleware: []httpx.Middleware{trace}})
	defer client.Close()

	if _, err := client.Post(context.Background(), server.URL+"/a", httpx.Text("x")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// POST /a <Response [303 See Other]>
	// GET /b <Response [200 OK]>
}
