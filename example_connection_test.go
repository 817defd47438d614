package httpx_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"

	"github.com/gohttpx/httpx"
)

// everyName is a network on which every name leads to one server.
type everyName struct{ server *httptest.Server }

func (n everyName) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, n.server.Listener.Addr().String())
}

// helloServer answers "hello" under every name.
func helloServer() (*httptest.Server, httpx.ConnectionOptions) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
	}))
	return server, leadingTo(server)
}

// leadingTo are options by which every name, and no proxy, leads to the server.
func leadingTo(server *httptest.Server) httpx.ConnectionOptions {
	return httpx.ConnectionOptions{
		Backend: everyName{server},
		Route:   func(*url.URL) (httpx.Route, error) { return httpx.Direct, nil },
	}
}

// A connection can be held: it shows what it does, and serves one request after
// the other.
func ExampleConnection() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()

	c, err := httpx.OpenConnection(ctx, "http://www.example.com", &options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c)

	res, err := c.Stream(ctx, "GET", "/a/path")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c)
	text, _ := res.Text() // the last byte gives the connection back
	fmt.Println(text, c)

	c.Close()
	fmt.Println(c)
	// Output:
	// <Connection "http://www.example.com/" IDLE>
	// <Connection "http://www.example.com/" ACTIVE>
	// hello <Connection "http://www.example.com/" IDLE>
	// <Connection "http://www.example.com/" CLOSED>
}

// Requests of several goroutines on one connection go in turn.
func ExampleConnection_Request() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()
	c, err := httpx.OpenConnection(ctx, "http://www.example.com", &options)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			res, err := c.Request(ctx, "GET", "/")
			if err != nil {
				log.Fatal(err)
			}
			text, _ := res.Text()
			fmt.Println(res, text, "on connection", res.Exchange().Connection == c.Snapshot().ID)
		})
	}
	all.Wait()
	// Output:
	// <Response [200 OK]> hello on connection true
	// <Response [200 OK]> hello on connection true
	// <Response [200 OK]> hello on connection true
}

// With one Response for many requests, a busy loop makes no garbage.
func ExampleConnection_SendInto() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()
	c, err := httpx.OpenConnection(ctx, "http://www.example.com", &options)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	req, err := httpx.NewRequest("GET", "http://www.example.com/")
	if err != nil {
		log.Fatal(err)
	}
	var res httpx.Response
	var total int64
	for range 10 {
		if err := c.SendInto(ctx, req, &res); err != nil {
			log.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil {
			log.Fatal(err)
		}
		total += n
	}
	fmt.Println(total, "bytes; the last exchange was number", res.Exchange().Served+1)
	// Output: 50 bytes; the last exchange was number 10
}
