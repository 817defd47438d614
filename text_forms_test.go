package httpx

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// The text forms of a pool, step by step.
func TestPoolText(t *testing.T) {
	onPool(t, PoolOptions{}, secure(hello), func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		wantText(t, p, "<ConnectionPool [0 active]>")
		wantConnections(t, p)

		wantGet(t, p, "https://www.wikipedia.org/", "hello")
		wantText(t, p, "<ConnectionPool [1 idle]>")
		wantConnections(t, p, `<Connection "https://www.wikipedia.org/" IDLE>`)

		res := wantStream(t, p, "https://www.wikipedia.org/wiki/HTTP?q=1#top")
		wantText(t, p, "<ConnectionPool [1 active]>")
		wantConnections(t, p, `<Connection "https://www.wikipedia.org/" ACTIVE>`)
		wantBody(t, res, "hello")
		wantText(t, p, "<ConnectionPool [1 idle]>")

		req, err := NewRequest("GET", "https://www.wikipedia.org/")
		if err != nil {
			t.Fatal(err)
		}
		res, err = p.Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, p, "<ConnectionPool [1 active]>")
		res.Close()
		wantText(t, p, "<ConnectionPool [1 idle]>")

		p.Close()
		wantText(t, p, "<ConnectionPool [0 active]>")
		wantConnections(t, p)
	})
}

func TestPoolTextOfThreeOrigins(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		n.Handle("c.example:443", secure(hello))
		for _, url := range []string{"http://a.example/", "http://b.example:8080/x", "https://c.example/"} {
			wantGet(t, p, url, "hello")
		}
		wantText(t, p, "<ConnectionPool [3 idle]>")
		wantConnections(t, p,
			`<Connection "http://a.example/" IDLE>`,
			`<Connection "http://b.example:8080/" IDLE>`,
			`<Connection "https://c.example/" IDLE>`)
		p.CloseIdle()
		wantText(t, p, "<ConnectionPool [0 active]>")
	})
}

func TestPoolTextOfTenCallersOnTwo(t *testing.T) {
	release := func() {}
	var gate chan struct{}
	onPool(t, PoolOptions{MaxConnections: 2}, func(p *networktest.Peer) {
		for {
			if _, ok := p.NextRequest(); !ok {
				return
			}
			<-gate
			p.Answer(200, "hello")
		}
	}, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		gate = make(chan struct{}) // of the bubble
		release = func() { gate <- struct{}{} }
		n.Delay("*", time.Second)
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() { wantGet(t, p, "http://www.example.com/", "hello") })
		}
		wantText(t, p, "<ConnectionPool [2 connecting, 8 waiting]>")
		wantConnections(t, p, `<Connection "http://www.example.com/" CONNECTING>`, `<Connection "http://www.example.com/" CONNECTING>`)
		time.Sleep(time.Second)
		for left := 8; left >= 0; left-- {
			want := fmt.Sprintf("<ConnectionPool [2 active, %d waiting]>", left)
			if left == 0 {
				want = "<ConnectionPool [2 active]>"
			}
			wantText(t, p, want)
			release()
		}
		wantText(t, p, "<ConnectionPool [1 active, 1 idle]>")
		release()
		callers.Wait()
		wantText(t, p, "<ConnectionPool [2 idle]>")
	})
}

// Everything at once, in its order.
func TestPoolTextOfAllStates(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("a.example:80", hello)
		n.Handle("feed.example:80", answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
		n.Stall("slow.example:80")
		p := newTestPool(t, n, PoolOptions{MaxConnections: 4})

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		get := func(url string) { _, _ = p.Request(ctx, "GET", url) }
		idle, active := wantStream(t, p, "http://a.example/"), wantStream(t, p, "http://a.example/")
		idle.Close()
		s, _, err := p.Upgrade(t.Context(), "GET", "http://feed.example/", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		go get("http://slow.example/")
		wantText(t, p, "<ConnectionPool [1 connecting, 1 active, 1 idle, 1 upgraded]>")
		active2 := wantStream(t, p, "http://a.example/")
		for range 3 {
			go get("http://a.example/")
		}
		wantText(t, p, "<ConnectionPool [1 connecting, 2 active, 1 upgraded, 3 waiting]>")
		cancel()
		wantText(t, p, "<ConnectionPool [1 connecting, 2 active, 1 upgraded]>")
		active.Close()
		active2.Close()
		s.Close()
		wantText(t, p, "<ConnectionPool [1 connecting, 2 idle]>")
		time.Sleep(20 * time.Second) // the dial's limit
		wantText(t, p, "<ConnectionPool [2 idle]>")
	})
}

func TestConnectionText(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		n.Handle("www.wikipedia.org:443", secure(hello))
		for url, want := range map[string]string{
			"https://www.wikipedia.org/":            "https://www.wikipedia.org/",
			"https://www.wikipedia.org:443/a/b?c#d": "https://www.wikipedia.org/",
			"HTTP://WWW.Example.COM":                "http://www.example.com/",
			"http://www.example.com:443":            "http://www.example.com:443/",
			"http://[::1]:8080/":                    "http://[::1]:8080/",
			"http://user:secret@www.example.com/":   "http://www.example.com/",
			"http://bücher.example/":                "http://xn--bcher-kva.example/",
		} {
			c := openTest(t, n, url)
			wantText(t, c, fmt.Sprintf("<Connection %q IDLE>", want))
			if c.State() != Idle {
				t.Errorf("its state is %v", c.State())
			}
			res := wantStream(t, c, "/")
			wantText(t, c, fmt.Sprintf("<Connection %q ACTIVE>", want))
			wantBody(t, res, "hello")
			wantText(t, c, fmt.Sprintf("<Connection %q IDLE>", want))
			c.Close()
			wantText(t, c, fmt.Sprintf("<Connection %q CLOSED>", want))
		}
	})
}

func TestUpgradedConnectionText(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("www.example.com:443", func(p *networktest.Peer) {
			p.TLS(nil)
			answering(switching + "Upgrade: websocket\r\n\r\n")(p)
		})
		n.Handle("127.0.0.1:8080", answering("HTTP/1.1 200 OK\r\n\r\n"))
		n.Handle("127.0.0.1:9090", answering(switching+"\r\n"))

		c := openTest(t, n, "https://www.example.com/")
		s, _, err := c.Upgrade(t.Context(), "GET", "/feed?token=secret", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, c, `<Connection "https://www.example.com/feed?token=…" WEBSOCKET>`)
		wantText(t, s, `<NetworkStream ["www.example.com:443" TLS]>`)
		s.Close()
		wantText(t, c, `<Connection "https://www.example.com/" CLOSED>`)
		wantText(t, s, `<NetworkStream ["www.example.com:443" CLOSED]>`)

		for target, want := range map[string]string{
			"www.encode.io:443":  "https://www.encode.io",
			"www.encode.io:80":   "http://www.encode.io",
			"www.encode.io:8443": "www.encode.io:8443",
			"[::1]:443":          "https://[::1]",
		} {
			c := openTest(t, n, "http://127.0.0.1:8080")
			s, _, err := c.Upgrade(t.Context(), "CONNECT", target)
			if err != nil {
				t.Fatal(err)
			}
			wantText(t, c, fmt.Sprintf(`<Connection %q VIA "http://127.0.0.1:8080" CONNECT>`, want))
			s.Close()
			wantText(t, c, `<Connection "http://127.0.0.1:8080/" CLOSED>`)
		}

		// A peer that does not name the protocol takes the one asked for.
		c = openTest(t, n, "http://127.0.0.1:9090")
		s, _, err = c.Upgrade(t.Context(), "GET", "/", Headers{{"Upgrade", "echo/1, other"}})
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, c, `<Connection "http://127.0.0.1:9090/" ECHO/1>`)
		s.Close()
	})
}

func TestMessageTexts(t *testing.T) {
	for _, test := range []struct{ method, url, want string }{
		{"GET", "https://www.example.com/", `<Request [GET "https://www.example.com/"]>`},
		{"", "https://www.example.com/", `<Request [GET "https://www.example.com/"]>`},
		{"POST", "https://user:secret@www.example.com/a?b=secret#secret", `<Request [POST "https://www.example.com/a?b=…"]>`},
	} {
		req, err := NewRequest(test.method, test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := req.String(); got != test.want {
			t.Errorf("it reads %s, want %s", got, test.want)
		}
	}
	onConnection(t, answering("HTTP/1.1 200 Whatever\r\nContent-Length: 0\r\n\r\n"), func(t *testing.T, c *Connection) {
		res := wantGet(t, c, "/", "")
		wantText(t, res, "<Response [200 OK]>")
		if res.Reason != "Whatever" {
			t.Errorf("the peer's reason is %q", res.Reason)
		}
	})
	onConnection(t, answering("HTTP/1.1 599 Whatever\r\nContent-Length: 0\r\n\r\n"), func(t *testing.T, c *Connection) {
		wantText(t, wantGet(t, c, "/", ""), "<Response [599]>")
	})
	onConnection(t, hello, func(t *testing.T, c *Connection) {
		s := c.stream.Load()
		wantText(t, s, `<NetworkStream ["www.example.com:80"]>`)
		c.Close()
		wantText(t, s, `<NetworkStream ["www.example.com:80" CLOSED]>`)
	})
}

// The text forms of clients count what lies beneath.
func TestClientText(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		c := NewClient(&ClientOptions{Pool: PoolOptions{Connection: on(n)}})
		defer c.Close()
		wantText(t, c, "<Client [0 active]>")
		res, err := c.Get(t.Context(), "http://www.example.com/")
		if err != nil {
			t.Fatal(err)
		}
		wantBody(t, res, "hello")
		wantText(t, c, "<Client [1 idle]>")
		res, err = c.Stream(t.Context(), "GET", "http://www.example.com/")
		if err != nil {
			t.Fatal(err)
		}
		wantText(t, c, "<Client [1 active]>")
		io.Copy(io.Discard, res.Body)
		wantText(t, c, "<Client [1 idle]>")

		other := NewClient(&ClientOptions{Transport: &script{}})
		wantText(t, other, "<Client>")
	})
}
