package httpx_test

import (
	"bufio"
	"context"
	"fmt"
	"log"

	"github.com/gohttpx/httpx"
)

// A tunnel leads through proxies to any port, whatever is spoken there.
func ExampleOpenTunnel() {
	server, options := echoServer() // a proxy whose every tunnel says everything again
	defer server.Close()
	ctx := context.Background()

	route, err := httpx.ParseRoute("http://user:password@proxy.example:3128")
	if err != nil {
		log.Fatal(err)
	}
	stream, err := httpx.OpenTunnel(ctx, "db.example:5432", route, &options)
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()

	fmt.Fprintln(stream, "hello by", route)
	line, err := bufio.NewReader(stream).ReadString('\n')
	fmt.Print(line, err)
	// Output:
	// hello by http://proxy.example:3128
	// <nil>
}
