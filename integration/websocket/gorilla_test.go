package websocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	gorilla "github.com/gorilla/websocket"
)

// TestGorillaInTunnel has gorilla/websocket shake hands and talk over the stream
// of a CONNECT, by its Dialer, which starts TLS in the tunnel by itself.
func TestGorillaInTunnel(t *testing.T) {
	onEach(t, func(t *testing.T, pool *httpx.ConnectionPool, url string) {
		through := proxy(t)
		dialer := &gorilla.Dialer{
			NetDialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
				stream, _, err := pool.Upgrade(ctx, "CONNECT", through, httpx.Target(address))
				return stream, err
			},
			TLSClientConfig:   trusting(),
			Subprotocols:      []string{"echo"},
			EnableCompression: true,
		}
		conn, _, err := dialer.DialContext(within(t), "ws"+strings.TrimPrefix(url, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		want(t, pool, "<ConnectionPool [1 upgraded]>")
		talk(t, conn)
		want(t, pool, "<ConnectionPool [0 active]>")
	})
}

// TestGorillaOnStream has gorilla/websocket's NewClient shake hands and talk over
// a stream that the test brought into TLS itself, where that is spoken.
func TestGorillaOnStream(t *testing.T) {
	onEach(t, func(t *testing.T, pool *httpx.ConnectionPool, target string) {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		through := proxy(t)
		stream, _, err := pool.Upgrade(within(t), "CONNECT", through, httpx.Target(u.Host))
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme == "https" {
			config := trusting()
			config.ServerName = u.Hostname()
			if err := stream.StartTLS(within(t), config); err != nil {
				t.Fatal(err)
			}
		}
		wantOne(t, pool, fmt.Sprintf("<Connection %q VIA %q CONNECT>", u.Host, through))
		//lint:ignore SA1019 it takes a connection, which is what is tested
		conn, res, err := gorilla.NewClient(stream, plain(u), http.Header{"Sec-WebSocket-Protocol": {"echo"}}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != 101 {
			t.Errorf("%s", res.Status)
		}
		talk(t, conn)
		want(t, pool, "<ConnectionPool [0 active]>")
	})
}

// TestGorillaAfterUpgrade has the pool ask for the upgrade, in the words of
// gorilla/websocket, which then talks over the stream of the 101.
func TestGorillaAfterUpgrade(t *testing.T) {
	onEach(t, func(t *testing.T, pool *httpx.ConnectionPool, target string) {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		asking := &handshake{ctx: within(t), pool: pool, url: target}
		//lint:ignore SA1019 it takes a connection, which is what is tested
		conn, _, err := gorilla.NewClient(asking, plain(u), http.Header{"Sec-WebSocket-Protocol": {"echo"}}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		want(t, pool, "<ConnectionPool [1 upgraded]>")
		wantOne(t, pool, fmt.Sprintf("<Connection %q WEBSOCKET>", target))
		talk(t, conn)
		want(t, pool, "<ConnectionPool [0 active]>")
	})
}

// plain is the URL for NewClient, which would start TLS once more for wss.
func plain(u *url.URL) *url.URL { return &url.URL{Scheme: "ws", Host: u.Host, Path: u.Path} }

// talk is the client's side of a conversation, with its end.
func talk(t *testing.T, conn *gorilla.Conn) {
	t.Helper()
	defer conn.Close()
	if conn.Subprotocol() != "echo" {
		t.Errorf("protocol %q", conn.Subprotocol())
	}
	conn.SetReadLimit(maxMessage)
	conn.SetReadDeadline(time.Now().Add(patience))
	conn.SetWriteDeadline(time.Now().Add(patience))
	for _, message := range messages {
		for _, kind := range []int{gorilla.TextMessage, gorilla.BinaryMessage} {
			if err := conn.WriteMessage(kind, []byte(message)); err != nil {
				t.Fatal(err)
			}
			heard, data, err := conn.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			if heard != kind || string(data) != message {
				t.Errorf("said %d bytes of kind %v, heard %d of %v", len(message), kind, len(data), heard)
			}
		}
	}
	goodbye := gorilla.FormatCloseMessage(gorilla.CloseNormalClosure, "goodbye")
	if err := conn.WriteMessage(gorilla.CloseMessage, goodbye); err != nil {
		t.Errorf("close: %v", err)
	}
	var closed *gorilla.CloseError
	if _, _, err := conn.ReadMessage(); !errors.As(err, &closed) || closed.Code != gorilla.CloseNormalClosure {
		t.Errorf("heard %v, want goodbye", err)
	}
}
