package httpx

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// banner is a server that speaks first, as SSH does, and then gives back what
// comes, until the client has said all.
func banner(p *networktest.Peer) {
	p.Write("SSH-2.0-test\r\n")
	io.Copy(p.Conn(), p.Conn())
	p.CloseWrite()
	p.WaitClosed()
}

// granting is a proxy that wants target and is that from then on.
func granting(target string, then func(*networktest.Peer)) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		p.Expect("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n")
		p.Write("HTTP/1.1 200 OK\r\n\r\n")
		then(p)
	}
}

// wantBanner speaks to banner, and closes the stream.
func wantBanner(t *testing.T, s *network.Stream) {
	t.Helper()
	defer s.Close()
	if _, err := io.WriteString(s, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := s.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(s)
	if err != nil || string(text) != "SSH-2.0-test\r\nhello" {
		t.Errorf("read %q, %v", text, err)
	}
}

func TestOpenTunnel(t *testing.T) {
	const target = "host.example:22"
	for _, test := range []struct {
		name   string
		hops   []string
		handle func(*networktest.Network)
	}{
		{"direct", nil, func(n *networktest.Network) { n.Handle(target, banner) }},
		{"one proxy", []string{"http://one.example:3128"}, func(n *networktest.Network) {
			n.Handle("one.example:3128", granting(target, banner))
		}},
		{"two proxies", []string{"http://one.example:3128", "http://two.example"}, func(n *networktest.Network) {
			n.Handle("one.example:3128", granting("two.example:80", granting(target, banner)))
		}},
		{"SOCKS", []string{"socks5h://one.example"}, func(n *networktest.Network) {
			n.Handle("one.example:1080", func(p *networktest.Peer) {
				p.Expect("\x05\x01\x00")
				p.Write("\x05\x00")
				p.Expect("\x05\x01\x00\x03\x0chost.example\x00\x16")
				p.Write("\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38")
				banner(p)
			})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				test.handle(n)
				route, err := ParseRoute(test.hops...)
				if err != nil {
					t.Fatal(err)
				}
				o := on(n)
				s, err := OpenTunnel(t.Context(), "Host.Example:22", route, &o)
				if err != nil {
					t.Fatal(err)
				}
				wantBanner(t, s)
			})
		})
	}
}

// A port that plain HTTP has gets a tunnel like any other.
func TestOpenTunnelNeverTakesAbsoluteForm(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("one.example:3128", granting("host.example:80", banner))
		route, err := ParseRoute("http://one.example:3128")
		if err != nil {
			t.Fatal(err)
		}
		o := on(n)
		s, err := OpenTunnel(t.Context(), "host.example:80", route, &o)
		if err != nil {
			t.Fatal(err)
		}
		wantBanner(t, s)
	})
}

// Without a route the options choose, and know the target by scheme and host.
func TestOpenTunnelAsksTheOptions(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("one.example:3128", granting("host.example:22", banner))
		o := on(n)
		var asked string
		o.Route = func(target *url.URL) (Route, error) {
			asked = target.String()
			return ParseRoute("http://one.example:3128")
		}
		s, err := OpenTunnel(t.Context(), "host.example:22", nil, &o)
		if err != nil {
			t.Fatal(err)
		}
		wantBanner(t, s)
		if asked != "https://host.example:22" {
			t.Errorf("the options were asked for %s", asked)
		}
	})
}

func TestOpenTunnelFails(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("one.example:3128", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(403, "no")
			p.WaitClosed()
		})
		n.Refuse("host.example:22", nil)
		n.Stall("slow.example:22")
		o := on(n)
		route, err := ParseRoute("http://Ada:secret@one.example:3128")
		if err != nil {
			t.Fatal(err)
		}

		_, err = OpenTunnel(t.Context(), "host.example:22", route, &o)
		e := wantError(t, err, ErrProxy, PhaseProxy, NotSent)
		wantWords(t, err, "403", "http://one.example:3128", "tcp://host.example:22")
		if strings.Contains(err.Error(), "secret") || e.Connection != 0 {
			t.Errorf("the error is %v", err)
		}

		_, err = OpenTunnel(t.Context(), "host.example:22", Direct, &o)
		wantError(t, err, ErrConnect, PhaseConnect, NotSent)

		began := time.Now()
		_, err = OpenTunnel(t.Context(), "slow.example:22", Direct, &o)
		wantError(t, err, ErrTimeout, PhaseConnect, NotSent)
		wantTook(t, began, 20*time.Second) // this backend finds the address too

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = OpenTunnel(ctx, "slow.example:22", Direct, &o)
		wantError(t, err, nil, PhaseConnect, NotSent)
	})
}

func TestOpenTunnelRefusesTargets(t *testing.T) {
	for target, word := range map[string]string{
		"":                "host:port",
		"host":            "host:port",
		"ssh://host:22":   "host:port",
		":22":             "no host",
		"host:ssh":        "port",
		"host:0":          "port",
		"host:65536":      "port",
		"a b:22":          "invalid character",
		"host\r\nX: y:22": "host:port",
	} {
		_, err := OpenTunnel(t.Context(), target, Direct, nil)
		if err == nil {
			t.Errorf("%q was taken", target)
			continue
		}
		wantWords(t, err, word)
	}
	_, err := OpenTunnel(t.Context(), "host:22", Route{{}}, nil)
	if err == nil {
		t.Error("a hop without a URL was taken")
	}
}

func TestSplitTarget(t *testing.T) {
	for target, want := range map[string]string{
		"Host.Example:22":   "host.example 22",
		"bücher.example:22": "xn--bcher-kva.example 22",
		"[2001:db8::1]:22":  "2001:db8::1 22",
		"192.0.2.1:022":     "192.0.2.1 22",
	} {
		host, port, err := splitTarget(target)
		if got := host + " " + port; err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", target, got, err, want)
		}
	}
}
