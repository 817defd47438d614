package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// A Client follows redirects; History has the responses that led to the last.
func ExampleFollowRedirects() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			fmt.Fprint(w, "hello")
		}
	}))
	defer server.Close()
	client := httpx.NewClient(nil) // follows up to 20
	defer client.Close()
	ctx := context.Background()

	res, err := client.Get(ctx, server.URL+"/old")
	if err != nil {
		log.Fatal(err)
	}
	for _, led := range res.History {
		fmt.Println(led, led.Headers.Get("Location"))
	}
	fmt.Println(res, res.Request.URL.Path)

	_, err = client.Get(ctx, server.URL+"/loop")
	fmt.Println(errors.Is(err, httpx.ErrTooManyRedirects))

	// Any Transport can be made to follow, and a Client not to.
	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	curious := httpx.FollowRedirects(5)(pool)
	req, err := httpx.NewRequest("HEAD", server.URL+"/old")
	if err != nil {
		log.Fatal(err)
	}
	res, err = curious.Send(ctx, req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Close()
	fmt.Println(res, res.Request.Method)
	// Output:
	// <Response [301 Moved Permanently]> /new
	// <Response [200 OK]> /new
	// true
	// <Response [200 OK]> HEAD
}
