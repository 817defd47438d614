package httpx

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx/network/networktest"
)

// The events of one request come in the order of EventKind, to the request's own
// function as to an observer; those that are of both say so with one number.
func TestEventsOfOneRequest(t *testing.T) {
	const (
		dialled = "dial started, connected, "
		told    = "assigned, request sent, first byte, answered, "
	)
	for _, test := range []struct {
		name    string
		script  func(*networktest.Peer)
		before  int // requests that go before, which nobody looks at
		url     string
		options []RequestOption
		want    string
		last    string // what an observer sees besides, at the end
	}{
		{"on a new connection", hello, 0, "http://www.example.com/", nil,
			"queued, " + dialled + told + "body done, returned", ""},
		{"on one that is there", hello, 1, "http://www.example.com/", nil,
			told + "body done, returned", ""},
		{"over TLS", secure(hello), 0, "https://www.example.com/", nil,
			"queued, " + dialled + "TLS done, " + told + "body done, returned", ""},
		{"by a proxy", tunnelling(secure(hello)), 0, "https://www.example.com/", []RequestOption{byProxy(t)},
			"queued, " + dialled + "tunnelled, TLS done, " + told + "body done, returned", ""},
		{"with interim responses", answering("HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n", networktest.AppendAnswer(200, "hello")), 0, "http://www.example.com/", nil,
			"queued, " + dialled + "assigned, request sent, first byte, interim response, first byte, interim response, first byte, answered, body done, returned", ""},
		{"that ends its connection", answering(networktest.AppendAnswer(200, "hello", "Connection: close")), 0, "http://www.example.com/", nil,
			"queued, " + dialled + told + "body done", ", closed"},
		{"that switches", answering(switchingProtocols), 0, "http://www.example.com/", []RequestOption{Headers{{"Upgrade", "websocket"}}},
			"queued, " + dialled + told + "upgraded", ", closed"},
		{"that is sent again", staleServer, 1, "http://www.example.com/", nil,
			"assigned, request sent, replayed, queued, " + dialled + told + "body done, returned", ""},
		{"that fails", answering("HTTP/1.1 OK\r\n\r\n"), 0, "http://www.example.com/", nil,
			"queued, " + dialled + "assigned, request sent, first byte, failed", ""},
		{"whose dial fails", nil, 0, "http://www.example.com/", nil,
			"queued, dial started, dial failed, failed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *networktest.Network) {
				if test.script != nil {
					n.Handle("*", test.script)
				} else {
					n.Refuse("*", nil)
				}
				p := newTestPool(t, n, PoolOptions{})
				for range test.before {
					if _, err := p.Request(t.Context(), "GET", test.url); err != nil {
						t.Fatal(err)
					}
				}
				var seen, own []Event
				stop := p.Observe(func(e Event) { seen = append(seen, e) })
				options := append(test.options, OnEvent(func(e Event) { own = append(own, e) }))
				res, err := p.Stream(t.Context(), "GET", test.url, options...)
				if err == nil {
					if res.StatusCode != 101 {
						res.Text()
					}
					res.Close()
				}
				synctest.Wait()
				stop()

				if got := kindsOf(own); got != test.want {
					t.Errorf("the request's are\n%s\nwant\n%s", got, test.want)
				}
				if got := strings.ReplaceAll(kindsOf(seen), "closed, ", ""); got != test.want+test.last {
					t.Errorf("the observer's are\n%s\nwant\n%s", got, test.want+test.last)
				}
				for _, e := range own {
					if e.Request != own[0].Request || e.Request == 0 {
						t.Errorf("%v is of request %d, the first one of %d", e.Kind, e.Request, own[0].Request)
					}
				}
				for i, e := range seen {
					if e.Sequence != seen[0].Sequence+uint64(i) || e.Dropped != 0 {
						t.Errorf("%v is number %d behind %d, dropped %d", e.Kind, e.Sequence, seen[0].Sequence, e.Dropped)
					}
				}
			})
		})
	}
}

func kindsOf(events []Event) string {
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = e.Kind.String()
	}
	return strings.Join(words, ", ")
}

// An observer that waits for ever holds nobody up. It loses what does not fit
// its queue, is told how many, and after stop gets nothing and leaves nothing.
func TestBlockedObserver(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		gate := make(chan struct{})
		var slow, quick []Event
		stopSlow := p.Observe(func(e Event) {
			<-gate
			slow = append(slow, e)
		})
		stopQuick := p.Observe(func(e Event) { quick = append(quick, e) })
		const requests = 2000
		for range requests {
			wantGet(t, p, "http://www.example.com/", "hello")
			synctest.Wait()
		}
		wantIs(t, "the quick one has", len(quick), 6*requests+3)
		for range 6000 { // which is more than it can have
			select {
			case gate <- struct{}{}:
			default:
			}
			synctest.Wait()
		}
		kept := len(slow)
		if kept < maxQueued || kept > maxQueued+100 {
			t.Errorf("the slow one has %d, want %d and those that it had before them", kept, maxQueued)
		}
		wantGet(t, p, "http://www.example.com/", "hello")
		gate <- struct{}{}
		synctest.Wait()
		wantIs(t, "lost", slow[kept].Dropped, uint64(len(quick)-6-kept))
		wantIs(t, "the number behind the gap", slow[kept].Sequence, slow[kept-1].Sequence+slow[kept].Dropped+1)

		// It waits again, and other events behind it. stop does not wait for it, and
		// what it returns to is nothing.
		stopSlow()
		stopSlow()
		stopQuick()
		had := len(slow)
		close(gate)
		synctest.Wait()
		wantIs(t, "after stop, but for the one under way", len(slow)-had, 1)
		wantIs(t, "observers", len(p.events.observers), 0)
		wantGet(t, p, "http://www.example.com/", "hello")
		synctest.Wait()
		wantIs(t, "later", len(slow)-had, 1)
	})
}

// Events that were already taken out of the queue together are not given any
// more once stop has returned.
func TestStoppedAmidABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hub
		gate := make(chan struct{})
		calls := 0
		stop := h.observe(func(Event) {
			calls++
			<-gate
		})
		h.tell(nil, nil, Event{})
		synctest.Wait()
		for range 3 {
			h.tell(nil, nil, Event{})
		}
		gate <- struct{}{}
		synctest.Wait() // the three are taken, and the first of them is being told
		wantIs(t, "calls", calls, 2)
		wantIs(t, "in the queue", len(h.observers[0].queue), 0)
		stop()
		close(gate)
		synctest.Wait()
		wantIs(t, "calls", calls, 2)
	})
}

// An observer may use the pool, and stop itself.
func TestObserverUsesPool(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		stop := make(chan func(), 1)
		done := make(chan string)
		stop <- p.Observe(func(e Event) {
			if e.Kind == EventReturned {
				(<-stop)()
				wantGet(t, p, "http://www.example.com/", "hello")
				done <- fmt.Sprint(p, ", served ", e.Conn().Snapshot().Served)
			}
		})
		wantGet(t, p, "http://www.example.com/", "hello")
		wantIs(t, "it saw", <-done, "<ConnectionPool [1 idle]>, served 2")
	})
}

// While nobody observes, events cost nothing: neither those of a request (see
// TestSendIntoAllocations) nor those of a connection or a wait that fails.
func TestEventsOfNobody(t *testing.T) {
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: parrots{networktest.AppendAnswer(200, "hello")}}})
	defer p.Close()
	stop := p.Observe(func(Event) {})
	wantGetOutside(t, p)
	stop() // and once nobody observes any more
	c, req, failure := p.Connections()[0], mustRequest(t, "GET", "http://www.example.com/"), errors.New("failed")
	key, err := p.keyOf(mustRequest(t, "GET", "http://www.example.com/", Direct))
	if err != nil {
		t.Fatal(err)
	}
	rec := new(record)
	for what, tell := range map[string]func(){
		"of a request":    func() { c.tell(req, rec, Event{Kind: EventBodyDone}) },
		"of a dial":       func() { c.tellDial(Event{Kind: EventConnected}) },
		"of an end":       func() { c.tellClosed() },
		"of a wait":       func() { p.tellWait(key, req, rec, Event{Kind: EventFailed, Err: failure}) },
		"without a pool":  func() { (*hub)(nil).tell(req, rec, Event{Kind: EventAssigned}) },
		"of the hub":      func() { p.events.tell(req, rec, Event{Kind: EventAssigned}) },
		"of a connection": func() { c.tell(nil, nil, Event{Kind: EventReturned}) },
	} {
		if allocated := testing.AllocsPerRun(100, tell); allocated != 0 {
			t.Errorf("an event %s: %v allocations", what, allocated)
		}
	}
	if rec.id != 0 {
		t.Error("the request got a number, and nobody asked")
	}

	res := new(Response)
	req = mustRequest(t, "GET", "http://www.example.com/", Direct)
	buf := make([]byte, 100)
	allocated := testing.AllocsPerRun(100, func() {
		if err := p.SendInto(context.Background(), req, res); err != nil {
			t.Fatal(err)
		}
		res.Body.Read(buf)
	})
	if allocated != 0 && !raceEnabled {
		t.Errorf("a request: %v allocations", allocated)
	}
}

// A Response that is used again names each request by its own URL.
func TestEventsOfAReusedResponse(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		res := new(Response)
		for _, url := range []string{"http://www.example.com/a", "http://www.example.com/b"} {
			req := mustRequest(t, "GET", url, OnEvent(func(e Event) {
				if e.URL != "" && e.URL != url {
					t.Errorf("%s is told of %s", e, url)
				}
			}))
			if err := p.SendInto(t.Context(), req, res); err != nil {
				t.Fatal(err)
			}
			wantBody(t, res, "hello")
		}
	})
}

// That a connection is returned is told of the request that had it.
func TestReturnedIsOfItsRequest(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		var told []string
		defer p.Observe(func(e Event) {
			if e.Kind == EventAssigned || e.Kind == EventReturned {
				told = append(told, fmt.Sprint(e.Kind, " ", e.Request))
			}
		})()
		var numbers []any
		for range 2 {
			wantGet(t, p, "http://www.example.com/", "hello")
			synctest.Wait()
			numbers = append(numbers, requestNumbers.Load())
		}
		want := fmt.Sprintf("[assigned %[1]d returned %[1]d assigned %[2]d returned %[2]d]", numbers...)
		if got := fmt.Sprint(told); got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
	})
}
