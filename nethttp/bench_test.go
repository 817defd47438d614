package nethttp_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/gohttpx/httpx/nethttp"
)

// BenchmarkTiny compares the two RoundTrippers, with a request that is used
// again and a buffer of the caller's. CPU time beside the clock's is what
// bench/ measures.
func BenchmarkTiny(b *testing.B) { benchmark(b, 0) }

func BenchmarkPost16KiB(b *testing.B) { benchmark(b, 16<<10) }

func benchmark(b *testing.B, size int) {
	address := canned{answer: []byte(tiny), body: size}.serve(b, nil)
	ours := nethttp.RoundTripper(newPool(b))
	theirs := &http.Transport{}
	defer theirs.CloseIdleConnections()
	for _, c := range []struct {
		name string
		rt   http.RoundTripper
	}{{"httpx", ours}, {"nethttp", theirs}} {
		b.Run(c.name, func(b *testing.B) {
			reader := bytes.NewReader(make([]byte, size))
			method, body := "GET", io.Reader(http.NoBody)
			if size > 0 {
				method, body = "POST", reader
			}
			r, err := http.NewRequest(method, "http://"+address+"/", body)
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]byte, 64)
			b.ReportAllocs()
			for b.Loop() {
				reader.Seek(0, io.SeekStart)
				res, err := c.rt.RoundTrip(r)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(res.Body, buf[:20]); err != nil {
					b.Fatal(err)
				}
				res.Body.Close()
			}
		})
	}
}
