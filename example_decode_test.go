package httpx_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gohttpx/httpx"
)

// A Client asks for compressed bodies and decodes them, within limits. Who asks
// for a coding by name gets the bytes as they are.
func ExampleDecode() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		gz := gzip.NewWriter(w)
		io.WriteString(gz, strings.Repeat("all work and no play ", 10_000))
		gz.Close()
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
	fmt.Println(len(text), res.Uncompressed(), res.Headers.Has("Content-Encoding"))

	res, err = client.Get(ctx, server.URL, httpx.Headers{{"Accept-Encoding", "gzip"}})
	if err != nil {
		log.Fatal(err)
	}
	raw, _ := res.Bytes()
	fmt.Println(len(raw) < 2000, res.Uncompressed(), res.Headers.Has("Content-Encoding"))

	careful := httpx.NewClient(&httpx.ClientOptions{Decode: httpx.DecodeLimits{Bytes: 64 << 10, Ratio: 10}})
	defer careful.Close()
	_, err = careful.Get(ctx, server.URL)
	fmt.Println(errors.Is(err, httpx.ErrTooLarge))
	// Output:
	// 210000 true false
	// true false true
	// true
}
