package httpx

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

var updateGolden = flag.Bool("update", false, "write the files in testdata anew")

// The JSON of a snapshot: people script against the names.
func TestSnapshotGolden(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", networktest.Always(200, "hello", "Keep-Alive: timeout=15"))
		n.Handle("secure.example:443", secure(hello))
		n.Handle("feed.example:80", answering(switchingProtocols))
		n.Handle("once.example:80", answering(networktest.AppendAnswer(200, "hello", "Connection: close")))
		n.Handle(proxyAddress, tunnelling(nil))
		n.Stall("stalled.example:80")
		n.Refuse("refused.example:80", nil)
		options := PoolOptions{Connection: on(n), MaxConnections: 5, MaxConnectionsPerOrigin: 1, MaxIdle: 3, MaxWaiting: 1, MaxAge: None}
		pool := newTestPool(t, n, options)

		wantGet(t, pool, "http://once.example/", "hello")
		if _, err := pool.Request(t.Context(), "GET", "http://refused.example/"); err == nil {
			t.Error("no error")
		}
		wantGet(t, pool, "https://secure.example/", "hello")
		wantGet(t, pool, "http://says.example/", "hello")
		wantGet(t, pool, "http://says.example/", "hello")
		stream, _, err := pool.Upgrade(t.Context(), "GET", "http://feed.example/live?token=secret", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		proxied := wantStreamBy(t, pool, "http://me:secret@www.example.com/page?token=secret")
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		for _, url := range []string{"http://stalled.example/", "http://stalled.example/", "http://stalled.example/"} {
			go pool.Request(ctx, "GET", url) // by a dial, by a limit, and one too many
			synctest.Wait()
		}
		time.Sleep(2500 * time.Millisecond)

		wantGolden(t, "snapshot.json", pool.Snapshot())
		cancel()
		proxied.Close()
		time.Sleep(20 * time.Second) // until the dial has failed
	})
}

// And that of a connection alone, with what a pool's does not have.
func TestConnectionSnapshotGolden(t *testing.T) {
	onConnection(t, silent, func(t *testing.T, c *Connection) {
		for range 2 {
			go c.Request(t.Context(), "POST", "/form", Text("hello"))
			synctest.Wait()
		}
		time.Sleep(1500 * time.Millisecond)
		wantGolden(t, "snapshot_alone.json", c.Snapshot())
		c.Close()
		synctest.Wait()
		wantGolden(t, "snapshot_closed.json", c.Snapshot())
	})
}

func wantStreamBy(t *testing.T, p *ConnectionPool, url string) *Response {
	t.Helper()
	res, err := p.Stream(t.Context(), "GET", url, byProxy(t))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// What differs from run to run, or from machine to machine.
var (
	connectionID = regexp.MustCompile(`"id": \d+`)
	cipherSuite  = regexp.MustCompile(`"cipher": "TLS_\w+"`)
)

// wantGolden compares the JSON of v with a file in testdata. Connections are
// numbered from 1.
func wantGolden(t *testing.T, name string, v any) {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	text = connectionID.ReplaceAllFunc(text, func([]byte) []byte {
		number++
		return []byte(`"id": ` + strconv.Itoa(number))
	})
	text = append(cipherSuite.ReplaceAll(text, []byte(`"cipher": "TLS_CIPHER"`)), '\n')
	file := "testdata/" + name
	if *updateGolden {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(want) {
		t.Errorf("%s: it is\n%s", file, text)
	}
}
