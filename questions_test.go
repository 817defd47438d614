package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// These are the questions of docs/questions.md, each with a test of its own: its
// comment is the question, it holds the code that the page shows, and asserts the
// answer. questions_page_test.go compares the two.

// wantIs compares an answer.
func wantIs[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: it is %v, want %v", what, got, want)
	}
}

// What is each connection doing?
func TestQuestion01(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		n.Handle("busy.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			time.Sleep(4 * time.Second)
			p.Answer(200, "hello")
			p.WaitClosed()
		})
		n.Stall("stalled.example:80")
		pool := newTestPool(t, n, PoolOptions{})
		wantGet(t, pool, "http://idle.example/", "hello")
		defer wantStream(t, pool, "http://read.example/slowly?token=secret").Close()
		var calls sync.WaitGroup
		calls.Go(func() { wantGet(t, pool, "http://busy.example/think", "hello") })
		synctest.Wait()
		calls.Go(func() { pool.Request(t.Context(), "GET", "http://stalled.example/") }) // until it times out
		time.Sleep(3 * time.Second)

		var doing []string
		for _, c := range pool.Snapshot().Connections {
			text := fmt.Sprint(c.Text, " for ", c.For)
			if c.Request != nil {
				text += fmt.Sprint(", ", c.Request.Method, " ", c.Request.URL, ": ", c.Request.Phase, " for ", c.Request.For)
			}
			doing = append(doing, text)
		}
		want := []string{
			`<Connection "http://idle.example/" IDLE> for 3s`,
			`<Connection "http://read.example/" ACTIVE> for 3s, GET http://read.example/slowly?token=…: body for 3s`,
			`<Connection "http://busy.example/" ACTIVE> for 3s, GET http://busy.example/think: first byte for 3s`,
			`<Connection "http://stalled.example/" CONNECTING> for 3s`,
		}
		if !slices.Equal(doing, want) {
			t.Errorf("it says\n%s\nwant\n%s", strings.Join(doing, "\n"), strings.Join(want, "\n"))
		}
		calls.Wait()
	})
}

// Who waits for a connection, and for how long?
func TestQuestion02(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		held := wantStream(t, pool, "http://a.example/")
		var calls sync.WaitGroup
		for _, url := range []string{"http://a.example/", "http://b.example/", "http://a.example/"} {
			calls.Go(func() { wantGet(t, pool, url, "hello") })
			time.Sleep(time.Second)
		}
		var waiting []string
		for _, w := range pool.Snapshot().Waiters {
			waiting = append(waiting, fmt.Sprint(w.Origin, " for ", w.For, ", place ", w.Position))
		}
		want := []string{"http://a.example for 3s, place 0", "http://a.example for 1s, place 1", "http://b.example for 2s, place 0"}
		if !slices.Equal(waiting, want) {
			t.Errorf("it says %q, want %q", waiting, want)
		}
		held.Close()
		calls.Wait()
	})
}

// Which limit holds them?
func TestQuestion03(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		n.Delay("dialled.example:80", 5*time.Second)
		pool := newTestPool(t, n, PoolOptions{MaxConnections: 4, MaxConnectionsPerOrigin: 2, AcquireTimeout: 10 * time.Second})
		held := []*Response{wantStream(t, pool, "http://a.example/"), wantStream(t, pool, "http://a.example/"), wantStream(t, pool, "http://b.example/")}
		var calls sync.WaitGroup
		ask := func(url string) { calls.Go(func() { pool.Request(t.Context(), "GET", url) }) }
		for _, url := range []string{"http://dialled.example/", "http://a.example/", "http://other.example/"} {
			ask(url)
			synctest.Wait()
		}
		heldBy := make(map[string]string)
		for _, w := range pool.Snapshot().Waiters {
			heldBy[w.Origin] = w.HeldBy
		}
		wantIs(t, "a full origin", heldBy["http://a.example"], "MaxConnectionsPerOrigin 2")
		wantIs(t, "a full pool", heldBy["http://other.example"], "MaxConnections 4")
		wantIs(t, "none", heldBy["http://dialled.example"], "a dial under way")

		// And who waited in vain is told, too.
		_, err := pool.Request(t.Context(), "GET", "http://a.example/")
		wantWords(t, err, "no connection within 10s", "held by MaxConnectionsPerOrigin 2")
		for _, res := range held {
			res.Close()
		}
		calls.Wait()
	})
}

// Why was this connection closed?
func TestQuestion04(t *testing.T) {
	onPool(t, PoolOptions{IdleTimeout: time.Minute}, hello, func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		n.Handle("hasty.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "hello")
			time.Sleep(time.Second)
		})
		idled, left := wantGet(t, pool, "http://a.example/", "hello"), wantGet(t, pool, "http://hasty.example/", "hello")
		unread := wantStream(t, pool, "http://long.example/")
		unread.Connection().Close()
		unread.Close()
		time.Sleep(2 * time.Minute)

		reason := func(res *Response) string { return res.Connection().Snapshot().Reason }
		wantIs(t, "idle", reason(idled), "idle for too long")
		wantIs(t, "left by the peer", reason(left), "the peer closed it")
		wantIs(t, "by hand", reason(unread), "closed by the caller")
		closed := pool.Snapshot().Totals.Closed
		wantIs(t, "all of them", fmt.Sprint(closed), "map[closed by the caller:1 idle for too long:1 the peer closed it:1]")
	})
}

// Why did this request not reuse a connection?
func TestQuestion05(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		why := func(url string) (string, *Response) {
			t.Helper()
			res := wantStream(t, pool, url)
			return res.Exchange().WhyNew, res
		}
		text, first := why("http://a.example/")
		wantIs(t, "the first", text, "there was none to the origin")
		text, second := why("http://a.example/")
		wantIs(t, "the second", text, "the one to the origin was busy")
		text, third := why("http://a.example/")
		wantIs(t, "the third", text, "all 2 to the origin were busy")
		for _, res := range []*Response{first, second, third} {
			wantBody(t, res, "hello")
		}
		text, fourth := why("http://a.example/")
		wantIs(t, "the fourth, which reuses one", text, "")
		wantBody(t, fourth, "hello")

		// One that idled may end in the moment in which it is wanted.
		n.Handle("hasty.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(200, "hello")
			time.Sleep(20 * time.Millisecond)
		})
		wantGet(t, pool, "http://hasty.example/", "hello")
		dead := pool.Connections()[3].ID()
		time.Sleep(50 * time.Millisecond)
		text, res := why("http://hasty.example/")
		wantIs(t, "after a dead one", text, fmt.Sprintf("connection %d idled, and had ended: the peer closed it", dead))
		wantBody(t, res, "hello")

		n.Handle("stale.example:80", staleServer)
		wantGet(t, pool, "http://stale.example/", "GET ")
		text, res = why("http://stale.example/")
		wantIs(t, "sent again", text, "a request that is sent again gets a new one")
		wantBody(t, res, "GET ")

		// A dial goes on when its caller leaves.
		n.Delay("slow.example:80", time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := pool.Request(ctx, "GET", "http://slow.example/"); !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		text, res = why("http://slow.example/")
		wantIs(t, "one that nobody has used", text, "it was dialled for another request, and had served none")
		wantBody(t, res, "hello")
	})
}

// Who never closed that body?
func TestQuestion06(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		reports := make(chan Leak, 10)
		options := PoolOptions{Connection: on(n)}
		report := func(l Leak) { reports <- l }
		options.Leaks = &LeakOptions{Report: report, Stacks: true, HeldFor: time.Minute}
		pool := NewConnectionPool(&options)
		defer pool.Close()
		res := forgetToClose(t, pool)
		time.Sleep(2 * time.Minute)

		leak := <-reports
		wantIs(t, "what it is", leak.Kind, LeakedLease)
		wantIs(t, "which", leak.Connection, res.Connection().ID())
		wantIs(t, "what was asked for", leak.Method+" "+leak.URL, "GET http://a.example/page")
		if !strings.Contains(leak.Stack, "forgetToClose") {
			t.Errorf("the stack does not say who:\n%s", leak.Stack)
		}

		// A snapshot shows as much, but for the stack, without being asked before.
		held := pool.Snapshot().Connections[0].Request
		wantIs(t, "the phase", held.Phase, PhaseBody)
		wantIs(t, "since", held.For, 2*time.Minute)
		res.Close()
	})
}

func forgetToClose(t *testing.T, pool *ConnectionPool) *Response {
	return wantStream(t, pool, "http://a.example/page")
}

// What did the proxy do?
func TestQuestion07(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle(proxyAddress, func(p *networktest.Peer) {
			head := p.ReadRequest()
			time.Sleep(5 * time.Millisecond)
			if head.Target != "www.example.com:443" {
				p.Answer(403, "no way", "Content-Type: text/plain")
				p.WaitClosed()
				return
			}
			p.Write("HTTP/1.1 200 OK\r\n\r\n")
			secure(hello)(p)
		})
		pool := newTestPool(t, n, PoolOptions{})
		res, err := pool.Request(t.Context(), "GET", "https://www.example.com/", byProxy(t))
		if err != nil {
			t.Fatal(err)
		}
		wantIs(t, "it took", res.Exchange().Proxy, 5*time.Millisecond)
		wantIs(t, "the way", fmt.Sprint(res.Connection().Snapshot().Route), "[http://"+proxyAddress+"]")

		_, err = pool.Request(t.Context(), "GET", "https://other.example/", byProxy(t))
		wantError(t, err, ErrProxy, PhaseProxy, NotSent)
		wantWords(t, err, "http://"+proxyAddress, `asked for "other.example:443"`, "403 Forbidden", "no way")
	})
}

// Why is a connection to this origin dialled again and again?
func TestQuestion08(t *testing.T) {
	onPool(t, PoolOptions{}, networktest.Always(200, "hello"), func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		n.Handle("once.example:80", answering(networktest.AppendAnswer(200, "hello", "Connection: close")))
		ends := make(map[string]int)
		stop := pool.Observe(func(e Event) {
			if e.Kind == EventClosed {
				ends[e.Origin+": "+e.Reason]++
			}
		})
		for range 5 {
			wantGet(t, pool, "http://once.example/", "hello")
			wantGet(t, pool, "http://good.example/", "hello")
		}
		synctest.Wait()
		stop()
		wantIs(t, "the ends", fmt.Sprint(ends), "map[http://once.example: peer asked to close:5]")
		totals := pool.Snapshot().Totals
		wantIs(t, "opened", totals.Opened, 6)
		wantIs(t, "reused", totals.Reused, 4)
		wantIs(t, "closed", totals.Closed["peer asked to close"], 5)
	})
}

// Is TLS resumed, and what was agreed on?
func TestQuestion09(t *testing.T) {
	onPool(t, PoolOptions{}, secure(hello), func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		// Two connections from one state of the server's, which its tickets are of.
		n.Handle("www.example.com:443", secureOnce("www.example.com"))
		security := func() TLSSnapshot {
			t.Helper()
			res := wantGet(t, pool, "https://www.example.com/", "hello")
			return *res.Connection().Snapshot().TLS
		}
		first := security()
		wantIs(t, "the first", first.Resumed, false)
		second := security()
		wantIs(t, "the second", second.Resumed, true)
		wantIs(t, "the version", second.Version, "TLS 1.3")
		wantIs(t, "the protocol", second.ALPN, "http/1.1")
		if !strings.HasPrefix(second.Cipher, "TLS_") {
			t.Errorf("the cipher is %q", second.Cipher)
		}
		wantIs(t, "where there is none", wantGet(t, pool, "https://a.example/", "hello").Connection().Snapshot().TLS.Resumed, false)
	})
}

// When does the certificate end?
func TestQuestion10(t *testing.T) {
	onPool(t, PoolOptions{}, secure(hello), func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		wantGet(t, pool, "https://www.example.com/", "hello")
		end := pool.Snapshot().Connections[0].TLS.CertificateEnd
		certificate, _ := networktest.Certificate("www.example.com")
		wantIs(t, "the end", end.Equal(certificate.Leaf.NotAfter), true)
		wantIs(t, "the year", end.Year(), 2090)
	})
}

// How long does this origin keep idle connections, and when will ours be closed?
func TestQuestion11(t *testing.T) {
	onPool(t, PoolOptions{}, networktest.Always(200, "hello", "Keep-Alive: timeout=15"), func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		n.Handle("default.example:80", hello)
		n.Handle("silent.example:80", func(p *networktest.Peer) { // which keeps them for 20.5 s, and does not say so
			p.ReadRequest()
			p.Answer(200, "hello")
			time.Sleep(20*time.Second + 500*time.Millisecond)
		})
		for range 3 {
			wantGet(t, pool, "http://silent.example/", "hello")
			time.Sleep(30 * time.Second)
		}
		urls := []string{"http://default.example/", "http://says.example/", "http://silent.example/"}
		for _, url := range urls {
			wantGet(t, pool, url, "hello")
		}
		time.Sleep(4 * time.Second)

		var kept []string
		for _, c := range pool.Snapshot().Connections {
			kept = append(kept, fmt.Sprint(c.Origin, ": ", c.Expires, ", ", c.ExpiryRule))
		}
		want := []string{
			"http://default.example: 1m26s, idle for too long",
			"http://says.example: 10s, idle for as long as the peer keeps it",
			"http://silent.example: 16s, idle for as long as the peer was seen to keep it",
		}
		if !slices.Equal(kept, want) {
			t.Errorf("it says %q, want %q", kept, want)
		}
		wantIs(t, "what was learned", pool.Snapshot().Origins[2].LearnedIdle, 20*time.Second) // seen after 21 s, and a second less to be sure
		wantIs(t, "of another", pool.Snapshot().Origins[1].LearnedIdle, 0)
		time.Sleep(20 * time.Second) // until the server has closed the last one
	})
}

// How far did the failed request get, and may it be sent again?
func TestQuestion12(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("refused.example:80", nil)
		n.Handle("silent.example:80", silent)
		n.Handle("broken.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		})
		pool := newTestPool(t, n, PoolOptions{Connection: ConnectionOptions{}})
		got := func(origin string) (Progress, Phase) {
			t.Helper()
			_, err := pool.Request(t.Context(), "POST", "http://"+origin+"/", Text("an order"), Timeouts{FirstByte: time.Second})
			var failure *Error
			if !errors.As(err, &failure) {
				t.Fatal(err)
			}
			return failure.Progress, failure.Phase
		}
		progress, phase := got("refused.example")
		wantIs(t, "never sent: again, if you like", fmt.Sprint(progress, ", ", phase), "not sent, connect")
		progress, phase = got("silent.example")
		wantIs(t, "the order may have been taken", fmt.Sprint(progress, ", ", phase), "sent, first byte")
		progress, phase = got("broken.example")
		wantIs(t, "the order was taken", fmt.Sprint(progress, ", ", phase), "answered, body")
	})
}

// Where did the time of this request go?
func TestQuestion13(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		at := func(context.Context, string) ([]netip.Addr, error) {
			time.Sleep(2 * time.Millisecond)
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
		}
		n.Delay("*", 3*time.Millisecond)
		n.Handle("192.0.2.1:443", func(p *networktest.Peer) {
			time.Sleep(4 * time.Millisecond)
			p.TLS(nil)
			p.ReadRequest()
			time.Sleep(5 * time.Millisecond)
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			time.Sleep(6 * time.Millisecond)
			p.Write("hello")
			p.WaitClosed()
		})
		options := on(n)
		options.Backend = phased{n, at}
		pool := newTestPool(t, n, PoolOptions{Connection: options})
		res := wantGet(t, pool, "https://www.example.com/", "hello")

		x := res.Exchange()
		spent := []time.Duration{x.Queued, x.Resolve, x.Connect, x.Proxy, x.TLS, x.Write, x.FirstByte, x.Body, x.Total}
		for i, want := range []time.Duration{9, 2, 3, 0, 4, 0, 5, 6, 20} {
			if spent[i] != want*time.Millisecond {
				t.Errorf("number %d of %v is not %d ms", i, spent, want)
			}
		}
	})
}

// How many bytes did this connection carry?
func TestQuestion14(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		const request = "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
		for range 3 {
			wantGet(t, pool, "http://www.example.com/", "hello")
		}
		c := pool.Snapshot().Connections[0]
		wantIs(t, "in and out", fmt.Sprint(c.BytesIn, " ", c.BytesOut), fmt.Sprint(3*len(networktest.AppendAnswer(200, "hello")), " ", 3*len(request)))
	})
}

// Was this request sent twice?
func TestQuestion15(t *testing.T) {
	onPool(t, PoolOptions{}, staleServer, func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		wantGet(t, pool, "http://www.example.com/", "GET ")
		res := wantGet(t, pool, "http://www.example.com/", "GET ")

		attempts := res.Exchange().Attempts
		wantIs(t, "how often", len(attempts), 2)
		wantIs(t, "the first", fmt.Sprint(attempts[0].Reused, ", ", attempts[0].Phase, ", ", attempts[0].Progress), "true, first byte, sent")
		wantWords(t, attempts[0].Err, "connection failed", "first byte")
		wantIs(t, "the second", fmt.Sprint(attempts[1].Reused, ", ", attempts[1].Err), "false, <nil>")
		wantIs(t, "in all", pool.Snapshot().Totals.Replayed, 1)
	})
}

// Is the pool saturated?
func TestQuestion16(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 2, MaxWaiting: 3}, hello, func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		isSaturated := func() bool {
			s := pool.Snapshot()
			return s.Counts.Waiting > 0
		}
		wantIs(t, "at first", isSaturated(), false)
		held := []*Response{wantStream(t, pool, "http://a.example/"), wantStream(t, pool, "http://a.example/")}
		wantIs(t, "when it is full", isSaturated(), false)
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() { wantGet(t, pool, "http://a.example/", "hello") })
		}
		synctest.Wait()
		wantIs(t, "when somebody waits", isSaturated(), true)
		if _, err := pool.Request(t.Context(), "GET", "http://a.example/"); !errors.Is(err, ErrPoolFull) {
			t.Error(err)
		}
		s := pool.Snapshot()
		wantIs(t, "of the limit", fmt.Sprint(s.Counts.Active, " of ", s.Limits.MaxConnections), "2 of 2")
		wantIs(t, "the queue", fmt.Sprint(s.Counts.Waiting, " of ", s.Limits.MaxWaiting), "3 of 3")
		wantIs(t, "turned away", s.Totals.Rejected, 1)
		for _, res := range held {
			res.Close()
		}
		calls.Wait()
	})
}

// How old is this connection, and how many requests has it served?
func TestQuestion17(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, pool *ConnectionPool, _ *networktest.Network) {
		var res *Response
		for range 3 {
			res = wantGet(t, pool, "http://www.example.com/", "hello")
			time.Sleep(900 * time.Millisecond) // between two looks of the pool's
		}
		c := pool.Snapshot().Connections[0]
		wantIs(t, "its age", c.Age, 2700*time.Millisecond)
		wantIs(t, "served", c.Served, 3)

		// When the request got it:
		x := res.Exchange()
		wantIs(t, "its age then", x.Age, 1800*time.Millisecond)
		wantIs(t, "served before", x.Served, 2)
	})
}

// What was upgraded, and is still open?
func TestQuestion18(t *testing.T) {
	onPool(t, PoolOptions{}, answering(switchingProtocols), func(t *testing.T, pool *ConnectionPool, n *networktest.Network) {
		n.Handle("plain.example:80", hello)
		wantGet(t, pool, "http://plain.example/", "hello")
		stream, _, err := pool.Upgrade(t.Context(), "GET", "http://www.example.com/feed?token=secret", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		upgraded := func() (found []string) {
			for _, c := range pool.Snapshot().Connections {
				if c.State == Upgraded {
					found = append(found, fmt.Sprint(c.Text, " ", c.Protocol, " for ", c.For))
				}
			}
			return found
		}
		wantIs(t, "while it is open", fmt.Sprint(upgraded()), `[<Connection "http://www.example.com/feed?token=…" WEBSOCKET> WEBSOCKET for 1h0m0s]`)
		stream.Close()
		wantIs(t, "when it is closed", len(upgraded()), 0)
		wantIs(t, "and counted", pool.Snapshot().Totals.Closed["stream closed"], 1)
	})
}

// Why do dials fail?
func TestQuestion19(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("refused.example:80", errors.New("connection refused"))
		n.Stall("stalled.example:80")
		n.Handle("plain.example:443", func(p *networktest.Peer) { p.Write("SSH-2.0-server\r\n"); p.WaitClosed() })
		pool := newTestPool(t, n, PoolOptions{})
		failures := make(map[string]string)
		stop := pool.Observe(func(e Event) {
			var failure *Error
			if e.Kind == EventDialFailed && errors.As(e.Err, &failure) {
				failures[e.Origin] = fmt.Sprint(failure.Kind, ", ", failure.Phase)
			}
		})
		for _, origin := range []string{"http://refused.example", "http://stalled.example", "https://plain.example"} {
			if _, err := pool.Request(t.Context(), "GET", origin+"/"); err == nil {
				t.Error("no error from " + origin)
			}
		}
		synctest.Wait()
		stop()
		want := "map[http://refused.example:connection failed, connect http://stalled.example:timeout, connect https://plain.example:TLS failed, TLS]"
		wantIs(t, "each", fmt.Sprint(failures), want)
		wantIs(t, "in all", pool.Snapshot().Totals.DialFailures, 3)
	})
}

// secureOnce answers one request a connection over TLS, with a certificate for
// name and one key for tickets in all.
func secureOnce(name string) func(*networktest.Peer) {
	certificate, _ := networktest.Certificate(name)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	return func(p *networktest.Peer) {
		p.TLS(config)
		p.ReadRequest()
		p.Answer(200, "hello", "Connection: close")
		p.WaitClosed()
	}
}
