package httpx_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// echoServer switches to a protocol that says everything again; its path
// /closed does not.
func echoServer() (*httptest.Server, httpx.ConnectionOptions) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/closed" {
			http.Error(w, "not today", http.StatusForbidden)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		if r.Method == "CONNECT" {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		} else {
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		}
		io.Copy(conn, buffered)
	}))
	return server, leadingTo(server)
}

// An upgrade gives the stream that speaks the other protocol. The pool counts
// it until it is closed. A refusal is an error that has the response.
func ExampleConnectionPool_Upgrade() {
	server, options := echoServer()
	defer server.Close()
	ctx := context.Background()
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: options})
	defer pool.Close()

	stream, res, err := pool.Upgrade(ctx, "GET", "http://www.example.com/feed", httpx.Headers{{"Upgrade", "echo"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res, pool, pool.Connections()[0])
	fmt.Fprintln(stream, "hello")
	line, _ := bufio.NewReader(stream).ReadString('\n')
	fmt.Print(line)
	stream.Close()
	fmt.Println(pool)

	_, res, err = pool.Upgrade(ctx, "GET", "http://www.example.com/closed", httpx.Headers{{"Upgrade", "echo"}})
	var refused *httpx.UpgradeError
	text, _ := res.Text()
	fmt.Print(errors.As(err, &refused), " ", res, " ", text)
	fmt.Println(pool)
	// Output:
	// <Response [101 Switching Protocols]> <ConnectionPool [1 upgraded]> <Connection "http://www.example.com/feed" ECHO>
	// hello
	// <ConnectionPool [0 active]>
	// true <Response [403 Forbidden]> not today
	// <ConnectionPool [1 idle]>
}

// CONNECT makes a connection to a proxy a tunnel to somewhere else.
func ExampleConnection_Upgrade() {
	server, options := echoServer()
	defer server.Close()
	ctx := context.Background()

	proxy, err := httpx.OpenConnection(ctx, "http://127.0.0.1:8080", &options)
	if err != nil {
		log.Fatal(err)
	}
	tunnel, _, err := proxy.Upgrade(ctx, "CONNECT", "www.encode.io:443")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(proxy)

	var conn net.Conn = tunnel // a net.Conn like any other
	conn.Close()
	fmt.Println(proxy)
	// Output:
	// <Connection "https://www.encode.io" VIA "http://127.0.0.1:8080" CONNECT>
	// <Connection "http://127.0.0.1:8080/" CLOSED>
}
