package integration

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestStalledProxyHoldsUpNobodyElse has callers wait for proxies that accept
// connections and say nothing, that stop in the middle of an answer, and that
// refuse. Requests to other origins, and to the same by other ways, go on
// meanwhile.
func TestStalledProxyHoldsUpNobodyElse(t *testing.T) {
	ca := newAuthority(t)
	origin := startRecordingOrigin(t, "origin", ca)
	good := startRecordingProxy(t, nil, nil)
	silent := startScripted(t, func(conn net.Conn, _ int) { io.Copy(io.Discard, conn) })
	halfway := startScripted(t, func(conn net.Conn, _ int) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, "HTTP/1.1 200 Connection est")
		}
		io.Copy(io.Discard, conn)
	})
	refusing := startScripted(t, func(conn net.Conn, _ int) {
		buffered := bufio.NewReader(conn)
		for {
			if _, err := http.ReadRequest(buffered); err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\ntoo busy\n")
		}
	})
	nobody := freeAddresses(t, 1)[0]

	const perOrigin = 4
	pool := newPool(t, &httpx.PoolOptions{
		MaxConnections: 32, MaxConnectionsPerOrigin: perOrigin,
		Connection: httpx.ConnectionOptions{TLS: ca.trust()},
	})
	// Twice as many as there may be connections.
	stalled := []httpx.Route{via("http", silent.address, nil), via("socks5", silent.address, nil), via("https", silent.address, nil), via("http", halfway.address, nil)}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	var waiting sync.WaitGroup
	for _, route := range stalled {
		for range 2 * perOrigin {
			waiting.Go(func() {
				_, err := pool.Request(ctx, "GET", origin.secure+"/stalled", route)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("by %s: %v, want that it was cancelled", route, err)
				}
			})
		}
	}
	dials := len(stalled) * perOrigin
	eventually(t, "every dial is under way", func() bool {
		counts := pool.Snapshot().Counts
		return counts.Connecting == dials && counts.Waiting == dials &&
			silent.accepted() == 3*perOrigin && halfway.accepted() == perOrigin
	})

	// Others go on, and those that are refused learn it.
	var others sync.WaitGroup
	for range 4 {
		for _, route := range []httpx.Route{httpx.Direct, via("http", good.address, nil)} {
			for _, base := range []string{origin.plain, origin.secure} {
				others.Go(func() {
					for range 25 {
						send(t, pool, "GET", base+"/other", route).want(t, 200, []byte("origin /other"))
					}
				})
			}
		}
		for proxy, words := range map[string]string{refusing.address: `503 Busy: "too busy"`, nobody: "refused"} {
			others.Go(func() {
				for range 10 {
					_, err := pool.Request(t.Context(), "GET", origin.secure+"/refused", via("http", proxy, nil))
					var e *httpx.Error
					if !errors.As(err, &e) || !strings.Contains(err.Error(), words) || e.Progress != httpx.NotSent {
						t.Errorf("by %s: %v, want an error that says %s", proxy, err, words)
					}
				}
			})
		}
	}
	others.Wait()
	if counts := pool.Snapshot().Counts; counts.Connecting != dials || counts.Waiting != dials || counts.Active != 0 {
		t.Errorf("when the others are done the counts are %+v, want %d connecting and waiting", counts, dials)
	}

	// Callers that give up are gone at once, whatever their proxies do.
	began := time.Now()
	giveUp()
	waiting.Wait()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("giving up took %v", took)
	}
	if counts := pool.Snapshot().Counts; counts.Waiting != 0 {
		t.Errorf("when all have given up the counts are %+v", counts)
	}
}

// TestStalledProxyTimesOut gives proxies a second.
func TestStalledProxyTimesOut(t *testing.T) {
	silent := startScripted(t, func(conn net.Conn, _ int) { io.Copy(io.Discard, conn) })
	good := startRecordingProxy(t, nil, nil)
	limit := httpx.Timeouts{Connect: time.Second, TLS: time.Second}
	var all sync.WaitGroup
	for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
		for _, route := range []httpx.Route{
			via(scheme, silent.address, nil),
			append(via("http", good.address, nil), via(scheme, silent.address, nil)...),
		} {
			pool := newPool(t, &httpx.PoolOptions{Connection: httpx.ConnectionOptions{Timeouts: limit}})
			all.Go(func() {
				_, err := pool.Request(t.Context(), "GET", "https://localhost:9/", route)
				var e *httpx.Error
				if !errors.As(err, &e) || e.Kind != httpx.ErrTimeout || e.Phase != httpx.PhaseProxy {
					t.Errorf("by %s: %v, want a timeout of the proxy", route, err)
					return
				}
				if !strings.Contains(err.Error(), scheme+"://"+silent.address) {
					t.Errorf("by %s: the error does not name the proxy: %v", route, err)
				}
				if text := pool.String(); text != "<ConnectionPool [0 active]>" {
					t.Errorf("by %s: the pool is %s", route, text)
				}
			})
		}
	}
	all.Wait()
}
