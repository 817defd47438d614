package nethttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
)

// A program that takes an http.Client gets the pool by one line, and its
// connections can be looked at.
func ExampleRoundTripper() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
	}))
	defer server.Close()

	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	client := &http.Client{Transport: nethttp.RoundTripper(pool)}

	res, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(res.Status, string(body), err)
	fmt.Println(pool)
	// Output:
	// 200 OK hello <nil>
	// <ConnectionPool [1 idle]>
}

// What speaks HTTP/2, or signs requests, or records them, as an
// http.RoundTripper serves under an httpx.Client.
func ExampleTransport() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "you speak ", r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()

	transport := nethttp.Transport(server.Client().Transport)
	defer transport.Close()
	client := httpx.NewClient(&httpx.ClientOptions{Transport: transport})
	defer client.Close()

	res, err := client.Get(context.Background(), server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := res.Text()
	fmt.Println(res, text, err)
	// Output:
	// <Response [200 OK]> you speak HTTP/2.0 <nil>
}
