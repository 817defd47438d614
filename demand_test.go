package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/internal/advise"
	"github.com/gohttpx/httpx/network/networktest"
)

// recordDemand records what a pool is asked for from now on. The text is there once
// end was called.
func recordDemand(t *testing.T, p *ConnectionPool) (text *bytes.Buffer, end func()) {
	text = new(bytes.Buffer)
	demand := RecordDemand(text)
	stop := p.Observe(demand.Observe)
	return text, func() {
		t.Helper()
		synctest.Wait() // until the observer has seen all
		stop()
		if err := demand.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// taking answers each request after the time that its path says.
func taking(p *networktest.Peer) {
	for {
		req, ok := p.NextRequest()
		if !ok {
			return
		}
		d, err := time.ParseDuration(strings.TrimPrefix(req.Target, "/"))
		if err != nil {
			panic(err)
		}
		time.Sleep(d)
		p.Answer(200, "hello")
	}
}

func TestRecordDemand(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("a.example:80", taking)
		n.Delay("a.example:80", 7*time.Millisecond)
		n.Handle("b.example:443", secure(taking))
		n.Delay("b.example:443", 5*time.Millisecond)
		n.Refuse("c.example:80", nil)
		n.Handle("d.example:80", answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"))
		p := newTestPool(t, n, PoolOptions{MaxConnections: 1, AcquireTimeout: 3 * time.Second, MaxWaiting: 1, IdleTimeout: time.Minute})
		text, end := recordDemand(t, p)

		wantGet(t, p, "http://a.example/10ms", "hello") // from 0 to 17 ms
		time.Sleep(3 * time.Millisecond)
		wantGet(t, p, "http://a.example/10ms", "hello")  // from 20 to 30 ms
		wantGet(t, p, "https://b.example/10ms", "hello") // evicts that one, to 45 ms
		if _, err := p.Request(t.Context(), "GET", "http://c.example/"); !errors.Is(err, ErrConnect) {
			t.Error(err)
		}
		wantGet(t, p, "http://d.example/", "ok")

		// One has the only connection, one waits, one is too many, one gives up.
		res := wantStream(t, p, "http://a.example/0s") // from 45 ms, after a dial of 7
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if _, err := p.Request(t.Context(), "GET", "http://a.example/0s"); !errors.Is(err, ErrTimeout) {
				t.Error(err)
			}
		})
		synctest.Wait()
		if _, err := p.Request(t.Context(), "GET", "http://a.example/0s"); !errors.Is(err, ErrPoolFull) {
			t.Error(err)
		}
		waiting.Wait() // 3 s later
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Request(ctx, "GET", "http://a.example/0s"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, err := res.Text(); err != nil {
			t.Error(err)
		}
		open := wantStream(t, p, "http://a.example/1s")
		end()
		open.Close()

		wantLines(t, text.String(),
			`{"kind":"limits","limits":{"max_connections":1,"max_connections_per_origin":1,"max_idle":1,"max_waiting":1,"idle_timeout":60000000000,"max_age":-1,"acquire_timeout":3000000000}}`,
			`{"kind":"dial","at":0,"origin":"http://a.example","connection":C,"took":7000000,"connect":7000000}`,
			`{"kind":"request","at":0,"origin":"http://a.example","wait":7000000,"connection":C,"reused":false,"dial":{"took":7000000,"connect":7000000},"hold":10000000,"outcome":"served"}`,
			`{"kind":"request","at":20000000,"origin":"http://a.example","wait":0,"connection":C,"reused":true,"hold":10000000,"outcome":"served"}`,
			`{"kind":"closed","at":30000000,"origin":"http://a.example","connection":C,"idle":0,"reason":"evicted for another key"}`,
			`{"kind":"dial","at":30000000,"origin":"https://b.example","connection":C,"took":5000000,"connect":5000000}`,
			`{"kind":"request","at":30000000,"origin":"https://b.example","wait":5000000,"connection":C,"reused":false,"dial":{"took":5000000,"connect":5000000},"hold":10000000,"outcome":"served"}`,
			`{"kind":"closed","at":45000000,"origin":"https://b.example","connection":C,"idle":0,"reason":"evicted for another key"}`,
			`{"kind":"dial","at":45000000,"origin":"http://c.example","connection":C,"took":0,"failed":true}`,
			`{"kind":"request","at":45000000,"origin":"http://c.example","wait":0,"reused":false,"hold":0,"outcome":"dial failed"}`,
			`{"kind":"dial","at":45000000,"origin":"http://d.example","connection":C,"took":0}`,
			`{"kind":"request","at":45000000,"origin":"http://d.example","wait":0,"connection":C,"reused":false,"dial":{"took":0},"hold":0,"outcome":"closed"}`,
			`{"kind":"closed","at":45000000,"origin":"http://d.example","connection":C,"idle":0,"reason":"peer asked to close"}`,
			`{"kind":"dial","at":45000000,"origin":"http://a.example","connection":C,"took":7000000,"connect":7000000}`,
			`{"kind":"request","at":52000000,"origin":"http://a.example","wait":0,"reused":false,"hold":0,"outcome":"rejected"}`,
			`{"kind":"request","at":52000000,"origin":"http://a.example","wait":3000000000,"reused":false,"hold":0,"outcome":"timed out"}`,
			`{"kind":"request","at":3052000000,"origin":"http://a.example","wait":1000000000,"reused":false,"hold":0,"outcome":"gone"}`,
			`{"kind":"request","at":45000000,"origin":"http://a.example","wait":7000000,"connection":C,"reused":false,"dial":{"took":7000000,"connect":7000000},"hold":4000000000,"outcome":"served"}`,
			`{"kind":"request","at":4052000000,"origin":"http://a.example","wait":0,"connection":C,"reused":true,"hold":1000000000,"outcome":"open"}`,
		)
	})
}

var connectionNumber = regexp.MustCompile(`"connection":\d+`)

// wantLines compares lines of JSON. The numbers of connections are the
// process's, and differ.
func wantLines(t *testing.T, text string, want ...string) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := range max(len(got), len(want)) {
		var line string
		if i < len(got) {
			line = connectionNumber.ReplaceAllString(got[i], `"connection":C`)
		}
		switch {
		case i >= len(want):
			t.Errorf("line %d is not wanted:\n%s", i+1, line)
		case line != want[i]:
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, line, want[i])
		}
	}
}

// The law of the advisor: a replay under the recorded limits is what happened.
func TestReplayIsWhatHappened(t *testing.T) {
	for _, test := range []struct {
		name    string
		options PoolOptions
	}{
		{"no limit that matters", PoolOptions{}},
		{"few connections", PoolOptions{MaxConnections: 4, MaxConnectionsPerOrigin: 2}},
		{"few at all", PoolOptions{MaxConnections: 2}},
		{"a short queue", PoolOptions{MaxConnections: 3, MaxWaiting: 2, AcquireTimeout: 90 * time.Millisecond}},
		{"few idle ones", PoolOptions{MaxConnections: 6, MaxIdle: 2}},
		{"none idle", PoolOptions{MaxConnections: 6, MaxIdle: None}},
		{"short idleness", PoolOptions{MaxConnections: 8, IdleTimeout: 30 * time.Millisecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(5) {
				inBubble(t, func(t *testing.T, n *networktest.Network) { checkReplay(t, n, test.options, seed) })
			}
		})
	}
}

// checkReplay records random demand, and compares it with its replay.
func checkReplay(t *testing.T, n *networktest.Network, options PoolOptions, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	origins := []string{"a.example", "b.example", "c.example", "d.example"}
	for i, origin := range origins {
		n.Handle(origin+":80", fickle(i))
		n.Delay(origin+":80", time.Duration(3_000_001+i*7_000_003))
	}
	n.Refuse("d.example:80", nil)
	p := newTestPool(t, n, options)
	text, end := recordDemand(t, p)

	var calls sync.WaitGroup
	for range 400 {
		// Odd nanoseconds, so that no two things happen at one time: which of them
		// came first is not in the trace.
		begin, hold := time.Duration(random.IntN(1e9)), time.Duration(1e6+random.IntN(30e6))
		origin := origins[min(random.IntN(40)/12, 3)]
		patience := time.Hour
		if random.IntN(10) == 0 {
			patience = time.Duration(random.IntN(20e6))
		}
		calls.Go(func() {
			time.Sleep(begin)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			limit := time.AfterFunc(patience, cancel)
			res, err := p.Stream(ctx, "GET", "http://"+origin+"/"+hold.String())
			if limit.Stop(); err == nil {
				res.Text()
			}
		})
	}
	calls.Wait()
	time.Sleep(time.Second / 4) // a dial may go on that nobody waits for any more
	end()

	trace, err := advise.Read(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(trace.Requests) < 400 || trace.Dropped > 0 {
		t.Fatalf("%d requests were recorded, %d events lost", len(trace.Requests), trace.Dropped)
	}
	got := trace.Replay(trace.Limits)
	for i, r := range trace.Requests {
		want := r.Wait
		if r.Connection == 0 {
			want = -1
		}
		if got.Each[i] != want {
			t.Fatalf("seed %d: request %d, %+v, waited for %v in the replay", seed, i, r, got.Each[i])
		}
	}
	totals := p.Snapshot().Totals
	if opened := got.Dials - got.DialsFailed; uint64(opened) != totals.Opened || uint64(got.Evicted) != totals.Closed["evicted for another key"]+totals.Closed["given away to an overtaken waiter"] ||
		uint64(got.Rejected+got.TimedOut) != totals.Rejected {
		t.Errorf("seed %d: the replay is %+v, the pool's totals are %+v", seed, got, totals)
	}
}

// fickle is taking, where one answer in so many closes the connection, and some
// servers say how long they keep one.
func fickle(number int) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		for answers := 1; ; answers++ {
			req, ok := p.NextRequest()
			if !ok {
				return
			}
			d, _ := time.ParseDuration(strings.TrimPrefix(req.Target, "/"))
			time.Sleep(d)
			switch {
			case p.Closed(): // its caller gave up
				return
			case answers%7 == 0:
				p.Answer(200, "bye", "Connection: close")
				return
			case number == 1:
				p.Answer(200, "hello", "Keep-Alive: timeout=1")
			default:
				p.Answer(200, "hello")
			}
		}
	}
}

// A request that was sent a second time is two, and an upgrade has its
// connection until the stream is closed.
func TestRecordDemandOfReplaysAndUpgrades(t *testing.T) {
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", func(p *networktest.Peer) {
			if p.Number() == 1 {
				p.ReadRequest()
				p.Answer(200, "hello")
				p.ReadRequest()
				return // without an answer
			}
			p.ReadRequest()
			p.Answer(200, "hello")
			p.ReadRequest()
			p.Write(switchingProtocols)
			p.WaitClosed()
		})
		p := newTestPool(t, n, PoolOptions{})
		text, end := recordDemand(t, p)
		wantGet(t, p, "http://a.example/", "hello")
		wantGet(t, p, "http://a.example/", "hello")
		time.Sleep(time.Millisecond)
		s, _, err := p.Upgrade(t.Context(), "GET", "http://a.example/feed", Headers{{"Upgrade", "websocket"}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		s.Close()
		end()
		var requests []string
		for line := range strings.Lines(text.String()) {
			if strings.Contains(line, `"kind":"request"`) {
				requests = append(requests, line)
			}
		}
		wantLines(t, strings.Join(requests, ""),
			`{"kind":"request","at":0,"origin":"http://a.example","wait":0,"connection":C,"reused":false,"dial":{"took":0},"hold":0,"outcome":"served"}`,
			`{"kind":"request","at":0,"origin":"http://a.example","wait":0,"connection":C,"reused":true,"hold":0,"outcome":"failed"}`,
			`{"kind":"request","at":0,"origin":"http://a.example","fresh":true,"wait":0,"connection":C,"reused":false,"dial":{"took":0},"hold":0,"outcome":"served"}`,
			`{"kind":"request","at":1000000,"origin":"http://a.example","wait":0,"connection":C,"reused":true,"hold":1000000000,"outcome":"upgraded"}`,
		)
	})
}

// The phases of a dial by a route, and what is done with events that were lost.
func TestRecordDemandOfEvents(t *testing.T) {
	var text bytes.Buffer
	demand := RecordDemand(&text)
	began := demand.began
	tell := func(ms int, e Event) {
		e.Time, e.Origin, e.Route, e.Connection = began.Add(time.Duration(ms)*time.Millisecond), "https://a.example", []string{"http://proxy.example:3128"}, 7
		e.Duration *= time.Millisecond
		demand.Observe(e)
	}
	tell(0, Event{Kind: EventQueued, Request: 1})
	tell(0, Event{Kind: EventDialStarted})
	tell(1, Event{Kind: EventResolved, Duration: 1})
	tell(3, Event{Kind: EventConnected, Duration: 2})
	tell(6, Event{Kind: EventTunnelled, Duration: 3})
	tell(10, Event{Kind: EventTLSDone, Duration: 4})
	tell(10, Event{Kind: EventAssigned, Request: 1})
	tell(12, Event{Kind: EventRequestSent, Request: 1})
	tell(14, Event{Kind: EventBodyDone, Request: 1})
	tell(14, Event{Kind: EventReturned})
	tell(20, Event{Kind: EventQueued, Request: 2})
	tell(24, Event{Kind: EventFirstByte, Request: 1, Dropped: 5})
	tell(25, Event{Kind: EventFailed, Request: 2, Err: io.EOF}) // is of an unknown request now
	tell(30, Event{Kind: EventAssigned, Request: 3, Reused: true})
	if err := demand.Flush(); err != nil {
		t.Fatal(err)
	}
	tell(31, Event{Kind: EventBodyDone, Request: 3})
	tell(31, Event{Kind: EventClosed, Reason: "bytes"})
	for range 2 {
		if err := demand.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tell(40, Event{Kind: EventAssigned, Request: 4})
	tell(41, Event{Kind: EventClosed})
	const where = `"origin":"https://a.example","route":["http://proxy.example:3128"]`
	wantLines(t, text.String(),
		`{"kind":"dial","at":0,`+where+`,"connection":C,"took":10000000,"resolve":1000000,"connect":2000000,"proxy":3000000,"tls":4000000}`,
		`{"kind":"request","at":0,`+where+`,"wait":10000000,"connection":C,"reused":false,"dial":{"took":10000000,"resolve":1000000,"connect":2000000,"proxy":3000000,"tls":4000000},"hold":4000000,"outcome":"served"}`,
		`{"kind":"gap","at":24000000,"dropped":5}`,
		`{"kind":"request","at":30000000,`+where+`,"wait":0,"connection":C,"reused":true,"hold":1000000,"outcome":"closed"}`,
		`{"kind":"closed","at":31000000,`+where+`,"connection":C,"idle":0,"reason":"bytes"}`,
	)
}

func TestRecordDemandSaysThatItCouldNot(t *testing.T) {
	torn := errors.New("torn")
	r, w := io.Pipe()
	r.CloseWithError(torn)
	demand := RecordDemand(w)
	demand.Observe(Event{Kind: EventClosed, Time: time.Now(), Dropped: 1})
	for range 2 {
		if err := demand.Flush(); !errors.Is(err, torn) {
			t.Errorf("Flush says %v", err)
		}
	}
	if err := demand.Close(); !errors.Is(err, torn) {
		t.Errorf("Close says %v", err)
	}
}
