package exchange_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

// What a response's body is, and why the connection serves on or does not.
func TestResponses(t *testing.T) {
	const (
		ok      = "HTTP/1.1 200 OK\r\n"
		length5 = "Content-Length: 5\r\n\r\nhello"
		chunks  = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	)
	tests := []struct {
		name, method, fields, response string
		status                         int
		body                           string
		reason                         exchange.Reason
	}{
		{"length", "GET", "", ok + length5, 200, "hello", exchange.Reusable},
		{"chunks", "GET", "", ok + chunks, 200, "hello", exchange.Reusable},
		{"no bytes", "GET", "", ok + "Content-Length: 0\r\n\r\n", 200, "", exchange.Reusable},
		{"no chunks", "GET", "", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", exchange.Reusable},
		{"length said twice alike", "GET", "", ok + "Content-Length: 5\r\n" + length5, 200, "hello", exchange.Reusable},
		{"HEAD has no body, whatever is said", "HEAD", "", ok + "Content-Length: 5\r\n\r\n", 200, "", exchange.Reusable},
		{"HEAD of chunks", "HEAD", "", ok + "Transfer-Encoding: chunked\r\n\r\n", 200, "", exchange.Reusable},
		{"HEAD of what the end ends", "HEAD", "", ok + "\r\n", 200, "", exchange.Reusable},
		{"204", "GET", "", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", exchange.Reusable},
		{"304 with a length", "GET", "", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", exchange.Reusable},
		{"the peer closes", "GET", "", ok + "Connection: close\r\n" + length5, 200, "hello", exchange.PeerRefuses},
		{"the peer closes, in a list and other case", "GET", "", ok + "Connection: x, CLOSE\r\n" + length5, 200, "hello", exchange.PeerRefuses},
		{"the request closes", "GET", "Connection: close", ok + length5, 200, "hello", exchange.WeRefuse},
		{"HTTP/1.0", "GET", "", "HTTP/1.0 200 OK\r\n" + length5, 200, "hello", exchange.PeerRefuses},
		{"HTTP/1.0 that keeps", "GET", "", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length5, 200, "hello", exchange.Reusable},
		{"an error status", "GET", "", "HTTP/1.1 500 Oops\r\n" + length5, 500, "hello", exchange.Reusable},
		{"an unknown status without a reason", "GET", "", "HTTP/1.1 799 \r\n" + length5, 799, "hello", exchange.Reusable},
		{"bytes nobody asked for", "GET", "", ok + length5 + "X", 200, "hello", exchange.BytesUnasked},
		{"a second response in one piece", "GET", "", ok + length5 + ok + length5, 200, "hello", exchange.BytesUnasked},
		{"a body behind 204", "GET", "", "HTTP/1.1 204 No Content\r\n\r\nhello", 204, "", exchange.BytesUnasked},
		{"a body to HEAD", "HEAD", "", ok + length5, 200, "", exchange.BytesUnasked},
		{"bytes behind the last chunk", "GET", "", ok + chunks + "\r\n", 200, "hello", exchange.BytesUnasked},
	}
	for _, test := range tests {
		pieces := []int{1 << 20, 1, 7}
		if test.reason == exchange.BytesUnasked {
			pieces = pieces[:1] // what comes later is the probe's to find
		}
		for _, size := range pieces {
			t.Run(fmt.Sprintf("%s, pieces of %d", test.name, size), func(t *testing.T) {
				on(t, func(p *networktest.Peer) {
					p.ReadRequest()
					p.WriteSplit(test.response, size)
					p.WaitClosed()
				}, func(w *wire) {
					call := &exchange.Call{Method: test.method, Target: "/", Host: host}
					if name, value, found := strings.Cut(test.fields, ": "); found {
						call.Fields = [][2]string{{name, value}}
					}
					w.wantExchange(call, test.status, test.body, test.reason)
				})
			})
		}
	}
}

// The end of the connection ends a body of no other end.
func TestBodyUntilClose(t *testing.T) {
	for _, head := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"} {
		on(t, func(p *networktest.Peer) {
			p.ReadRequest()
			p.WriteSplit(head+"hello, world", len(head), 5)
		}, func(w *wire) { w.wantExchange(get(), 200, "hello, world", exchange.EndIsTheBody) })
	}
}

// On TLS only a close_notify is such an end: anybody could cut the rest.
func TestBodyUntilCloseOnTLS(t *testing.T) {
	onTLS(t, func(p *networktest.Peer) {
		p.TLS(nil)
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\n\r\nall of it")
		p.Close()
	}, func(w *wire) { w.wantExchange(get(), 200, "all of it", exchange.EndIsTheBody) })

	for _, piecewise := range []bool{false, true} {
		onTLS(t, func(p *networktest.Peer) {
			p.TLS(nil)
			p.ReadRequest()
			if piecewise {
				p.Write("HTTP/1.1 200 OK\r\n\r\n")
				p.Write("half ")
			} else {
				p.Write("HTTP/1.1 200 OK\r\n\r\nhalf ")
			}
			p.Cut()
		}, func(w *wire) {
			w.wantStatus(get(), 200)
			got, err := io.ReadAll(w)
			if string(got) != "half " {
				w.Errorf("read %q", got)
			}
			f := asFailure(w.T, err)
			wantFailure(w.T, f, exchange.Protocol, exchange.Body, exchange.Answered)
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				w.Errorf("%v is no truncation", err)
			}
			w.wantEnd(exchange.Failed)
		})
	}
}

// A body of known length needs no close_notify.
func TestLengthOnTLSWithoutGoodbye(t *testing.T) {
	onTLS(t, func(p *networktest.Peer) {
		p.TLS(nil)
		p.ReadRequest()
		p.Answer(200, "whole")
		p.Cut()
	}, func(w *wire) { w.wantExchange(get(), 200, "whole", exchange.Reusable); w.stream.Close() })
}

// What is not HTTP/1.1, or can be read in two ways, is nobody's response.
func TestMalformedResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	heads := map[string]string{
		"not HTTP":                   "SSH-2.0-OpenSSH_9.6\r\n",
		"HTTP/2 preface":             "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"HTTP/2.0":                   "HTTP/2.0 200 OK\r\n\r\n",
		"status of two digits":       "HTTP/1.1 20 OK\r\n\r\n",
		"status 99":                  "HTTP/1.1 099 Low\r\n\r\n",
		"bare LF":                    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
		"bare CR in a field":         ok + "A: b\rc\r\nContent-Length: 0\r\n\r\n",
		"NUL in a field":             ok + "A: \x00\r\nContent-Length: 0\r\n\r\n",
		"blank before the colon":     ok + "Content-Length : 0\r\n\r\n",
		"no colon":                   ok + "nonsense\r\n\r\n",
		"length and coding":          ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two lengths":                ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"two lengths in one":         ok + "Content-Length: 5, 6\r\n\r\nhello!",
		"length with a sign":         ok + "Content-Length: +5\r\n\r\nhello",
		"negative length":            ok + "Content-Length: -5\r\n\r\nhello",
		"length in hexadecimal":      ok + "Content-Length: 0x5\r\n\r\nhello",
		"length beyond any":          ok + "Content-Length: 99999999999999999999\r\n\r\n",
		"empty length":               ok + "Content-Length: \r\n\r\n",
		"coding that is not chunked": ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"chunked twice":              ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"xchunked":                   ok + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"coding in HTTP/1.0":         "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"101 unasked":                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
	}
	for name, response := range heads {
		t.Run(name, func(t *testing.T) {
			on(t, answering(response), func(w *wire) {
				f := w.wantFailure(w.Context(), get(), exchange.Protocol, exchange.Head, exchange.Answered)
				if f.BeforeAnswer {
					w.Error("it says that there was no answer")
				}
			})
		})
	}
	const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	bodies := map[string]string{
		"size is no number":         chunked + "x\r\n",
		"size of too many digits":   chunked + "00000000000000000000000000000000001\r\nx\r\n0\r\n\r\n",
		"size beyond any":           chunked + "fffffffffffffffff\r\n",
		"size ends in LF":           chunked + "5\nhello\r\n0\r\n\r\n",
		"negative size":             chunked + "-5\r\nhello\r\n0\r\n\r\n",
		"chunk longer than it says": chunked + "4\r\nhello\r\n0\r\n\r\n",
		"chunk ends in LF":          chunked + "5\r\nhello\n0\r\n\r\n",
		"trailer without a colon":   chunked + "0\r\nnonsense\r\n\r\n",
		"trailer is folded":         chunked + "0\r\nA: b\r\n c\r\n\r\n",
		"cut in a chunk":            chunked + "5\r\nhel",
		"cut before the last chunk": chunked + "5\r\nhello\r\n",
		"cut before the end":        chunked + "5\r\nhello\r\n0\r\n",
		"cut in a length":           ok + "Content-Length: 6\r\n\r\nhello",
		"cut at once":               ok + "Content-Length: 6\r\n\r\n",
	}
	for name, response := range bodies {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Write(response)
			}, func(w *wire) {
				w.wantStatus(get(), 200)
				_, err := io.ReadAll(w)
				wantFailure(w.T, asFailure(w.T, err), exchange.Protocol, exchange.Body, exchange.Answered)
				if again, _ := w.Read(make([]byte, 1)); again != 0 {
					w.Error("behind the fault comes more")
				}
				w.wantEnd(exchange.Failed)
			})
		})
	}
}

// A peer that ends in the middle of a head, or before it.
func TestResponseCutShort(t *testing.T) {
	whole := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for n := range len(whole) {
		on(t, func(p *networktest.Peer) {
			p.ReadRequest()
			if n > 0 {
				p.Write(whole[:n])
			}
		}, func(w *wire) {
			if n == 0 {
				f := w.wantFailure(w.Context(), get(), exchange.Peer, exchange.FirstByte, exchange.Sent)
				if !f.BeforeAnswer {
					w.Error("it does not say that there was no answer")
				}
				return
			}
			f := w.wantFailure(w.Context(), get(), exchange.Protocol, exchange.Head, exchange.Answered)
			if f.BeforeAnswer || !errors.Is(f, io.ErrUnexpectedEOF) {
				w.Errorf("cut after %d bytes: %v", n, f)
			}
		})
	}
}

// A reset before the answer is the peer's, and says so.
func TestReset(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Reset()
	}, func(w *wire) {
		f := w.wantFailure(w.Context(), get(), exchange.Peer, exchange.FirstByte, exchange.Sent)
		if !f.BeforeAnswer {
			w.Error("it does not say that there was no answer")
		}
	})
	on(t, func(p *networktest.Peer) { p.Reset() }, func(w *wire) {
		synctest.Wait()
		f := w.wantFailure(w.Context(), get(), exchange.Peer, exchange.Write, exchange.NotSent)
		if !f.BeforeAnswer {
			w.Error("it does not say that there was no answer")
		}
	})
	on(t, func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		p.Window(1)
		p.Expect("go")
		p.Reset()
	}, func(w *wire) {
		w.wantStatus(get(), 200)
		buf := make([]byte, 100)
		if n, err := w.Read(buf); n != 5 || err != nil {
			w.Fatalf("read %d bytes, %v", n, err)
		}
		io.WriteString(w.stream, "go")
		_, err := w.Read(buf)
		wantFailure(w.T, asFailure(w.T, err), exchange.Peer, exchange.Body, exchange.Answered)
		w.wantEnd(exchange.Failed)
	})
}

// Trailers are there once the body is read, without those that no trailer may
// be.
func TestTrailers(t *testing.T) {
	on(t, answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 1\r\nContent-Length: 9\r\nSign: 2\r\n\r\n"), func(w *wire) {
		w.wantStatus(get(), 200)
		if got := w.Trailers(); got != nil {
			w.Errorf("before the body was read the trailers are %q", got)
		}
		w.wantBody("hello")
		want := [][2]string{{"Sum", "1"}, {"Sign", "2"}}
		if got := w.Trailers(); !slices.Equal(got, want) {
			w.Errorf("the trailers are %q, want %q", got, want)
		}
		w.wantEnd(exchange.Reusable)
	})
}

// Interim responses are seen, and bounded.
func TestInterimResponses(t *testing.T) {
	on(t, answering(
		"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n",
		"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	), func(w *wire) {
		var seen []string
		call := get()
		call.OnInterim = func(status int, fields [][2]string) { seen = append(seen, fmt.Sprint(status, fields)) }
		w.wantExchange(call, 200, "ok", exchange.Reusable)
		want := []string{"103 [[Link </a.css>]]", "102 []", "103 [[Link </b.css>]]"}
		if !slices.Equal(seen, want) {
			w.Errorf("seen were %q, want %q", seen, want)
		}
	})
	hint := "HTTP/1.1 103 Early Hints\r\n\r\n"
	on(t, answering(strings.Repeat(hint, 16)+networktest.AppendAnswer(200, "ok")), func(w *wire) {
		w.wantExchange(get(), 200, "ok", exchange.Reusable)
	})
	on(t, answering(strings.Repeat(hint, 17)+networktest.AppendAnswer(200, "ok")), func(w *wire) {
		f := w.wantFailure(w.Context(), get(), exchange.Protocol, exchange.Head, exchange.Answered)
		if !strings.Contains(f.Error(), "16 interim") {
			w.Errorf("the error does not name the limit: %v", f)
		}
	})
}

// Limits of a head, reached and passed.
func TestHeadLimits(t *testing.T) {
	padded := func(n int) string { // a response whose head has n bytes
		head := "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nPad: "
		return head + strings.Repeat("x", n-len(head)-4) + "\r\n\r\n"
	}
	fields := func(n int) string {
		return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + strings.Repeat("A: b\r\n", n-1) + "\r\n"
	}
	tests := map[string]struct {
		limits   h1.Limits
		response string
		tooLarge bool
	}{
		"a head as large as the buffer":   {h1.Limits{}, padded(16 << 10), false},
		"a byte more":                     {h1.Limits{}, padded(16<<10 + 1), false},
		"as large as allowed":             {h1.Limits{}, padded(1 << 20), false},
		"a byte more than allowed":        {h1.Limits{}, padded(1<<20 + 1), true},
		"256 fields":                      {h1.Limits{}, fields(256), false},
		"257 fields":                      {h1.Limits{}, fields(257), true},
		"own limit of bytes":              {h1.Limits{HeaderBytes: 100}, padded(100), false},
		"own limit of bytes, passed":      {h1.Limits{HeaderBytes: 100}, padded(101), true},
		"own limit of fields":             {h1.Limits{Fields: 2}, fields(2), false},
		"own limit of fields, passed":     {h1.Limits{Fields: 2}, fields(3), true},
		"a head without end":              {h1.Limits{HeaderBytes: 100}, "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 100), true},
		"a status line without end":       {h1.Limits{HeaderBytes: 100}, "HTTP/1.1 200 " + strings.Repeat("x", 100), true},
		"interim heads have limits alike": {h1.Limits{Fields: 2}, strings.Replace(fields(3), "200 OK", "103 Hints", 1), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T, world *networktest.Network) {
				world.Handle(address, func(p *networktest.Peer) {
					p.ReadRequest()
					io.WriteString(p.Conn(), test.response) // which may be cut short
					p.WaitClosed()
				})
				w := open(t, world, address, exchange.Limits{Head: test.limits})
				if !test.tooLarge {
					w.wantExchange(get(), 200, "", exchange.Reusable)
					return
				}
				f := w.wantFailure(w.Context(), get(), exchange.Protocol, exchange.Head, exchange.Answered)
				if !errors.Is(f, h1.ErrTooLarge) {
					w.Errorf("%v is not ErrTooLarge", f)
				}
			})
		})
	}
}

// A thousand chunks of one byte are a thousand bytes, however they arrive.
func TestManySmallChunks(t *testing.T) {
	body := strings.Repeat("x", 10_000)
	text := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", len(body)) + "0\r\n\r\n"
	for _, size := range []int{1 << 20, 3, 16<<10 - 1} {
		on(t, func(p *networktest.Peer) {
			p.ReadRequest()
			p.WriteSplit(text, size)
			p.WaitClosed()
		}, func(w *wire) { w.wantExchange(get(), 200, body, exchange.Reusable) })
	}
}

// The body written to a writer is the body read, and an error of the writer is
// its own: the body can be read on.
func TestWriteTo(t *testing.T) {
	body := strings.Repeat("0123456789", 10_000)
	for name, response := range map[string]string{
		"length": networktest.AppendAnswer(200, body),
		"chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + body + "\r\n0\r\n\r\n",
	} {
		on(t, answering(response), func(w *wire) {
			w.wantStatus(get(), 200)
			full := &fullWriter{room: 1000}
			if _, err := w.WriteTo(full); err != errFull {
				w.Errorf("%s: the error of the writer came as %v", name, err)
			}
			full.room = len(body)
			if _, err := w.WriteTo(full); err != nil {
				w.Errorf("%s: %v", name, err)
			}
			if full.String() != body {
				w.Errorf("%s: %d other bytes were written", name, full.Len())
			}
			if n, err := w.WriteTo(full); n != 0 || err != nil {
				w.Errorf("%s: behind the end come %d bytes, %v", name, n, err)
			}
			w.wantEnd(exchange.Reusable)
		})
	}
}

var errFull = errors.New("full")

type fullWriter struct {
	strings.Builder
	room int
}

func (f *fullWriter) Write(p []byte) (int, error) {
	if f.room >= len(p) {
		f.room -= len(p)
		return f.Builder.Write(p)
	}
	n := f.room
	f.room = 0
	f.Builder.Write(p[:n])
	return n, errFull
}
