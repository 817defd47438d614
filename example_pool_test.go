package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/gohttpx/httpx"
)

// A pool keeps connections for the next request, and shows them.
func ExampleConnectionPool() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: options})
	defer pool.Close()

	fmt.Println(pool)
	for _, url := range []string{"http://a.example/", "http://b.example/", "http://c.example/", "http://a.example/again"} {
		if _, err := pool.Request(ctx, "GET", url); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(pool)
	for _, c := range pool.Connections() {
		fmt.Println(c)
	}

	res, err := pool.Stream(ctx, "GET", "http://b.example/")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pool)
	res.Close()
	fmt.Println(pool)
	// Output:
	// <ConnectionPool [0 active]>
	// <ConnectionPool [3 idle]>
	// <Connection "http://a.example/" IDLE>
	// <Connection "http://b.example/" IDLE>
	// <Connection "http://c.example/" IDLE>
	// <ConnectionPool [1 active, 2 idle]>
	// <ConnectionPool [3 idle]>
}

// Limits make callers wait, for a time; the error says which limit it was.
func ExamplePoolOptions() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{
		Connection:     options,
		MaxConnections: 1,
		AcquireTimeout: 10 * time.Millisecond,
	})
	defer pool.Close()

	res, err := pool.Stream(ctx, "GET", "http://a.example/")
	if err != nil {
		log.Fatal(err)
	}
	_, err = pool.Request(ctx, "GET", "http://b.example/")
	var e *httpx.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, "in", e.Phase, "for", e.Origin)
		fmt.Println(e.Err)
	}
	res.Close()

	_, err = pool.Request(ctx, "GET", "http://b.example/") // takes the place of the idle one
	fmt.Println(err, pool)
	// Output:
	// timeout in queue for http://b.example
	// no connection within 10ms, held by MaxConnections 1
	// <nil> <ConnectionPool [1 idle]>
}

// Shutdown lets what runs come to its end.
func ExampleConnectionPool_Shutdown() {
	server, options := helloServer()
	defer server.Close()
	ctx := context.Background()
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: options})

	res, err := pool.Stream(ctx, "GET", "http://a.example/")
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- pool.Shutdown(ctx) }()

	text, _ := res.Text()
	fmt.Println(text, <-ended, pool)
	_, err = pool.Request(ctx, "GET", "http://a.example/")
	fmt.Println(errors.Is(err, httpx.ErrPoolClosed))
	// Output:
	// hello <nil> <ConnectionPool [0 active]>
	// true
}
