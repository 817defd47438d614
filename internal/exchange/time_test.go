package exchange_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

func limited(call *exchange.Call, t exchange.Timeouts) *exchange.Call {
	call.Timeouts = t
	return call
}

// Each timeout ends its phase, on its minute, and says that it was it. That of a
// write is twice as late where a part went out: when it did nobody can tell.
func TestTimeouts(t *testing.T) {
	const d = 10 * time.Minute
	tests := map[string]struct {
		script   func(*networktest.Peer)
		call     *exchange.Call
		phase    exchange.Phase
		progress exchange.Progress
		took     time.Duration
		words    string
	}{
		"the request is not read": {
			sleepThrough,
			limited(post(strings.Repeat("x", 10<<10)), exchange.Timeouts{Write: d}),
			exchange.Write, exchange.PartlySent, 2 * d, "nothing could be written for 10m0s",
		},
		"its upload is not read": {
			func(p *networktest.Peer) { p.ReadHead(); sleepThrough(p) },
			limited(post(large), exchange.Timeouts{Write: d}),
			exchange.Write, exchange.PartlySent, 2 * d, "nothing could be written for 10m0s",
		},
		"it is read slowly, and then not at all": {
			func(p *networktest.Peer) {
				buf := make([]byte, 1000)
				for range 5 {
					time.Sleep(d - time.Second)
					p.Conn().Read(buf)
				}
				sleepThrough(p)
			},
			limited(post(strings.Repeat("x", 10<<10)), exchange.Timeouts{Write: d}),
			exchange.Write, exchange.PartlySent, 6 * d, "nothing could be written for 10m0s",
		},
		"nothing is answered": {
			func(p *networktest.Peer) { p.ReadRequest(); p.WaitClosed() },
			limited(get(), exchange.Timeouts{FirstByte: d, Read: time.Second}),
			exchange.FirstByte, exchange.Sent, d, "no response within 10m0s",
		},
		"nothing is answered to an upload that took long": {
			func(p *networktest.Peer) { p.ReadRequest(); p.WaitClosed() },
			limited(upload(reading(&slow{pieces: 5, every: 3 * d / 4}, -1)), exchange.Timeouts{FirstByte: d}),
			exchange.FirstByte, exchange.Sent, 5*3*d/4 + d, "no response within 10m0s",
		},
		"nothing is answered behind a hint": {
			func(p *networktest.Peer) {
				p.ReadRequest()
				time.Sleep(d - 1)
				p.Answer(103, "")
				p.WaitClosed()
			},
			limited(get(), exchange.Timeouts{FirstByte: d}),
			exchange.FirstByte, exchange.Answered, 2*d - 1, "no response within 10m0s",
		},
		"the head does not end": {
			func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write("HTTP/1.1 200 OK\r\n")
				time.Sleep(d - 1)
				p.Write("A: b\r\n")
				p.WaitClosed()
			},
			limited(get(), exchange.Timeouts{FirstByte: time.Second, Read: d}),
			exchange.Head, exchange.Answered, 2*d - 1, "nothing could be read for 10m0s",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T, world *networktest.Network) {
				if test.phase == exchange.Write {
					world.Window(address, 1000)
				}
				world.Handle(address, test.script)
				w := open(t, world, address, exchange.Limits{})
				begin := time.Now()
				f := w.wantFailure(w.Context(), test.call, exchange.Timeout, test.phase, test.progress)
				wantTook(t, begin, test.took)
				if !errors.Is(f, os.ErrDeadlineExceeded) || !strings.Contains(f.Error(), test.words) {
					t.Errorf("the error is %v; want words like %q", f, test.words)
				}
			})
		})
	}
}

// sleepThrough reads nothing until the client has left.
func sleepThrough(p *networktest.Peer) {
	for !p.Closed() {
		time.Sleep(time.Second)
	}
}

// slow yields a byte every so often, and then ends.
type slow struct {
	pieces int
	every  time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if s.pieces == 0 {
		return 0, io.EOF
	}
	s.pieces--
	time.Sleep(s.every)
	return copy(p, "x"), nil
}

// A body that stands still is a timeout; one that trickles is not.
func TestReadTimeoutInTheBody(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
		for range 5 {
			time.Sleep(time.Minute - 1)
			p.Write("x")
		}
		p.WaitClosed()
	}, func(w *wire) {
		w.wantStatus(limited(get(), exchange.Timeouts{Read: time.Minute, FirstByte: time.Second}), 200)
		begin := time.Now()
		got, err := io.ReadAll(w)
		if string(got) != "xxxxx" {
			w.Errorf("read %q", got)
		}
		wantTook(t, begin, 5*(time.Minute-1)+time.Minute)
		wantFailure(t, asFailure(t, err), exchange.Timeout, exchange.Body, exchange.Answered)
		w.wantEnd(exchange.Failed)
	})
}

// An exchange without timeouts waits as long as it takes, and none is left on
// the stream for the next.
func TestTimeoutsDoNotOutliveTheirExchange(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "soon")
		p.ReadRequest()
		time.Sleep(24 * time.Hour)
		p.Answer(200, "late")
		p.ReadRequest()
		p.Window(1)
		time.Sleep(24 * time.Hour)
		p.Answer(200, "later")
		p.WaitClosed()
	}, func(w *wire) {
		w.wantExchange(limited(get(), exchange.Timeouts{Write: time.Minute, FirstByte: time.Minute, Read: time.Minute}), 200, "soon", exchange.Reusable)
		w.wantExchange(get(), 200, "late", exchange.Reusable)
		w.wantExchange(limited(get(), exchange.Timeouts{Write: time.Minute}), 200, "later", exchange.Reusable)
	})
}

var errWhy = errors.New("the user left")

// The context ends the exchange wherever it stands, at once, and is the only
// one to blame.
func TestContextEnds(t *testing.T) {
	silent := func(p *networktest.Peer) { p.ReadHead(); sleepThrough(p) }
	tests := map[string]struct {
		script func(*networktest.Peer)
		call   func() *exchange.Call
		phase  exchange.Phase
	}{
		"writing": {
			sleepThrough,
			func() *exchange.Call { return post("hello, world") }, exchange.Write,
		},
		"uploading": {silent, func() *exchange.Call { return post(large) }, exchange.FirstByte},
		"uploading under a timeout": {silent, func() *exchange.Call {
			return limited(post(large), exchange.Timeouts{Write: 2 * time.Hour, FirstByte: 2 * time.Hour})
		}, exchange.FirstByte},
		"a small content blocks": {sleepThrough, func() *exchange.Call { return upload(reading(blocked(), 5)) }, exchange.FirstByte},
		"a large content blocks": {silent, func() *exchange.Call { return upload(reading(blocked(), 1<<20)) }, exchange.FirstByte},
		"waiting for 100":        {silent, func() *exchange.Call { return expecting(post("hello")) }, exchange.FirstByte},
		"awaiting the response":  {silent, get, exchange.FirstByte},
		"awaiting it under a timeout": {silent, func() *exchange.Call {
			return limited(get(), exchange.Timeouts{Write: time.Hour, FirstByte: time.Hour, Read: time.Hour})
		}, exchange.FirstByte},
		"in the head": {
			func(p *networktest.Peer) { p.ReadRequest(); p.Write("HTTP/1.1 200 OK\r\nA: "); sleepThrough(p) },
			get, exchange.Head,
		},
	}
	ends := map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Millisecond, cancel)
			return ctx, cancel
		},
		"cancelled with a cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Millisecond, func() { cancel(errWhy) })
			return ctx, func() { cancel(nil) }
		},
		"out of time": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Millisecond)
		},
		"out of time, without a Done": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return onlyDeadline{time.Now().Add(time.Millisecond)}, func() {}
		},
	}
	for name, test := range tests {
		for how, end := range ends {
			t.Run(name+", "+how, func(t *testing.T) {
				within(t, func(t *testing.T, world *networktest.Network) {
					world.Window(address, 1)
					if test.phase != exchange.Write {
						world.Window(address, 1000)
					}
					world.Handle(address, test.script)
					w := open(t, world, address, exchange.Limits{})
					ctx, cancel := end(t.Context())
					defer cancel()
					begin := time.Now()
					_, err := w.Do(ctx, test.call())
					wantTook(t, begin, time.Millisecond)
					w.stream.Close()
					f := asFailure(t, err)
					if f.Guilt != exchange.Context || f.Phase != test.phase {
						t.Errorf("guilt %d in phase %d, %v; want the context's in %d", f.Guilt, f.Phase, f, test.phase)
					}
					wantContextError(t, ctx, err)
					time.Sleep(time.Minute) // the blocked reader's
				})
			})
		}
	}
}

func wantContextError(t *testing.T, ctx context.Context, err error) {
	t.Helper()
	if !errors.Is(err, ctx.Err()) {
		t.Errorf("the error is %v, want %v", err, ctx.Err())
	}
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		t.Errorf("the error is %v, which does not say %v", err, cause)
	}
	if errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a cancellation is told as a timeout: %v", err)
	}
}

// onlyDeadline is a context that ends in time, and of which nobody is told.
type onlyDeadline struct{ at time.Time }

func (c onlyDeadline) Deadline() (time.Time, bool) { return c.at, true }
func (c onlyDeadline) Done() <-chan struct{}       { return nil }
func (c onlyDeadline) Value(any) any               { return nil }
func (c onlyDeadline) Err() error {
	if time.Now().Before(c.at) {
		return nil
	}
	return context.DeadlineExceeded
}

// A stream that takes no deadline any more is dead: the failure is the stream's,
// not that of a context which goes on.
func TestDeadlineOnADeadStream(t *testing.T) {
	on(t, func(p *networktest.Peer) { p.WaitClosed() }, func(w *wire) {
		w.stream.Close()
		f := w.wantFailure(onlyDeadline{time.Now().Add(time.Minute)}, get(), exchange.Peer, exchange.Write, exchange.NotSent)
		if !errors.Is(f, net.ErrClosed) || f.Untouched {
			t.Errorf("it is told as %v, and the stream as untouched: %t", f.Err, f.Untouched)
		}
	})
	on(t, func(p *networktest.Peer) { p.WaitClosed() }, func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		f := w.wantFailure(ctx, get(), exchange.Context, exchange.Write, exchange.NotSent)
		if !errors.Is(f, context.Canceled) || !f.Untouched {
			t.Errorf("it is told as %v, and the stream as untouched: %t", f.Err, f.Untouched)
		}
	})
}

// blocked yields nothing for as long as anybody cares, whether it is closed or
// not.
func blocked() io.Reader { return blockedReader{} }

type blockedReader struct{}

func (blockedReader) Read([]byte) (int, error) {
	time.Sleep(time.Minute)
	return 0, io.ErrClosedPipe
}

// It governs the body until that is read.
func TestContextEndsTheBody(t *testing.T) {
	script := func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		p.WaitClosed()
	}
	on(t, script, func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		if _, err := w.Do(ctx, get()); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, cancel)
		begin := time.Now()
		got, err := io.ReadAll(w)
		wantTook(t, begin, time.Hour)
		if string(got) != "hello" {
			t.Errorf("read %q", got)
		}
		wantFailure(t, asFailure(t, err), exchange.Context, exchange.Body, exchange.Answered)
		wantContextError(t, ctx, err)
		w.wantEnd(exchange.Failed)
	})
	on(t, script, func(w *wire) {
		ctx, cancel := context.WithTimeout(w.Context(), time.Hour)
		defer cancel()
		if _, err := w.Do(ctx, get()); err != nil {
			t.Fatal(err)
		}
		_, err := io.Copy(io.Discard, w.Conn)
		wantFailure(t, asFailure(t, err), exchange.Context, exchange.Body, exchange.Answered)
		wantContextError(t, ctx, err)
		w.wantEnd(exchange.Failed)
	})
}

// It governs nothing afterwards; but where it ends between the last byte and
// the end of the exchange, the connection is not trusted.
func TestContextEndsLater(t *testing.T) {
	on(t, networktest.Always(200, "hello"), func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		if _, err := w.Do(ctx, get()); err != nil {
			t.Fatal(err)
		}
		w.wantBody("hello")
		w.wantEnd(exchange.Reusable)
		cancel()
		synctest.Wait()
		w.wantExchange(get(), 200, "hello", exchange.Reusable)
	})
	on(t, networktest.Always(200, "hello"), func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		if _, err := w.Do(ctx, get()); err != nil {
			t.Fatal(err)
		}
		w.wantBody("hello")
		cancel()
		w.wantEnd(exchange.ContextEnded)
	})
}

// One that has ended already ends nothing but the call: the wire was not
// touched, and serves on.
func TestContextEndedBefore(t *testing.T) {
	on(t, networktest.Always(200, "hello"), func(w *wire) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		_, err := w.Do(ctx, get())
		f := asFailure(t, err)
		wantFailure(t, f, exchange.Context, exchange.Write, exchange.NotSent)
		wantContextError(t, ctx, err)
		if !f.Untouched {
			t.Error("it does not say that the connection is untouched")
		}
		w.wantExchange(get(), 200, "hello", exchange.Reusable)
	})
}

// Abort ends an exchange from outside.
func TestAbort(t *testing.T) {
	on(t, func(p *networktest.Peer) { p.ReadRequest(); p.WaitClosed() }, func(w *wire) {
		time.AfterFunc(time.Second, w.Abort)
		f := w.wantFailure(w.Context(), limited(get(), exchange.Timeouts{FirstByte: time.Hour}), exchange.Peer, exchange.FirstByte, exchange.Sent)
		if f.BeforeAnswer {
			t.Error("the peer is blamed")
		}
	})
	on(t, networktest.Always(200, "hello"), func(w *wire) {
		w.wantStatus(get(), 200)
		w.wantBody("hello")
		w.Abort()
		if got := w.End(); got != exchange.ClosedMeanwhile && got != exchange.ContextEnded {
			t.Errorf("the end is %q", got)
		}
	})
}

// The drain takes a small rest away, and no more than its time.
func TestDrain(t *testing.T) {
	head := func(n string) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + n + "\r\n\r\n" }
	rest := func(n int) string { return strings.Repeat("x", n) }
	tests := map[string]struct {
		script func(p *networktest.Peer)
		reason exchange.Reason
		took   time.Duration
	}{
		"64 KiB":          {answering(head("65536") + rest(64<<10)), exchange.Reusable, 0},
		"a byte more":     {answering(head("65537") + rest(64<<10+1)), exchange.BodyUnread, 0},
		"chunks at hand":  {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + rest(5000) + "\r\n0\r\n\r\n"), exchange.Reusable, 0},
		"chunks to come":  {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n0\r\n\r\n"), exchange.BodyUnread, 0},
		"until the close": {answering("HTTP/1.1 200 OK\r\n\r\n" + rest(10)), exchange.BodyUnread, 0},
		"in time":         {answering(head("5"), sleeping(49*time.Millisecond), "hello"), exchange.Reusable, 49 * time.Millisecond},
		"too late":        {answering(head("5"), sleeping(51*time.Millisecond), "hello"), exchange.BodyUnread, 50 * time.Millisecond},
		"trickling": {answering(head("5"), sleeping(20*time.Millisecond), "h", sleeping(20*time.Millisecond), "e", sleeping(20*time.Millisecond), "llo"),
			exchange.BodyUnread, 50 * time.Millisecond},
		"never":     {answering(head("5") + "hell"), exchange.BodyUnread, 50 * time.Millisecond},
		"malformed": {answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"), exchange.BodyUnread, 0},
		"too much":  {answering(head("5") + "hello, world"), exchange.BytesUnasked, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			on(t, test.script, func(w *wire) {
				w.wantStatus(get(), 200)
				begin := time.Now()
				w.wantEnd(test.reason)
				wantTook(t, begin, test.took)
			})
		})
	}
}
