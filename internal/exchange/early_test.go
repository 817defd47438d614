package exchange_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network/networktest"
)

var large = strings.Repeat("0123456789abcdef", 64<<10) // 1 MiB

// expecting is a call that wants to hear 100 before its body.
func expecting(call *exchange.Call) *exchange.Call {
	call.Fields = append(call.Fields, [2]string{"Expect", "100-continue"})
	return call
}

// The body waits for 100, whatever its size or kind.
func TestExpectContinue(t *testing.T) {
	calls := map[string]func() *exchange.Call{
		"small text": func() *exchange.Call { return expecting(post("hello")) },
		"large text": func() *exchange.Call { return expecting(post(large)) },
		"content":    func() *exchange.Call { return expecting(upload(reading(strings.NewReader("hello"), 5))) },
		"chunks":     func() *exchange.Call { return expecting(upload(reading(strings.NewReader("hello"), -1))) },
	}
	for name, call := range calls {
		t.Run(name+", and 100 comes", func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				head := p.ReadHead()
				time.Sleep(900 * time.Millisecond)
				p.Answer(100, "")
				p.ReadBody(head)
				p.Answer(200, "thanks")
				p.WaitClosed()
			}, func(w *wire) {
				begin := time.Now()
				w.wantExchange(call(), 200, "thanks", exchange.Reusable)
				wantTook(t, begin, 900*time.Millisecond)
			})
		})
		t.Run(name+", and an answer comes instead", func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadHead()
				p.Answer(417, "no")
				p.WaitEnd() // not a byte of the body
			}, func(w *wire) {
				w.wantExchange(call(), 417, "no", exchange.UploadUnended)
			})
		})
		t.Run(name+", and a good answer comes instead", func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadHead()
				p.Answer(200, "known already")
				p.WaitEnd()
			}, func(w *wire) {
				w.wantExchange(call(), 200, "known already", exchange.UploadUnended)
			})
		})
		t.Run(name+", and nothing comes for a second", func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadRequest()
				p.Answer(200, "thanks")
				p.WaitClosed()
			}, func(w *wire) {
				begin := time.Now()
				w.wantExchange(call(), 200, "thanks", exchange.Reusable)
				wantTook(t, begin, time.Second)
			})
		})
		t.Run(name+", and only a hint comes", func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				head := p.ReadHead()
				time.Sleep(400 * time.Millisecond)
				p.Answer(103, "")
				p.ReadBody(head)
				p.Answer(200, "thanks")
				p.WaitClosed()
			}, func(w *wire) {
				begin := time.Now()
				w.wantExchange(call(), 200, "thanks", exchange.Reusable)
				wantTook(t, begin, time.Second)
			})
		})
	}
	t.Run("and the peer leaves", func(t *testing.T) {
		on(t, func(p *networktest.Peer) { p.ReadHead() }, func(w *wire) {
			f := w.wantFailure(w.Context(), expecting(post("x")), exchange.Peer, exchange.FirstByte, exchange.PartlySent)
			if !f.BeforeAnswer {
				w.Error("it does not say that there was no answer")
			}
		})
	})
}

func wantTook(t *testing.T, begin time.Time, want time.Duration) {
	t.Helper()
	if took := time.Since(begin); took != want {
		t.Errorf("it took %v, want %v", took, want)
	}
}

// A status of 400 and above ends the upload, and with it the connection.
func TestEarlyRefusalEndsTheUpload(t *testing.T) {
	for name, answer := range map[string]string{
		"413":               networktest.AppendAnswer(413, "too much"),
		"413 that closes":   networktest.AppendAnswer(413, "too much", "Connection: close"),
		"200 that closes":   networktest.AppendAnswer(200, "too much", "Connection: close"),
		"401 in HTTP/1.0":   "HTTP/1.0 401 No\r\nContent-Length: 8\r\n\r\ntoo much",
		"500 after a hint":  "HTTP/1.1 103 Hint\r\n\r\n" + networktest.AppendAnswer(500, "too much"),
		"chunked, and late": "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ntoo much\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadHead()
				p.Write(answer)
				p.WaitClosed() // and reads on until then
			}, func(w *wire) {
				endless := &endless{closed: make(chan struct{})}
				head, err := w.Do(w.Context(), upload(content{func() (io.ReadCloser, error) { return endless, nil }, -1}))
				if err != nil {
					t.Fatal(err)
				}
				if head.Status == 103 {
					t.Error("an interim response was delivered as the final one")
				}
				w.wantBody("too much")
				w.wantEnd(exchange.UploadUnended)
				<-endless.closed
			})
		})
	}
}

// endless yields bytes, one read a millisecond, until it is closed.
type endless struct{ closed chan struct{} }

func (e *endless) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Millisecond):
		return len(p), nil
	case <-e.closed:
		return 0, io.ErrClosedPipe
	}
}

func (e *endless) Close() error { close(e.closed); return nil }

// An answer that wants the rest of the body gets it, beside its own.
func TestEarlyAnswerBesideTheUpload(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		head := p.ReadHead()
		p.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
		if got := p.ReadBody(head); got != large {
			t.Errorf("%d bytes came", len(got))
		}
		p.Write("5\r\n late\r\n0\r\n\r\n")
		p.WaitClosed()
	}, func(w *wire) {
		r, feed := io.Pipe()
		w.wantStatus(upload(reading(r, int64(len(large)))), 200)
		buf := make([]byte, 100)
		if n, err := w.Read(buf); string(buf[:n]) != "early" || err != nil {
			t.Fatalf("read %q, %v", buf[:n], err)
		}
		go func() {
			io.WriteString(feed, large)
			feed.Close()
		}()
		w.wantBody(" late")
		w.wantEnd(exchange.Reusable)
	})
}

// An answer of 400 and above to a body that has gone whole costs nothing.
func TestRefusalOfAWholeBodyKeepsTheConnection(t *testing.T) {
	for name, call := range map[string]*exchange.Call{
		"in memory": post(large),
		"content":   upload(reading(strings.NewReader(large), int64(len(large)))),
		"chunks":    upload(reading(strings.NewReader(large), -1)),
		"expecting": expecting(upload(reading(strings.NewReader(large), -1))),
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(p *networktest.Peer) {
				p.ReadRequest()
				time.Sleep(time.Millisecond) // the client's goroutine may end
				p.Answer(404, "not here")
				p.ReadRequest()
				p.Answer(200, "but here")
				p.WaitClosed()
			}, func(w *wire) {
				w.wantExchange(call, 404, "not here", exchange.Reusable)
				w.wantExchange(get(), 200, "but here", exchange.Reusable)
			})
		})
	}
}

// The answer ended, and the upload did not: a moment's grace, and the end.
func TestUploadBehindTheAnswer(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		p.ReadHead()
		p.Answer(200, "enough")
		p.WaitClosed()
	}, func(w *wire) {
		r, feed := io.Pipe()
		begin := time.Now()
		w.wantStatus(upload(reading(r, -1)), 200)
		w.wantBody("enough")
		w.wantEnd(exchange.UploadUnended)
		wantTook(t, begin, 50*time.Millisecond)
		feed.Close()
	})
	on(t, func(p *networktest.Peer) {
		head := p.ReadHead()
		p.Answer(200, "enough")
		p.ReadBody(head)
		p.WaitClosed()
	}, func(w *wire) {
		r, feed := io.Pipe()
		w.wantStatus(upload(reading(r, -1)), 200)
		go func() {
			time.Sleep(49 * time.Millisecond)
			io.WriteString(feed, "hello")
			feed.Close()
		}()
		w.wantBody("enough")
		w.wantEnd(exchange.Reusable)
	})
}

// The write fails, and what the peer said before it left stands in the buffer.
func TestAnswerBeforeAFailedWrite(t *testing.T) {
	for name, call := range map[string]*exchange.Call{
		"large text":    post(large),
		"large content": upload(reading(strings.NewReader(large), int64(len(large)))),
		"small text":    post("hello"),
	} {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T, world *networktest.Network) {
				world.Window(address, 50)
				world.Handle(address, func(p *networktest.Peer) {
					p.Answer(413, "too much", "Connection: close")
					time.Sleep(time.Millisecond)
				})
				w := open(t, world, address, exchange.Limits{})
				w.wantStatus(call, 413)
				w.wantBody("too much")
				w.wantEnd(exchange.UploadUnended)
			})
		})
	}
	t.Run("but nothing was said", func(t *testing.T) {
		within(t, func(t *testing.T, world *networktest.Network) {
			world.Window(address, 50)
			world.Handle(address, func(p *networktest.Peer) { time.Sleep(time.Millisecond) })
			w := open(t, world, address, exchange.Limits{})
			f := w.wantFailure(w.Context(), post("hello"), exchange.Peer, exchange.FirstByte, exchange.PartlySent)
			if !f.BeforeAnswer {
				t.Error("it does not say that there was no answer")
			}
		})
	})
}

// A content that fails beside an answer fails the reading of it.
func TestContentFailsBesideTheAnswer(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		p.ReadHead()
		p.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
		p.WaitClosed()
	}, func(w *wire) {
		r, feed := io.Pipe()
		w.wantStatus(upload(reading(r, -1)), 200)
		go func() {
			time.Sleep(time.Second)
			feed.CloseWithError(errContent)
		}()
		_, err := io.ReadAll(w)
		if f := asFailure(t, err); f.Guilt != exchange.Content || !errors.Is(err, errContent) {
			t.Errorf("guilt %d, %v", f.Guilt, err)
		}
		w.wantEnd(exchange.Failed)
	})
}
