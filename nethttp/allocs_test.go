//go:build !race

package nethttp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"testing"

	"github.com/gohttpx/httpx/nethttp"
)

// TestAllocations counts what one exchange allocates whose request is used again
// and whose body is read into the caller's buffer.
func TestAllocations(t *testing.T) {
	cancellable, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		body int
		tls  *tls.Config
		most float64
	}{
		{name: "GET", ctx: context.Background(), most: 3},
		{name: "GET that can be cancelled", ctx: cancellable, most: 5},
		{name: "POST 16 KiB", ctx: context.Background(), body: 16 << 10, most: 3},
		{name: "GET over TLS", ctx: context.Background(), tls: serverTLS(), most: 6}, // one is of the server's crypto/tls
	} {
		t.Run(test.name, func(t *testing.T) {
			scheme := "http://"
			if test.tls != nil {
				scheme = "https://"
			}
			address := canned{answer: []byte(tiny), body: test.body}.serve(t, test.tls)
			rt := nethttp.RoundTripper(newPool(t))
			reader := bytes.NewReader(make([]byte, test.body))
			method, body := "GET", io.Reader(http.NoBody)
			if test.body > 0 {
				method, body = "POST", reader
			}
			r, err := http.NewRequestWithContext(test.ctx, method, scheme+address+"/", body)
			if err != nil {
				t.Fatal(err)
			}
			var buf [64]byte
			exchange := func() {
				reader.Seek(0, io.SeekStart)
				res, err := rt.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				n, err := io.ReadFull(res.Body, buf[:20])
				if err != nil || string(buf[:n]) != "hello, hello, hello\n" {
					t.Fatalf("body %q, %v", buf[:n], err)
				}
				res.Body.Close()
			}
			exchange()
			if got := testing.AllocsPerRun(500, exchange); got > test.most {
				t.Errorf("%v allocations, want at most %v", got, test.most)
			}
		})
	}
}
