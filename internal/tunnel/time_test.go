package tunnel

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

// stall accepts and says nothing.
func stall(p *networktest.Peer) { p.WaitClosed() }

// stallsAt are the scripts of proxies that stop in every place where one can.
var stallsAt = map[string]struct {
	kind   Kind
	script func(*networktest.Peer)
}{
	"connect":              {HTTP, stall},
	"inside the head":      {HTTP, func(p *networktest.Peer) { p.Expect(connectTarget); p.Write("HTTP/1.1 2"); stall(p) }},
	"behind an interim":    {HTTP, func(p *networktest.Peer) { p.Write("HTTP/1.1 100 Continue\r\n\r\n"); stall(p) }},
	"TLS":                  {HTTPS, stall},
	"connect inside TLS":   {HTTPS, func(p *networktest.Peer) { p.TLS(nil); stall(p) }},
	"method":               {SOCKS5H, stall},
	"inside the method":    {SOCKS5H, func(p *networktest.Peer) { p.Write("\x05"); stall(p) }},
	"reply":                {SOCKS5H, func(p *networktest.Peer) { p.Write("\x05\x00"); stall(p) }},
	"inside the reply":     {SOCKS5H, func(p *networktest.Peer) { p.Write("\x05\x00\x05\x00\x00"); stall(p) }},
	"inside its address":   {SOCKS5H, func(p *networktest.Peer) { p.Write("\x05\x00\x05\x00\x00\x01\x0a"); stall(p) }},
	"before its name ends": {SOCKS5H, func(p *networktest.Peer) { p.Write("\x05\x00\x05\x00\x00\x03\x09loc"); stall(p) }},
}

// contexts are those that a walk can get; each ends after d, if at all.
var contexts = map[string]func(t *testing.T, d time.Duration) context.Context{
	"cannot end": func(*testing.T, time.Duration) context.Context { return context.Background() },
	"can end": func(t *testing.T, d time.Duration) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		t.Cleanup(cancel)
		return ctx
	},
	"deadline without channel": func(_ *testing.T, d time.Duration) context.Context {
		return &deadlineOnly{context.Background(), time.Now().Add(d)}
	},
}

// The options end a walk wherever the proxy stops, under each kind of context.
func TestStall(t *testing.T) {
	const limit = 7 * time.Second
	for name, test := range stallsAt {
		for kind, newContext := range contexts {
			t.Run(name+", context "+kind, func(t *testing.T) {
				inTrip(t, []Hop{hop(test.kind, "one")}, Options{Connect: limit, TLS: limit}, test.script, func(t *testing.T, tr *trip) {
					began := time.Now()
					_, err := tr.walk(newContext(t, time.Hour), target)
					e := fault(t, err, ErrTimeout)
					if took := time.Since(began); took != limit {
						t.Errorf("it took %v, want %v", took, limit)
					}
					if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("the limit of an option is not the context's: %v", err)
					}
					if !strings.Contains(err.Error(), "within 7s") || !e.Timeout() {
						t.Errorf("the error is %q", err)
					}
				})
			})
		}
	}
}

// The context ends a walk wherever the proxy stops.
func TestContextDeadline(t *testing.T) {
	const limit = 3 * time.Second
	for name, test := range stallsAt {
		for kind, newContext := range contexts {
			if kind == "cannot end" {
				continue
			}
			for _, o := range []Options{{}, {Connect: time.Minute, TLS: time.Minute}} {
				t.Run(name+", context "+kind, func(t *testing.T) {
					inTrip(t, []Hop{hop(test.kind, "one")}, o, test.script, func(t *testing.T, tr *trip) {
						began := time.Now()
						_, err := tr.walk(newContext(t, limit), target)
						fault(t, err, ErrTimeout)
						if took := time.Since(began); took != limit {
							t.Errorf("it took %v, want %v", took, limit)
						}
						if !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("the error is %q, and not the context's", err)
						}
					})
				})
			}
		}
	}
}

// A cancelled walk is of no kind: the error is the context's, and its cause's.
func TestCancel(t *testing.T) {
	why := errors.New("nobody waits any more")
	for name, test := range stallsAt {
		for _, at := range []time.Duration{0, time.Second} {
			t.Run(name, func(t *testing.T) {
				script := test.script
				if at == 0 {
					script = stall // nothing will be asked
				}
				inTrip(t, []Hop{hop(test.kind, "one")}, Options{Connect: time.Minute, TLS: time.Minute}, script, func(t *testing.T, tr *trip) {
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					if at == 0 {
						cancel(why)
					} else {
						time.AfterFunc(at, func() { cancel(why) })
					}
					began := time.Now()
					_, err := tr.walk(ctx, target)
					e := fault(t, err, nil)
					if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || e.Timeout() {
						t.Errorf("the error is %q", err)
					}
					if took := time.Since(began); took != at {
						t.Errorf("it took %v, want %v", took, at)
					}
				})
			})
		}
	}
}

// Timeouts bounds the phases within Connect.
func TestPhaseTimeouts(t *testing.T) {
	o := Options{Connect: time.Minute, Timeouts: exchange.Timeouts{Write: 2 * time.Second, FirstByte: 3 * time.Second, Read: 4 * time.Second}}
	for name, want := range map[string]time.Duration{
		"connect":            3 * time.Second,
		"inside the head":    4 * time.Second,
		"method":             3 * time.Second,
		"inside the method":  4 * time.Second,
		"reply":              3 * time.Second,
		"inside its address": 4 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(stallsAt[name].kind, "one")}, o, stallsAt[name].script, func(t *testing.T, tr *trip) {
				began := time.Now()
				_, err := tr.arrive(target)
				fault(t, err, ErrTimeout)
				if took := time.Since(began); took != want {
					t.Errorf("it took %v, want %v", took, want)
				}
			})
		})
	}
	// Two bytes find room, and then nothing does. An exchange gives a write that
	// made progress its time again.
	for kind, want := range map[Kind]time.Duration{HTTP: 4 * time.Second, SOCKS5H: 2 * time.Second} {
		t.Run("write to "+kind.String(), func(t *testing.T) {
			inTrip(t, []Hop{hop(kind, "one")}, o, stall, func(t *testing.T, tr *trip) {
				held := make(chan struct{})
				tr.world.Handle("one.test:8080", func(p *networktest.Peer) { <-held; p.WaitClosed() })
				tr.world.Window("one.test:8080", 2)
				began := time.Now()
				_, err := tr.arrive(target)
				close(held)
				fault(t, err, ErrTimeout)
				if took := time.Since(began); took != want {
					t.Errorf("it took %v, want %v", took, want)
				}
			})
		})
	}
}

// A name that takes too long to resolve, for a resolver that looks at Done only.
func TestResolveStalls(t *testing.T) {
	for kind, newContext := range contexts {
		t.Run(kind, func(t *testing.T) {
			o := Options{Connect: 5 * time.Second, Resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			inTrip(t, []Hop{hop(SOCKS5, "one")}, o, func(p *networktest.Peer) { p.WaitEnd() }, func(t *testing.T, tr *trip) {
				began := time.Now()
				_, err := tr.walk(newContext(t, time.Hour), target)
				fault(t, err, ErrTimeout)
				if took := time.Since(began); took != 5*time.Second {
					t.Errorf("it took %v, want 5s", took)
				}
			})
		})
	}
}

// Each hop has its own time.
func TestConnectLimitsEachHop(t *testing.T) {
	var s sight
	inTrip(t, []Hop{hop(HTTP, "one"), hop(SOCKS5H, "two")}, Options{Connect: 5 * time.Second}, func(p *networktest.Peer) {
		time.Sleep(4 * time.Second)
		s.connectAt(p, "one")
		time.Sleep(4 * time.Second)
		s.socksAt(p, "two")
		echo(p)
	}, func(t *testing.T, tr *trip) {
		tr.wantEcho(tr.mustArrive())
	})
}
