package integration

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
)

// A feed is an nginx that passes WebSocket through to an origin, which echoes
// what comes behind the handshake.
type feed struct {
	plain, secure string // the URLs of the feed
	ca            *authority
}

func startFeed(t testing.TB) *feed {
	t.Helper()
	executable := nginxProgram.require(t)
	ca := newAuthority(t)
	dir := t.TempDir()
	certFile, keyFile := writeFiles(t, dir, ca.issue(t))
	origin := startRecorded(t, new(recorder), http.HandlerFunc(echoFeed), nil)
	addresses := freeAddresses(t, 2)
	config := writeTemplate(t, dir, "nginx_feed.conf.tmpl", map[string]any{
		"Dir": dir, "User": workerUser(), "Plain": addresses[0], "Secure": addresses[1],
		"Origin": origin, "CertFile": certFile, "KeyFile": keyFile,
	})
	startProcess(t, addresses, executable, "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	return &feed{plain: "http://" + named(addresses[0]) + "/feed", secure: "https://" + named(addresses[1]) + "/feed", ca: ca}
}

// echoFeed switches to WebSocket (RFC 6455 section 4.2.2) and sends back every
// byte that comes: frames are the endpoints' business. Whoever asks for nothing
// gets a page.
func echoFeed(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		io.WriteString(w, "a page")
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		websocketAccept(r.Header.Get("Sec-WebSocket-Key")))
	io.Copy(conn, buffered)
}

func websocketAccept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// TestFeed upgrades to WebSocket through nginx and proxies, and counts the
// connection in the pool until its stream is closed.
func TestFeed(t *testing.T) {
	f := startFeed(t)
	squid := startSquid(t, digests)
	tiny, microsocks := startTinyproxy(t, false), startMicrosocks(t, false)
	_, secure := startHAProxy(t, f.ca, squid.behind)
	inTLS := via("https", secure[0], nil)
	inTLS[0].TLS = f.ca.trust()

	routes := []struct {
		name  string
		route httpx.Route
	}{
		{"direct", httpx.Direct},
		{"squid", via("http", squid.plain, nil)},
		{"squid, Digest", via("http", squid.asking, proxyAccount())},
		{"tinyproxy", via("http", tiny.address, nil)},
		{"https: squid", inTLS},
		{"socks5", via("socks5", microsocks.address, nil)},
		{"socks5, tinyproxy, squid", append(append(via("socks5", microsocks.address, nil), via("http", tiny.address, nil)...), via("http", squid.plain, nil)...)},
	}
	for _, r := range routes {
		for _, url := range []string{f.plain, f.secure} {
			scheme, _, _ := strings.Cut(url, ":")
			t.Run(r.name+" "+scheme, func(t *testing.T) {
				pool := newPool(t, &httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: f.ca.trust()}})
				wantPool := func(want string) {
					t.Helper()
					if text := pool.String(); text != "<ConnectionPool ["+want+"]>" {
						t.Errorf("the pool is %s, want [%s]", text, want)
					}
				}
				stream := upgradeFeed(t, pool, url, r.route)
				wantPool("1 upgraded")
				connections := pool.Connections()
				want := fmt.Sprintf("<Connection %q", url)
				for _, hop := range r.route {
					want += fmt.Sprintf(" VIA %q", hop)
				}
				want += " WEBSOCKET>"
				if len(connections) != 1 || connections[0].String() != want {
					t.Errorf("the connections are %v, want %s", connections, want)
				}
				wantEcho(t, stream, "one message")

				// Other requests take other connections.
				response, err := pool.Request(t.Context(), "GET", url, r.route)
				if err != nil {
					t.Fatal(err)
				}
				answer{response, mustBytes(t, response)}.want(t, 200, []byte("a page"))
				second := upgradeFeed(t, pool, url, r.route)
				if snapshot := pool.Snapshot(); snapshot.Counts.Upgraded != 2 || len(snapshot.Totals.Closed) > 0 {
					t.Errorf("the snapshot is %+v", snapshot)
				}
				wantEcho(t, second, "another")
				wantEcho(t, stream, "and one more")
				if err := second.Close(); err != nil {
					t.Error(err)
				}
				if err := stream.Close(); err != nil {
					t.Error(err)
				}
				if counts := pool.Snapshot().Counts; counts.Upgraded != 0 {
					t.Errorf("after both were closed the counts are %+v", counts)
				}
				pool.CloseIdle()
				wantPool("0 active")
			})
		}
	}
}

// upgradeFeed opens a feed.
func upgradeFeed(t testing.TB, pool *httpx.ConnectionPool, url string, route httpx.Route) *network.Stream {
	t.Helper()
	const key = "dGhlIHNhbXBsZSBub25jZQ=="
	stream, response, err := pool.Upgrade(t.Context(), "GET", url, route, httpx.Headers{
		{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", key},
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 101 || response.Headers.Get("Sec-WebSocket-Accept") != websocketAccept(key) {
		t.Errorf("the handshake ended with %s %v", response, response.Headers)
	}
	return stream
}

// wantEcho sends a message and wants it back.
func wantEcho(t testing.TB, stream io.ReadWriter, message string) {
	t.Helper()
	if _, err := io.WriteString(stream, message); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, len(message))
	if _, err := io.ReadFull(stream, back); err != nil || string(back) != message {
		t.Errorf("%q came back as %q (%v)", message, back, err)
	}
}
