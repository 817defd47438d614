package exchange_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"

func asking(protocol string) *exchange.Call {
	call := get()
	call.Fields = [][2]string{{"Upgrade", protocol}}
	return call
}

func connect(to string) *exchange.Call {
	return &exchange.Call{Method: "CONNECT", Target: to, Host: to}
}

// wantSwitch runs a call that switches, and gives the stream.
func (w *wire) wantSwitch(ctx context.Context, call *exchange.Call) io.ReadWriter {
	w.Helper()
	if _, err := w.Do(ctx, call); err != nil {
		w.Fatalf("Do: %v", err)
	}
	if !w.Switched() {
		w.Fatal("nothing was switched")
	}
	s, err := w.Switch()
	if err != nil {
		w.Fatalf("Switch: %v", err)
	}
	return s
}

// A 101, or a 2xx to CONNECT, gives the stream: first the bytes that came right
// behind the head, and neither deadline nor context any more.
func TestSwitch(t *testing.T) {
	tests := map[string]struct {
		call   *exchange.Call
		answer string
	}{
		"101":                  {asking("echo"), switching},
		"101 after a hint":     {asking("echo"), "HTTP/1.1 103 Hint\r\n\r\n" + switching},
		"CONNECT":              {connect("a:443"), "HTTP/1.1 200 OK\r\n\r\n"},
		"CONNECT, 204":         {connect("a:443"), "HTTP/1.1 204 OK\r\n\r\n"},
		"CONNECT in HTTP/1.0":  {connect("a:443"), "HTTP/1.0 200 OK\r\n\r\n"},
		"CONNECT has no body":  {connect("a:443"), "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
		"CONNECT, no chunks":   {connect("a:443"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
		"CONNECT, and a close": {connect("a:443"), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
	}
	for name, test := range tests {
		for _, size := range []int{1 << 20, 1, len(test.answer), len(test.answer) + 2} {
			t.Run(name, func(t *testing.T) {
				on(t, func(p *networktest.Peer) {
					p.ReadRequest()
					p.WriteSplit(test.answer+"hello", size)
					p.Expect("ping")
					time.Sleep(24 * time.Hour)
					p.Write("pong")
					p.WaitClosed()
				}, func(w *wire) {
					ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
					test.call.Timeouts = exchange.Timeouts{Write: time.Minute, FirstByte: time.Minute, Read: time.Minute}
					s := w.wantSwitch(ctx, test.call)
					cancel()
					synctest.Wait()
					buf := make([]byte, 5)
					if _, err := io.ReadFull(s, buf); string(buf) != "hello" || err != nil {
						t.Errorf("read %q, %v", buf, err)
					}
					if _, err := io.WriteString(s, "ping"); err != nil {
						t.Error(err)
					}
					if _, err := io.ReadFull(s, buf[:4]); string(buf[:4]) != "pong" || err != nil {
						t.Errorf("read %q, %v", buf[:4], err)
					}
				})
			})
		}
	}
}

// Many bytes may stand behind the head.
func TestSwitchWithMuchBehind(t *testing.T) {
	much := strings.Repeat("x", 200<<10)
	on(t, answering(switching+much), func(w *wire) {
		s := w.wantSwitch(w.Context(), asking("echo"))
		buf := make([]byte, len(much))
		if _, err := io.ReadFull(s, buf); string(buf) != much || err != nil {
			t.Errorf("other bytes came, or %v", err)
		}
	})
}

// A refusal is a response like others, and the connection serves on.
func TestSwitchRefused(t *testing.T) {
	tests := map[string]struct {
		call   *exchange.Call
		answer string
		status int
		reason exchange.Reason
	}{
		"upgrade ignored": {asking("echo"), networktest.AppendAnswer(200, "no"), 200, exchange.Reusable},
		"426":             {asking("echo"), networktest.AppendAnswer(426, "no"), 426, exchange.Reusable},
		"CONNECT, 407":    {connect("a:443"), networktest.AppendAnswer(407, "no"), 407, exchange.Reusable},
		"CONNECT, 302":    {connect("a:443"), networktest.AppendAnswer(302, "no"), 302, exchange.Reusable},
		"and closed":      {asking("echo"), networktest.AppendAnswer(403, "no", "Connection: close"), 403, exchange.PeerRefuses},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write(test.answer)
				if test.reason == exchange.Reusable {
					p.ReadRequest()
					p.Answer(200, "served")
				}
				p.WaitClosed()
			}, func(w *wire) {
				w.wantExchange(test.call, test.status, "no", test.reason)
				if test.reason == exchange.Reusable {
					w.wantExchange(get(), 200, "served", exchange.Reusable)
				}
			})
		})
	}
}

// What nobody asked for, or comes too early, is the peer's fault.
func TestSwitchUnasked(t *testing.T) {
	on(t, answering(switching), func(w *wire) {
		f := w.wantFailure(w.Context(), get(), exchange.Protocol, exchange.Head, exchange.Answered)
		if !strings.Contains(f.Error(), "no other protocol was asked for") {
			t.Errorf("the error is %v", f)
		}
	})
	on(t, networktest.Always(200, "hello"), func(w *wire) { // nor may it come later
		w.wantExchange(asking("echo"), 200, "hello", exchange.Reusable)
		w.world.Handle(address, answering(switching))
		w.wantExchange(get(), 200, "hello", exchange.Reusable)
	})
	on(t, func(p *networktest.Peer) {
		p.ReadHead()
		p.Write(switching)
		p.WaitClosed()
	}, func(w *wire) { // while the body is still on its way
		r, feed := io.Pipe()
		defer feed.Close()
		call := upload(reading(r, -1))
		call.Fields = [][2]string{{"Upgrade", "echo"}}
		w.wantFailure(w.Context(), call, exchange.Protocol, exchange.Head, exchange.Answered)
	})
}

// A request whose body has gone may switch too.
func TestSwitchBehindABody(t *testing.T) {
	for _, call := range []*exchange.Call{post("hello"), post(large)} {
		on(t, func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write(switching)
			p.Write("pong")
			p.WaitClosed()
		}, func(w *wire) {
			call.Fields = [][2]string{{"Upgrade", "echo"}}
			s := w.wantSwitch(w.Context(), call)
			buf := make([]byte, 4)
			if _, err := io.ReadFull(s, buf); string(buf) != "pong" || err != nil {
				t.Errorf("read %q, %v", buf, err)
			}
		})
	}
}

// The context ends between the head and the switch: there is no stream.
func TestContextEndsBeforeTheSwitch(t *testing.T) {
	on(t, answering(switching), func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		if _, err := w.Do(ctx, asking("echo")); err != nil {
			t.Fatal(err)
		}
		cancel()
		_, err := w.Switch()
		if f := asFailure(t, err); f.Guilt != exchange.Context {
			t.Errorf("guilt %d, %v", f.Guilt, f)
		}
		wantContextError(t, ctx, err)
	})
}

// A response that switched ends as one, if nobody wants the stream.
func TestSwitchEnds(t *testing.T) {
	on(t, answering(switching), func(w *wire) {
		w.wantStatus(asking("echo"), 101)
		w.wantEnd(exchange.SwitchedAway)
	})
}
