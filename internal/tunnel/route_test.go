package tunnel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A sight is what the servers of a test saw, one line for each message.
type sight struct{ lines []string }

func (s *sight) saw(server, what string) { s.lines = append(s.lines, server+" saw "+what) }

// connectAt plays an HTTP proxy that grants what it is asked for.
func (s *sight) connectAt(p *networktest.Peer, server string) {
	request := p.ReadRequest()
	text := request.Method + " " + request.Target
	for _, f := range request.Fields {
		text += "; " + f[0] + ": " + f[1]
	}
	s.saw(server, text)
	p.Write(established)
}

// socksAt plays a SOCKS proxy that wants credentials if they were offered.
func (s *sight) socksAt(p *networktest.Peer, server string) {
	conn := p.Conn()
	read := func(n int) string {
		b := make([]byte, n)
		for at := 0; at < n; {
			m, err := conn.Read(b[at:])
			if err != nil {
				return ""
			}
			at += m
		}
		return string(b)
	}
	methods := read(2)
	offered := read(int(methods[1]))
	if strings.Contains(offered, "\x02") {
		p.Write("\x05\x02")
		user := read(int(read(2)[1]))
		password := read(int(read(1)[0]))
		s.saw(server, "user "+user+", password "+password)
		p.Write("\x01\x00")
	} else {
		p.Write("\x05\x00")
	}
	head := read(4)
	var host string
	switch head[3] {
	case addressIPv4:
		host = fmt.Sprint([]byte(read(4)))
	case addressName:
		host = read(int(read(1)[0]))
	}
	port := read(2)
	s.saw(server, fmt.Sprintf("connect %s %d", host, int(port[0])<<8|int(port[1])))
	p.Write("\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38")
}

func (s *sight) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(s.lines, lines) {
		t.Errorf("the servers saw\n\t%s\nwant\n\t%s", strings.Join(s.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

// Each hop sees its own credentials and headers, the next hop's address, and
// nothing else; what the target sees is the owner's.
func TestWhoSeesWhat(t *testing.T) {
	one := hop(HTTP, "one").withCredentials("anna", "a")
	one.Headers = [][2]string{{"X-One", "1"}}
	two := hop(SOCKS5H, "two").withCredentials("bert", "b")
	three := hop(HTTPS, "three").withCredentials("carl", "c")
	three.Headers = [][2]string{{"X-Three", "3"}}
	four := hop(SOCKS5, "four")
	five := hop(HTTP, "five")

	var s sight
	inTrip(t, []Hop{one, two, three, four, five}, Options{Resolve: names(map[string][]string{"five.test": {"2001:db8::5", "192.0.2.5"}})}, func(p *networktest.Peer) {
		s.connectAt(p, "one")
		s.socksAt(p, "two")
		p.TLS(nil)
		s.connectAt(p, "three")
		s.socksAt(p, "four")
		s.connectAt(p, "five")
		p.Expect("ping")
		p.Write("pong")
		p.WaitClosed()
	}, func(t *testing.T, tr *trip) {
		tr.wantEcho(tr.mustArrive())
		s.want(t,
			"one saw CONNECT two.test:8080; Host: two.test:8080; X-One: 1; Proxy-Authorization: Basic YW5uYTph",
			"two saw user bert, password b",
			"two saw connect three.test 8080",
			"three saw CONNECT four.test:8080; Host: four.test:8080; X-Three: 3; Proxy-Authorization: Basic Y2FybDpj",
			"four saw connect [192 0 2 5] 8080",
			"five saw CONNECT www.example.com:443; Host: www.example.com:443",
		)
	})
}

// TLS in TLS in TLS: two https hops and a target of the owner's.
func TestTLSInTLS(t *testing.T) {
	var s sight
	inTrip(t, []Hop{hop(HTTPS, "one"), hop(HTTPS, "two")}, Options{}, func(p *networktest.Peer) {
		s.saw("one", "TLS for "+p.TLS(nil).ServerName)
		s.connectAt(p, "one")
		s.saw("two", "TLS for "+p.TLS(nil).ServerName)
		s.connectAt(p, "two")
		s.saw("target", "TLS for "+p.TLS(nil).ServerName)
		echo(p)
	}, func(t *testing.T, tr *trip) {
		stream := tr.mustArrive()
		if err := stream.StartTLS(t.Context(), trusting("www.example.com")); err != nil {
			t.Fatal(err)
		}
		tr.wantEcho(stream)
		s.want(t,
			"one saw TLS for one.test",
			"one saw CONNECT two.test:8080; Host: two.test:8080",
			"two saw TLS for two.test",
			"two saw CONNECT www.example.com:443; Host: www.example.com:443",
			"target saw TLS for www.example.com",
		)
	})
}

// Without a target the walk ends at the last hop, after its TLS.
func TestWalkToTheLastHop(t *testing.T) {
	t.Run("http", func(t *testing.T) {
		inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
			echo(p)
		}, func(t *testing.T, tr *trip) {
			s, err := tr.arrive("")
			if err != nil {
				t.Fatal(err)
			}
			tr.wantEcho(s)
		})
	})
	t.Run("https behind socks", func(t *testing.T) {
		var s sight
		inTrip(t, []Hop{hop(SOCKS5H, "one"), hop(HTTPS, "two")}, Options{}, func(p *networktest.Peer) {
			s.socksAt(p, "one")
			p.TLS(nil)
			echo(p)
		}, func(t *testing.T, tr *trip) {
			stream, err := tr.arrive("")
			if err != nil {
				t.Fatal(err)
			}
			tr.wantEcho(stream)
			s.want(t, "one saw connect two.test 8080")
		})
	})
	t.Run("socks", func(t *testing.T) {
		inTrip(t, []Hop{hop(SOCKS5H, "one")}, Options{}, func(p *networktest.Peer) { p.WaitEnd() }, func(t *testing.T, tr *trip) {
			_, err := tr.arrive("")
			fault(t, err, ErrRequest)
		})
	})
}

func TestKindString(t *testing.T) {
	for kind, want := range map[Kind]string{HTTP: "http", HTTPS: "https", SOCKS5: "socks5", SOCKS5H: "socks5h", 9: "Kind(9)"} {
		if kind.String() != want {
			t.Errorf("%d is %q, want %q", kind, kind, want)
		}
	}
}

// Without hops the stream is at the target already.
func TestWalkNoHops(t *testing.T) {
	client, server := networktest.Pipe()
	defer client.Close()
	defer server.Close()
	w := NewWalker(nil, Options{})
	if err := w.Walk(t.Context(), network.NewStream(client), target); err != nil {
		t.Error(err)
	}
	if w.Last() != nil {
		t.Error("there is a last hop")
	}
}

// The error names the hop that failed, not the one that was dialled.
func TestSecondHopFails(t *testing.T) {
	for name, test := range map[string]struct {
		kind   Kind
		script func(*networktest.Peer)
		want   error
		text   string
	}{
		"refuses": {HTTP, func(p *networktest.Peer) { p.ReadRequest(); p.Answer(403, "no") }, ErrRefused,
			`proxy 2 of 2, http://two.test:8080, asked for "www.example.com:443": refused: 403 Forbidden: "no"`},
		"closes": {HTTP, func(p *networktest.Peer) { p.ReadRequest() }, ErrLost,
			`proxy 2 of 2, http://two.test:8080, asked for "www.example.com:443": connection lost: the peer closed the connection before the response`},
		"socks refuses": {SOCKS5H, func(p *networktest.Peer) {
			p.Expect("\x05\x01\x00")
			p.Write("\x05\x00")
			p.Expect("\x05\x01\x00\x03\x0fwww.example.com\x01\xbb")
			p.Write("\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")
		}, ErrRefused,
			`proxy 2 of 2, socks5h://two.test:8080, asked for "www.example.com:443": refused: 2 connection not allowed by ruleset`},
	} {
		t.Run(name, func(t *testing.T) {
			var s sight
			inTrip(t, []Hop{hop(HTTP, "one"), hop(test.kind, "two")}, Options{}, func(p *networktest.Peer) {
				s.connectAt(p, "one")
				test.script(p)
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				e := fault(t, err, test.want)
				if e.Error() != test.text {
					t.Errorf("the error is\n\t%s\nwant\n\t%s", e, test.text)
				}
			})
		})
	}
}

func TestTLSFails(t *testing.T) {
	for name, script := range map[string]func(*networktest.Peer){
		"speaks HTTP":    func(p *networktest.Peer) { p.Write("HTTP/1.1 400 Bad Request\r\n\r\n"); p.WaitClosed() },
		"closes":         func(p *networktest.Peer) {},
		"another's name": func(p *networktest.Peer) { serveAs(p, "else.test") },
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(HTTPS, "one")}, Options{}, script, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				e := fault(t, err, ErrTLS)
				if e.Asked != "" || e.Hop != 0 {
					t.Errorf("hop %d was asked for %q; want nothing asked yet", e.Hop, e.Asked)
				}
			})
		})
	}
}

// Bytes in front of the next hop's own are an error that names the hop which
// they came through; believing them would be believing that hop.
func TestEarlyBytes(t *testing.T) {
	for _, second := range []Kind{HTTP, HTTPS, SOCKS5H} {
		t.Run(second.String(), func(t *testing.T) {
			inTrip(t, []Hop{hop(HTTP, "one"), hop(second, "two")}, Options{}, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write(established + established)
				p.WaitEnd()
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				e := fault(t, err, ErrUnread)
				if e.Visible != "http://one.test:8080" || e.Asked != "two.test:8080" || !errors.Is(err, network.ErrUnread) {
					t.Errorf("the error is %q", err)
				}
			})
		})
	}
}

// Before the target's TLS the owner finds them, and the walker says whose they are.
func TestUnread(t *testing.T) {
	inTrip(t, []Hop{hop(HTTP, "one"), hop(HTTP, "two")}, Options{}, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write(established)
		p.ReadRequest()
		p.Write(established + "hello")
		p.WaitEnd()
	}, func(t *testing.T, tr *trip) {
		s := tr.mustArrive()
		defer s.Close()
		if err := s.StartTLS(t.Context(), trusting("www.example.com")); !errors.Is(err, network.ErrUnread) {
			t.Fatalf("TLS began with bytes unread: %v", err)
		}
		err := tr.walker.Unread(target)
		want := `proxy 2 of 2, http://two.test:8080, asked for "www.example.com:443": bytes nobody asked for: network: the stream holds unread bytes`
		if fault(t, err, ErrUnread); err.Error() != want {
			t.Errorf("the error is %q", err)
		}
	})
}
