package httpx_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// A Client keeps cookies, each Client its own; NoCookies keeps none.
func ExampleCookies() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "theme", Value: "dark"})
		fmt.Fprintf(w, "cookies: %q", r.Header.Get("Cookie"))
	}))
	defer server.Close()

	for _, options := range []*httpx.ClientOptions{nil, {Jar: httpx.NoCookies}} {
		client := httpx.NewClient(options)
		defer client.Close()
		for range 2 {
			res, err := client.Get(context.Background(), server.URL, httpx.Headers{{"Cookie", "own=1"}})
			if err != nil {
				log.Fatal(err)
			}
			text, _ := res.Text()
			fmt.Println(text)
		}
	}
	// Output:
	// cookies: "own=1"
	// cookies: "own=1; theme=dark"
	// cookies: "own=1"
	// cookies: "own=1"
}
