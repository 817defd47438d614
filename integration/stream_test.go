package integration

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/network"
)

// TestStream sends requests by hand, on the lowest floor: a stream, and the
// parser and writer of HTTP/1.1 on it.
func TestStream(t *testing.T) {
	var streamed []byte
	for i := range 10 {
		streamed = append(streamed, streamChunk(i, 100)...)
	}
	for _, overTLS := range []bool{false, true} {
		t.Run(fmt.Sprintf("TLS %t", overTLS), func(t *testing.T) {
			n := startNginx(t)
			base, mark := n.plain, ""
			if overTLS {
				base, mark = n.secure, " TLS"
			}
			_, address, _ := strings.Cut(base, "://")
			conn, err := new(network.Dialer).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			stream := network.NewStream(conn)
			defer stream.Close()
			if overTLS {
				config := n.tls.Clone()
				config.ServerName = "localhost"
				if err := stream.StartTLS(t.Context(), config); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := stream.String(), fmt.Sprintf(`<NetworkStream ["%s"%s]>`, address, mark); got != want {
				t.Errorf("%s, want %s", got, want)
			}

			reader := h1.NewReader(stream, h1.Limits{})
			for _, request := range []struct {
				method, target string
				status         int
				body           []byte
			}{
				{"GET", "/id?id=7", 200, []byte("7")},
				{"GET", largeFile, 200, n.large},
				{"HEAD", largeFile, 200, nil},
				{"GET", "/origin/stream?chunks=10&size=100", 200, streamed},
				{"GET", emptyFile, 200, nil},
			} {
				what := request.method + " " + request.target
				message, err := h1.AppendRequest(nil, request.method, request.target, [][2]string{{"Host", address}})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stream.Write(message); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				var head h1.ResponseHead
				if err := reader.ReadResponse(&head); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				framing, err := head.Framing(request.method)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				reader.Begin(framing)
				body, err := io.ReadAll(reader)
				if err != nil {
					t.Fatalf("the body of %s: %v", what, err)
				}
				if head.Status != request.status || string(body) != string(request.body) {
					t.Errorf("%s: status %d and a body of %d bytes, want %d and %d", what, head.Status, len(body), request.status, len(request.body))
				}
				if !head.KeepAlive() {
					t.Errorf("%s: nginx keeps the connection, KeepAlive says no", what)
				}
			}

			if alive, err := stream.Probe(); alive != network.Alive {
				t.Errorf("after the last answer: %v (%v), want alive", alive, err)
			}
			n.stop(t) // closes idle connections first
			waitUntil(t, "the stream sees the server's end", func() bool {
				alive, _ := stream.Probe()
				return alive == network.Closed
			})
			if err := stream.Close(); err != nil {
				t.Error(err)
			}
			if got, want := stream.String(), fmt.Sprintf(`<NetworkStream ["%s" CLOSED]>`, address); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
