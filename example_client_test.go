package httpx_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/gohttpx/httpx"
)

// Get and its like read the body, and the connection goes back to the pool.
// Stream leaves the body open, and the connection with it.
func ExampleClient() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello")
	}))
	defer server.Close()
	client := httpx.NewClient(nil)
	defer client.Close()
	ctx := context.Background()

	res, err := client.Get(ctx, server.URL)
	if err != nil {
		log.Fatal(err)
	}
	text, _ := res.Text()
	fmt.Println(res, text, client)

	res, err = client.Stream(ctx, "GET", server.URL)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res, client)
	data, err := io.ReadAll(res.Body)
	res.Close()
	fmt.Println(string(data), err, client)
	// Output:
	// <Response [200 OK]> hello <Client [1 idle]>
	// <Response [200 OK]> <Client [1 active]>
	// hello <nil> <Client [1 idle]>
}
