package websocket

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
)

// patience is how long a conversation may take on a busy machine.
const patience = time.Minute

// TestCoder lets coder/websocket dial by an http.Client over the pool.
func TestCoder(t *testing.T) {
	onEach(t, func(t *testing.T, pool *httpx.ConnectionPool, url string) {
		ctx := within(t)
		conn, res, err := coder.Dial(ctx, url, &coder.DialOptions{
			HTTPClient:      &http.Client{Transport: nethttp.RoundTripper(pool)},
			Subprotocols:    []string{"echo"},
			CompressionMode: coder.CompressionContextTakeover,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		if res.StatusCode != 101 || conn.Subprotocol() != "echo" {
			t.Errorf("%s, protocol %q", res.Status, conn.Subprotocol())
		}
		want(t, pool, "<ConnectionPool [1 upgraded]>")
		wantOne(t, pool, fmt.Sprintf("<Connection %q WEBSOCKET>", url))
		conn.SetReadLimit(maxMessage)
		for _, message := range messages {
			for _, kind := range []coder.MessageType{coder.MessageText, coder.MessageBinary} {
				if err := conn.Write(ctx, kind, []byte(message)); err != nil {
					t.Fatal(err)
				}
				heard, data, err := conn.Read(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if heard != kind || string(data) != message {
					t.Errorf("said %d bytes of kind %v, heard %d of %v", len(message), kind, len(data), heard)
				}
			}
		}
		ctx = conn.CloseRead(ctx)
		if err := conn.Ping(ctx); err != nil {
			t.Errorf("ping: %v", err)
		}
		if err := conn.Close(coder.StatusNormalClosure, "goodbye"); err != nil {
			t.Errorf("close: %v", err)
		}
		want(t, pool, "<ConnectionPool [0 active]>")
	})
}

// TestCoderRefused has coder/websocket report an upgrade that was refused, and
// the connection serve on.
func TestCoderRefused(t *testing.T) {
	onEach(t, func(t *testing.T, pool *httpx.ConnectionPool, url string) {
		client := &http.Client{Transport: nethttp.RoundTripper(pool)}
		_, res, err := coder.Dial(within(t), url, &coder.DialOptions{
			HTTPClient: client,
			HTTPHeader: http.Header{"Sec-Websocket-Version": {"12"}, "Origin": {"http://elsewhere.example"}},
		})
		if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
			t.Fatalf("%v, %v, want a refusal", res, err)
		}
		want(t, pool, "<ConnectionPool [1 idle]>")
	})
}
