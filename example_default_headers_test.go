package httpx_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/gohttpx/httpx"
)

// A Client for one service: a base URL and fields that every request carries.
// An empty value in a request leaves a default out.
func ExampleDefaultHeaders() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s as %q, accepting %q", r.URL.Path, r.UserAgent(), r.Header.Values("Accept"))
	}))
	defer server.Close()
	base, err := url.Parse(server.URL + "/v1/")
	if err != nil {
		log.Fatal(err)
	}
	client := httpx.NewClient(&httpx.ClientOptions{
		BaseURL: base,
		Headers: httpx.Headers{{"User-Agent", "example/1.0"}},
	})
	defer client.Close()

	for _, headers := range []httpx.Headers{nil, {{"Accept", "text/csv"}}, {{"Accept", ""}, {"User-Agent", "other"}}} {
		res, err := client.Get(context.Background(), "users", headers)
		if err != nil {
			log.Fatal(err)
		}
		text, _ := res.Text()
		fmt.Println(text)
	}
	// Output:
	// /v1/users as "example/1.0", accepting ["*/*"]
	// /v1/users as "example/1.0", accepting ["text/csv"]
	// /v1/users as "other", accepting []
}
