package httpx_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
)

// A stand-in is a server on loopback in the place of www.example.com.
type standIn struct {
	server *httptest.Server
	stdout *os.File // what an example would write to
	lines  *os.File // what it does write to
	seen   chan string
}

// exampleSite is what a stand-in stands for, and exampleAddress where it is.
const (
	exampleSite    = "http://www.example.com"
	exampleAddress = "93.184.215.14:80"
)

// newStandIn starts the server. Until close, what is written to standard output
// has the stand-in's address replaced, so that it may be compared.
func newStandIn() *standIn {
	s := &standIn{
		server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "Example Domain")
		})),
		stdout: os.Stdout,
		seen:   make(chan string),
	}
	out, lines, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	s.lines, os.Stdout = lines, lines
	go func() {
		var b bytes.Buffer
		io.Copy(&b, out)
		out.Close()
		s.seen <- b.String()
	}()
	return s
}

func (s *standIn) url() string { return s.server.URL + "/" }

func (s *standIn) address() string { return s.server.Listener.Addr().String() }

func (s *standIn) close() {
	os.Stdout = s.stdout
	s.lines.Close()
	text := strings.ReplaceAll(<-s.seen, s.server.URL, exampleSite)
	fmt.Print(strings.ReplaceAll(text, s.address(), exampleAddress))
	s.server.Close()
}

// A first program.
func Example() {
	example := newStandIn()
	defer example.close()
	url := example.url()

	res, err := httpx.Get(context.Background(), url)
	if err != nil {
		log.Fatal(err)
	}
	text, err := res.Text()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res, len(text)) // <Response [200 OK]> 1256

	// Output:
	// <Response [200 OK]> 14
}

// The top floor: redirects, cookies, default headers, decoding.
func Example_client() {
	example := newStandIn()
	defer example.close()
	ctx, url := context.Background(), example.url()

	client := httpx.NewClient(nil)
	defer client.Close()
	res, err := client.Get(ctx, url)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res, client) // <Response [200 OK]> <Client [1 idle]>

	// Output:
	// <Response [200 OK]> <Client [1 idle]>
}

// One below: connections that are shared, and can be looked at.
func Example_pool() {
	example := newStandIn()
	defer example.close()
	ctx, url := context.Background(), example.url()

	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	res, err := pool.Stream(ctx, "GET", url)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pool) // <ConnectionPool [1 active]>
	res.Close()
	fmt.Println(pool, pool.Connections()) // <ConnectionPool [1 idle]> [<Connection "http://www.example.com/" IDLE>]

	// Output:
	// <ConnectionPool [1 active]>
	// <ConnectionPool [1 idle]> [<Connection "http://www.example.com/" IDLE>]
}

// One connection, whose owner decides what goes over it.
func Example_connection() {
	example := newStandIn()
	defer example.close()
	ctx, url := context.Background(), example.url()

	conn, err := httpx.OpenConnection(ctx, url, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	res, err := conn.Request(ctx, "GET", "/")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res, conn) // <Response [200 OK]> <Connection "http://www.example.com/" IDLE>

	// Output:
	// <Response [200 OK]> <Connection "http://www.example.com/" IDLE>
}

// The bytes under it.
func Example_stream() {
	example := newStandIn()
	defer example.close()
	ctx, address := context.Background(), example.address()

	var dialer network.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	stream := network.NewStream(conn)
	defer stream.Close()
	fmt.Println(stream) // <NetworkStream ["93.184.215.14:80"]>

	// Output:
	// <NetworkStream ["93.184.215.14:80"]>
}

// Requests are made of options.
func Example_options() {
	example := newStandIn()
	defer example.close()
	ctx, url, token := context.Background(), example.url(), "secret"
	client := httpx.NewClient(nil)
	defer client.Close()

	res, err := client.Post(ctx, url,
		httpx.JSON(map[string]string{"name": "Ada"}),
		httpx.Headers{{"Authorization", "Bearer " + token}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(res.Request, "\n", res.Request.Headers[:1])

	// Output:
	// <Request [POST "http://www.example.com/"]>
	// Authorization: [redacted]
}
