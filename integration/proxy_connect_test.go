package integration

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/gohttpx/httpx"
)

// TestConnect asks proxies for tunnels by hand, from a pool, and speaks TLS and
// HTTP in them.
func TestConnect(t *testing.T) {
	ca := newAuthority(t)
	origin := startRecordingOrigin(t, "origin", ca)
	address := addressOf(t, origin.secure)
	squid, tiny := startSquid(t, basic), startTinyproxy(t, true)
	knowing := startRecordingProxy(t, map[string]string{"www.test:443": address}, nil)
	account := httpx.Headers{{"Proxy-Authorization", "Basic " + basicToken(proxyAccount())}}
	cases := []struct {
		name, proxy, target, text string
		fields                    httpx.Headers
	}{
		{"port 443", knowing.address, "www.test:443", "https://www.test", nil},
		{"squid", squid.plain, address, address, nil},
		{"squid, Basic", squid.asking, address, address, account},
		{"tinyproxy, Basic", tiny.address, address, address, account},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pool := newPool(t, nil)
			stream, _, err := pool.Upgrade(t.Context(), "CONNECT", "http://"+c.proxy, httpx.Target(c.target), c.fields)
			if err != nil {
				t.Fatal(err)
			}
			if text := pool.String(); text != "<ConnectionPool [1 upgraded]>" {
				t.Errorf("the pool is %s", text)
			}
			want := fmt.Sprintf(`[<Connection %q VIA "http://%s" CONNECT>]`, c.text, c.proxy)
			if got := fmt.Sprint(pool.Connections()); got != want {
				t.Errorf("the connections are %s, want %s", got, want)
			}

			config := ca.trust()
			config.ServerName = "localhost"
			if err := stream.StartTLS(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(stream, "GET /it HTTP/1.1\r\nHost: www.test\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(stream), nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(response.Body); err != nil || string(body) != "origin /it" {
				t.Errorf("the origin answered %q (%v)", body, err)
			}
			if err := stream.Close(); err != nil {
				t.Error(err)
			}
			if text := pool.String(); text != "<ConnectionPool [0 active]>" {
				t.Errorf("when the stream is closed the pool is %s", text)
			}
		})
	}

	// A refusal leaves a connection that serves on.
	pool := newPool(t, nil)
	stream, response, err := pool.Upgrade(t.Context(), "CONNECT", "http://"+squid.asking, httpx.Target(address))
	if _, isRefusal := err.(*httpx.UpgradeError); !isRefusal || stream != nil || response.StatusCode != 407 {
		t.Fatalf("without the account squid answered %v (%v)", response, err)
	}
	if text := pool.String(); text != "<ConnectionPool [1 idle]>" {
		t.Errorf("after a refusal the pool is %s", text)
	}
	stream, _, err = pool.Upgrade(t.Context(), "CONNECT", "http://"+squid.asking, httpx.Target(address), account)
	if err != nil {
		t.Fatal(err)
	}
	if totals := pool.Snapshot().Totals; totals.Opened != 1 {
		t.Errorf("refusal and tunnel took %d connections, want one", totals.Opened)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}
