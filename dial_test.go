package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// phased is a backend whose two phases are those of a network.Dialer: names are
// resolved by a function.
type phased struct {
	*networktest.Network
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

func (p phased) Resolve(ctx context.Context, _, host string) ([]netip.Addr, error) {
	return p.resolve(ctx, host)
}

func (p phased) DialAddresses(ctx context.Context, network string, addresses []netip.AddrPort) (net.Conn, error) {
	return p.DialContext(ctx, network, addresses[0].String())
}

// Each phase of a dial has its own timeout, which says that it was it, for
// which origin and after how long; the same through OpenConnection and a pool.
func TestDialTimeouts(t *testing.T) {
	never := func(ctx context.Context, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	at := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}
	tests := map[string]struct {
		url     string
		resolve func(context.Context, string) ([]netip.Addr, error) // nil: the backend has no phases
		limits  Timeouts
		phase   Phase
		took    time.Duration
		words   string
	}{
		"resolve":                 {"http://www.example.com/", never, Timeouts{Resolve: 3 * time.Second}, PhaseResolve, 3 * time.Second, "no address within 3s"},
		"resolve, by default":     {"http://www.example.com/", never, Timeouts{}, PhaseResolve, 10 * time.Second, "no address within 10s"},
		"connect":                 {"http://www.example.com:81/", at, Timeouts{Connect: 4 * time.Second}, PhaseConnect, 4 * time.Second, "no connection within 4s"},
		"connect, by default":     {"http://www.example.com:81/", at, Timeouts{}, PhaseConnect, 10 * time.Second, "no connection within 10s"},
		"connect without phases":  {"http://www.example.com:81/", nil, Timeouts{Resolve: time.Second, Connect: 4 * time.Second}, PhaseConnect, 5 * time.Second, "no connection within 5s"},
		"TLS":                     {"https://www.example.com/", at, Timeouts{TLS: 5 * time.Second}, PhaseTLS, 5 * time.Second, "no TLS within 5s"},
		"TLS, by default":         {"https://www.example.com/", nil, Timeouts{}, PhaseTLS, 10 * time.Second, "no TLS within 10s"},
		"TLS, the others are off": {"https://www.example.com/", at, Timeouts{Resolve: None, Connect: None, TLS: time.Minute}, PhaseTLS, time.Minute, "no TLS within 1m0s"},
	}
	for name, test := range tests {
		for _, pooled := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, n *networktest.Network) {
					n.Handle("*", func(p *networktest.Peer) { p.WaitClosed() })
					n.Stall("192.0.2.1:81")
					n.Stall("www.example.com:81")
					o := on(n)
					if test.resolve != nil {
						o.Backend = phased{n, test.resolve}
					}
					o.Timeouts = test.limits
					begin := time.Now()
					var err error
					if pooled {
						p := newTestPool(t, n, PoolOptions{Connection: o})
						_, err = p.Request(t.Context(), "GET", test.url)
						wantText(t, p, "<ConnectionPool [0 active]>")
					} else {
						_, err = OpenConnection(t.Context(), test.url, &o)
					}
					wantTook(t, begin, test.took)
					e := wantError(t, err, ErrTimeout, test.phase, NotSent)
					if !errors.Is(err, ErrTimeout) || !e.Timeout() || e.After != test.took {
						t.Errorf("after %v: %v", e.After, err)
					}
					wantWords(t, err, test.words, "://www.example.com", "after "+test.took.String())
				})
			})
		}
	}
}

// A timeout of the request replaces that of the options.
func TestRequestTimeoutsForTheDial(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Stall("www.example.com:80")
		p := newTestPool(t, n, PoolOptions{})
		begin := time.Now()
		_, err := p.Request(t.Context(), "GET", "http://www.example.com/", Timeouts{Resolve: 1, Connect: time.Second})
		wantError(t, err, ErrTimeout, PhaseConnect, NotSent)
		wantTook(t, begin, time.Second+1)
	})
}

// What fails in a dial is told by phase and kind, and kept for errors.Is.
func TestDialFailures(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Refuse("down.example:80", nil)
		n.Handle("plain.example:443", func(p *networktest.Peer) {
			p.Write("220 ready\r\n")
			p.WaitClosed()
		})
		n.Handle("other.example:443", func(p *networktest.Peer) {
			certificate, _ := networktest.Certificate("other.example")
			conn := tls.Server(p.Conn(), &tls.Config{Certificates: []tls.Certificate{certificate}})
			if err := conn.Handshake(); err == nil {
				conn.Read(make([]byte, 1)) // the client's refusal
			}
		})
		n.Handle("gone.example:443", func(*networktest.Peer) {})
		resolving := phased{n, func(_ context.Context, host string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}}

		for _, pooled := range []bool{false, true} {
			open := func(url string, change func(*ConnectionOptions)) error {
				o := on(n)
				if change != nil {
					change(&o)
				}
				if pooled {
					p := newTestPool(t, n, PoolOptions{Connection: o})
					_, err := p.Request(t.Context(), "GET", url)
					return err
				}
				_, err := OpenConnection(t.Context(), url, &o)
				return err
			}
			err := open("http://down.example/", nil)
			wantError(t, err, ErrConnect, PhaseConnect, NotSent)
			if !errors.Is(err, ErrConnect) || !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("refused: %v", err)
			}

			err = open("http://nowhere.example/", func(o *ConnectionOptions) { o.Backend = resolving })
			wantError(t, err, ErrConnect, PhaseResolve, NotSent)
			var dns *net.DNSError
			if !errors.As(err, &dns) || !dns.IsNotFound {
				t.Errorf("not found: %v", err)
			}

			err = open("https://plain.example/", nil)
			wantError(t, err, ErrTLS, PhaseTLS, NotSent)
			err = open("https://gone.example/", nil)
			wantError(t, err, ErrTLS, PhaseTLS, NotSent)

			err = open("https://other.example/", func(o *ConnectionOptions) { o.TLS = nil })
			wantError(t, err, ErrTLS, PhaseTLS, NotSent)
			var unknown *tls.CertificateVerificationError
			if !errors.As(err, &unknown) {
				t.Errorf("a certificate of nobody's: %v", err)
			}
		}
	})
}

// The context of OpenConnection ends it, in whatever phase, and is the one to
// blame: no timeout that was not reached is named.
func TestOpenConnectionContext(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Stall("stalled.example:80")
		n.Handle("mute.example:443", func(p *networktest.Peer) { p.WaitClosed() })
		o := on(n)
		for _, url := range []string{"http://stalled.example/", "https://mute.example/"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			begin := time.Now()
			_, err := OpenConnection(ctx, url, &o)
			cancel()
			wantTook(t, begin, time.Second)
			if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a deadline is told as %v", err)
			}
			if e := wantError(t, err, ErrTimeout, map[bool]Phase{true: PhaseConnect, false: PhaseTLS}[url[4] == ':'], NotSent); e.After != time.Second {
				t.Errorf("after %v", e.After)
			}
			wantNoWords(t, err, "within")

			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, err = OpenConnection(ctx, url, &o)
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrConnect) || errors.Is(err, ErrTLS) {
				t.Errorf("a cancellation is told as %v", err)
			}
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := OpenConnection(ended, "http://stalled.example/", &o); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context is told as %v", err)
		}
	})
}

// A dial belongs to the pool: its first caller may give up. The connection goes
// to the next who waits, or idles.
func TestDialOutlivesItsCaller(t *testing.T) {
	for _, url := range []string{"http://www.example.com/", "https://www.example.com/"} {
		onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
			n.Handle("www.example.com:443", secure(hello))
			n.Delay("*", 5*time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := p.Request(ctx, "GET", url)
			wantError(t, err, ErrTimeout, PhaseQueue, NotSent)
			wantText(t, p, "<ConnectionPool [1 connecting]>")

			time.Sleep(time.Second)
			begin := time.Now()
			wantGet(t, p, url, "hello") // takes what the other one began
			wantTook(t, begin, 3*time.Second)
			wantText(t, p, "<ConnectionPool [1 idle]>")
			if d := n.Dials("*"); d != 1 {
				t.Errorf("%d dials", d)
			}
			p.CloseIdle()

			ctx, cancel = context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err = p.Request(ctx, "GET", url)
			wantError(t, err, ErrTimeout, PhaseQueue, NotSent)
			time.Sleep(5 * time.Second)
			wantText(t, p, "<ConnectionPool [1 idle]>")
			begin = time.Now()
			wantGet(t, p, url, "hello")
			wantTook(t, begin, 0)
		})
	}
}

// A dial has the values of the caller it was begun for.
func TestDialHasItsCallersValues(t *testing.T) {
	type key struct{}
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", hello)
		var seen []any
		o := on(n)
		o.Backend = backendFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			seen = append(seen, ctx.Value(key{}))
			return n.DialContext(ctx, network, address)
		})
		p := newTestPool(t, n, PoolOptions{Connection: o})
		ctx := context.WithValue(t.Context(), key{}, "mine")
		if _, err := p.Request(ctx, "GET", "http://www.example.com/"); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 1 || seen[0] != "mine" {
			t.Errorf("seen were %v", seen)
		}
	})
}

// And so has everything beside the connecting itself: names, proxies, TLS.
func TestDialHasItsCallersValuesThroughout(t *testing.T) {
	type key struct{}
	socks := func(p *networktest.Peer) {
		p.Expect("\x05\x01\x00")
		p.Write("\x05\x00")
		p.Expect("\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50")
		p.Write("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		hello(p)
	}
	asking := func(p *networktest.Peer) {
		certificate, _ := networktest.Certificate("www.example.com", "proxy.example")
		p.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert})
		hello(p)
	}
	for name, test := range map[string]struct {
		url, proxy string
		script     func(*networktest.Peer)
		want       []string // where the value is looked for, in this order
	}{
		"TLS":              {"https://www.example.com/", "", asking, []string{"resolve www.example.com", "TLS with www.example.com"}},
		"a SOCKS proxy":    {"http://www.example.com/", "socks5://proxy.example", socks, []string{"resolve proxy.example", "resolve www.example.com"}},
		"TLS with a proxy": {"http://www.example.com/", "https://proxy.example", asking, []string{"resolve proxy.example", "TLS with proxy.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				n.Handle("*", test.script)
				var seen []string
				look := func(ctx context.Context, where string) {
					seen = append(seen, where)
					wantIs(t, where, ctx.Value(key{}), any("mine"))
				}
				asked := func(name string) *tls.Config {
					_, roots := networktest.Certificate()
					return &tls.Config{RootCAs: roots, GetClientCertificate: func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
						look(info.Context(), "TLS with "+name)
						return new(tls.Certificate), nil
					}}
				}
				o := on(n)
				o.TLS = asked("www.example.com")
				o.Backend = phased{n, func(ctx context.Context, host string) ([]netip.Addr, error) {
					look(ctx, "resolve "+host)
					return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
				}}
				route := Direct
				if test.proxy != "" {
					var err error
					if route, err = ParseRoute(test.proxy); err != nil {
						t.Fatal(err)
					}
					route[0].TLS = asked("proxy.example")
				}
				p := newTestPool(t, n, PoolOptions{Connection: o})
				ctx := context.WithValue(t.Context(), key{}, "mine")
				if _, err := p.Request(ctx, "GET", test.url, route); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(seen, test.want) {
					t.Errorf("looked at %v, want %v", seen, test.want)
				}
			})
		})
	}
}

type backendFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f backendFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// A dial that fails fails the one it was begun for; the others go on.
func TestDialFailureGoesToItsStarter(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Delay("www.example.com:80", time.Second)
		n.Refuse("www.example.com:80", nil)
		p := newTestPool(t, n, PoolOptions{MaxConnections: 1})
		results := make(chan error, 2)
		get := func() {
			_, err := p.Request(t.Context(), "GET", "http://www.example.com/")
			results <- err
		}
		go get()
		synctest.Wait()
		go get()
		wantText(t, p, "<ConnectionPool [1 connecting, 1 waiting]>")
		time.Sleep(time.Second)
		err := <-results
		wantError(t, err, ErrConnect, PhaseConnect, NotSent)
		wantText(t, p, "<ConnectionPool [1 connecting]>")
		n.Handle("www.example.com:80", hello)
		if err := <-results; err != nil {
			t.Errorf("the second, with a dial of its own: %v", err)
		}
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A waiter takes what comes first: a connection that was freed, or the new one,
// which then idles.
func TestWaiterTakesWhatComesFirst(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		res := wantStream(t, p, "http://www.example.com/")
		n.Delay("*", time.Hour)
		done := make(chan *Response)
		go func() { done <- wantGet(t, p, "http://www.example.com/", "hello") }()
		wantText(t, p, "<ConnectionPool [1 connecting, 1 active]>")
		res.Close()
		if second := <-done; !second.Exchange().Reused {
			t.Error("it did not take the freed one")
		}
		wantText(t, p, "<ConnectionPool [1 connecting, 1 idle]>")
		p.Close()
		time.Sleep(time.Hour)
	})
}
