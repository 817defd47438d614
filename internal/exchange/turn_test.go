package exchange_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// Exchanges of every kind follow one another on one stream, and each finds it
// as if it were the first.
func TestManyExchangesInTurn(t *testing.T) {
	on(t, func(p *networktest.Peer) {
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			body := r.Method + " " + r.Target + fmt.Sprint(" ", len(r.Body))
			if len(r.Body)%2 == 0 {
				p.Answer(200, body)
			} else {
				p.Write(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body))
			}
		}
	}, func(w *wire) {
		for i := range 100 {
			call := []*exchange.Call{
				get(), post(large[:i]), post(large), expecting(post(large[:7])),
				upload(reading(&slow{3, time.Millisecond}, -1)),
			}[i%5]
			size := []int{0, i, len(large), 7, 3}[i%5]
			call.Target = fmt.Sprint("/", i)
			call.Timeouts = exchange.Timeouts{Write: time.Minute, FirstByte: time.Minute * time.Duration(i%2), Read: time.Minute * time.Duration(i%3)}
			w.wantExchange(call, 200, fmt.Sprint(call.Method, " ", call.Target, " ", size), exchange.Reusable)
			if got := w.Served(); got != uint64(i+1) {
				t.Fatalf("served %d exchanges, want %d", got, i+1)
			}
			if p := w.Phase(); p != exchange.Rest {
				t.Fatalf("between two exchanges the phase is %d", p)
			}
			time.Sleep(time.Hour)
		}
	})
}

// Phases and progress can be watched from outside.
func TestPhasesAreVisible(t *testing.T) {
	var step chan string
	on(t, func(p *networktest.Peer) {
		p.ReadHead()
		<-step
		p.Write("HTTP/1.1 200 ")
		<-step
		p.Write("OK\r\nContent-Length: 5\r\n\r\n")
		<-step
		p.Write("hello")
		p.WaitClosed()
	}, func(w *wire) {
		want := func(phase exchange.Phase, progress exchange.Progress, since time.Duration) {
			t.Helper()
			synctest.Wait()
			p, at := w.PhaseSince()
			if p == exchange.Rest {
				at = exchange.Now() // it has no beginning that is told
			}
			if p != phase || w.Progress() != progress || exchange.Now()-at != since {
				t.Errorf("in phase %d for %v, progress %d; want %d, %v, %d", p, exchange.Now()-at, w.Progress(), phase, since, progress)
			}
		}
		step = make(chan string) // of the bubble
		go func() {
			w.wantStatus(get(), 200)
			w.wantBody("hello")
			w.wantEnd(exchange.Reusable)
		}()
		want(exchange.FirstByte, exchange.Sent, 0)
		time.Sleep(time.Second)
		want(exchange.FirstByte, exchange.Sent, time.Second)
		step <- "the head begins"
		want(exchange.Head, exchange.Answered, 0)
		time.Sleep(time.Second)
		want(exchange.Head, exchange.Answered, time.Second)
		step <- "the head ends"
		want(exchange.Body, exchange.Answered, 0)
		step <- "the body"
		want(exchange.Rest, exchange.Answered, 0)
	})
}

// A head that repeats is the same strings, a head that differs is new ones; and
// strings that were given out stay as they were.
func TestStringsStay(t *testing.T) {
	dates := []string{"one", "one", "two", "three"}
	on(t, func(p *networktest.Peer) {
		for _, date := range dates {
			p.ReadRequest()
			p.Answer(200, "hello", "Date: "+date)
		}
		p.WaitClosed()
	}, func(w *wire) {
		var kept []string
		for range dates {
			head, err := w.Do(w.Context(), get())
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, head.Fields[0][1])
			w.wantBody("hello")
			w.wantEnd(exchange.Reusable)
		}
		for i, date := range dates {
			if kept[i] != date {
				t.Errorf("field %d reads %q now, want %q", i, kept[i], date)
			}
		}
	})
}

// An exchange whose head repeats allocates nothing, and neither does a body
// that lies in memory.
func TestAllocations(t *testing.T) {
	calls := map[string]*exchange.Call{"GET": get(), "POST": post("hello"), "large": post(large[:50<<10])}
	for name, call := range calls {
		c := exchange.New(network.NewStream(&parrot{answer: networktest.AppendAnswer(200, "hello")}), exchange.Limits{})
		body := make([]byte, 100)
		allocated := testing.AllocsPerRun(100, func() {
			if _, err := c.Do(context.Background(), call); err != nil {
				t.Fatal(err)
			}
			if n, err := c.Read(body); n != 5 || err != io.EOF {
				t.Fatal(n, err)
			}
			if reason := c.End(); reason != exchange.Reusable {
				t.Fatal(reason)
			}
		})
		// The race detector makes sync.Pool forget.
		if allocated > 0 && !raceEnabled {
			t.Errorf("%s: %v allocations an exchange", name, allocated)
		}
	}
}

// A parrot is a conn that has one answer to each Write.
type parrot struct {
	net.Conn
	answer, left string
}

func (p *parrot) Write(b []byte) (int, error) {
	p.left = p.answer
	return len(b), nil
}

func (p *parrot) Read(b []byte) (int, error) {
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

func (p *parrot) SetDeadline(time.Time) error      { return nil }
func (p *parrot) SetReadDeadline(time.Time) error  { return nil }
func (p *parrot) SetWriteDeadline(time.Time) error { return nil }
