package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// counting answers each request with its number, in a field and in the body.
func counting(p *networktest.Peer) {
	for i := 1; ; i++ {
		if _, ok := p.NextRequest(); !ok {
			return
		}
		p.Answer(200, strings.Repeat("x", i), fmt.Sprintf("Number: %d", i))
	}
}

// A Response that is used again shows the new exchange, and strings that were
// taken out of the old one stay what they were.
func TestSendIntoReuse(t *testing.T) {
	onPool(t, PoolOptions{}, counting, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		var res Response // the zero one is valid
		req := mustRequest(t, "GET", "http://www.example.com/")
		var kept []string
		var reasons []string
		for i := 1; i <= 20; i++ {
			if err := p.SendInto(t.Context(), req, &res); err != nil {
				t.Fatal(err)
			}
			kept = append(kept, res.Headers.Get("number"))
			reasons = append(reasons, res.Reason)
			wantBody(t, &res, strings.Repeat("x", i))
		}
		for i, number := range kept {
			if number != fmt.Sprint(i+1) || reasons[i] != "OK" {
				t.Errorf("the string of answer %d reads %q now", i+1, number)
			}
		}
		wantText(t, p, "<ConnectionPool [1 idle]>")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
}

// The second SendInto ends the first exchange as Close does.
func TestSendIntoEndsTheExchangeBefore(t *testing.T) {
	req := mustRequest(t, "GET", "http://www.example.com/")
	onPool(t, PoolOptions{}, counting, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		res := new(Response)
		for range 3 { // each leaves its body unread, and the next drains it
			if err := p.SendInto(t.Context(), req, res); err != nil {
				t.Fatal(err)
			}
			wantText(t, p, "<ConnectionPool [1 active]>")
		}
		wantBody(t, res, "xxx")
		if d := n.Dials("*"); d != 1 {
			t.Errorf("%d dials", d)
		}
	})
	// On a connection the turn is free before it is asked for.
	onConnection(t, counting, func(t *testing.T, c *Connection) {
		res := new(Response)
		for range 3 {
			if err := c.SendInto(t.Context(), req, res); err != nil {
				t.Fatal(err)
			}
		}
		wantBody(t, res, "xxx")
	})
}

// After an error the Response shows nothing of the exchange before, and is as
// good as a zero one.
func TestSendIntoAfterAnError(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
		n.Refuse("down.example:80", nil)
		res := new(Response)
		if err := p.SendInto(t.Context(), mustRequest(t, "GET", "http://www.example.com/"), res); err != nil {
			t.Fatal(err)
		}
		wantBody(t, res, "hello")
		if err := p.SendInto(t.Context(), mustRequest(t, "GET", "http://down.example/"), res); err == nil {
			t.Fatal("a server that refuses answered")
		}
		if res.StatusCode != 0 || res.Reason != "" || res.Proto != "" || len(res.Headers) != 0 || res.Body != nil || res.Request != nil {
			t.Errorf("the response shows an exchange that failed: %v %q %v", res, res.Reason, res.Headers)
		}
		if text, err := res.Text(); text != "" || err != nil {
			t.Errorf("its body is %q, %v", text, err)
		}
		if err := res.Close(); err != nil {
			t.Error(err)
		}
		if err := p.SendInto(t.Context(), mustRequest(t, "GET", "http://www.example.com/"), res); err != nil {
			t.Fatal(err)
		}
		wantBody(t, res, "hello")
	})
}

// SendInto into a response that another goroutine reads ends that Read first.
func TestSendIntoBesideARead(t *testing.T) {
	onPool(t, PoolOptions{}, func(p *networktest.Peer) {
		p.ReadRequest()
		if p.Number() == 1 {
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
			p.WaitClosed()
			return
		}
		p.Answer(200, "second")
		p.WaitClosed()
	}, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		req := mustRequest(t, "GET", "http://www.example.com/")
		res := new(Response)
		if err := p.SendInto(t.Context(), req, res); err != nil {
			t.Fatal(err)
		}
		read := make(chan string)
		body := res.Body
		go func() {
			data, err := io.ReadAll(body)
			read <- fmt.Sprint(string(data), " ", errors.Is(err, ErrClosed))
		}()
		synctest.Wait()
		if err := p.SendInto(t.Context(), req, res); err != nil {
			t.Fatal(err)
		}
		if got := <-read; got != "hel true" {
			t.Errorf("the reader got %q", got)
		}
		wantBody(t, res, "second")
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

// A writer that a body is copied to may be slow: SendInto waits for it, since it
// needs the memory.
func TestSendIntoBesideACopy(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		req := mustRequest(t, "GET", "http://www.example.com/")
		res := new(Response)
		if err := p.SendInto(t.Context(), req, res); err != nil {
			t.Fatal(err)
		}
		go io.Copy(slowWriter{time.Minute}, res.Body)
		synctest.Wait()
		begin := time.Now()
		if err := p.SendInto(t.Context(), req, res); err != nil {
			t.Fatal(err)
		}
		wantTook(t, begin, time.Minute)
		wantBody(t, res, "hello")
		wantText(t, p, "<ConnectionPool [1 idle]>")
	})
}

type slowWriter struct{ time.Duration }

func (w slowWriter) Write(p []byte) (int, error) {
	time.Sleep(w.Duration)
	return len(p), nil
}

// A Request is never changed by sending it, and goes as often as wanted.
func TestSendLeavesTheRequest(t *testing.T) {
	onPool(t, PoolOptions{}, hello, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		req := mustRequest(t, "POST", "http://user:secret@www.example.com/?a=b#c", Headers{{"A", "1"}, {"a", "2"}}, JSON(1), Timeouts{Read: time.Second})
		before := *req
		headers, url := req.Headers.Clone(), req.URL.String()
		for range 3 {
			res, err := p.Send(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			wantBody(t, res, "hello")
		}
		if req.Method != before.Method || req.URL != before.URL || req.URL.String() != url || !slices.Equal(req.Headers, headers) ||
			req.Timeouts != before.Timeouts || req.Content != before.Content || req.Route != nil {
			t.Errorf("the request was changed: %v", req)
		}
	})
}

// With SendInto and a head that repeats, a request allocates nothing.
func TestSendIntoAllocations(t *testing.T) {
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: parrots{networktest.AppendAnswer(200, "hello", "Date: now")}}})
	defer p.Close()
	res := new(Response)
	buf := make([]byte, 100)
	for name, test := range map[string]struct {
		req  *Request
		most float64
	}{
		"GET":      {mustRequest(t, "GET", "http://www.example.com/", Direct), 0},
		"POST":     {mustRequest(t, "POST", "http://www.example.com/", Direct, Bytes([]byte("hello"))), 0},
		"with ctx": {mustRequest(t, "GET", "http://www.example.com/", Direct), 2},
	} {
		ctx := context.Background()
		if name == "with ctx" {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
		}
		allocated := testing.AllocsPerRun(100, func() {
			if err := p.SendInto(ctx, test.req, res); err != nil {
				t.Fatal(err)
			}
			if n, err := res.Body.Read(buf); n != 5 || err != io.EOF {
				t.Fatal(n, err)
			}
		})
		// The race detector makes sync.Pool forget.
		if allocated > test.most && !raceEnabled {
			t.Errorf("%s: %v allocations a request, want at most %v", name, allocated, test.most)
		}
	}
	// So does one whose large body is written away.
	large := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: parrots{networktest.AppendAnswer(200, strings.Repeat("x", 64<<10))}}})
	defer large.Close()
	wide := mustRequest(t, "GET", "http://www.example.com/", Direct)
	drained := testing.AllocsPerRun(100, func() {
		if err := large.SendInto(context.Background(), wide, res); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, res.Body); n != 64<<10 || err != nil {
			t.Fatal(n, err)
		}
	})
	if drained > 0 && !raceEnabled {
		t.Errorf("a large body that is written away: %v allocations, want none", drained)
	}
	// A Response that nobody recycles costs two.
	req := mustRequest(t, "GET", "http://www.example.com/", Direct)
	allocated := testing.AllocsPerRun(100, func() {
		res, err := p.Send(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Read(buf)
	})
	if allocated > 2 && !raceEnabled {
		t.Errorf("Send: %v allocations a request, want at most 2", allocated)
	}
}

// An old Body is that of the new exchange after SendInto: whoever closes it then,
// even while an answer without a body ends its lease, does no harm.
func TestSendIntoBesideALateClose(t *testing.T) {
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: parrots{"HTTP/1.1 204 No Content\r\n\r\n"}}})
	defer p.Close()
	req := mustRequest(t, "GET", "http://www.example.com/", Direct)
	res := new(Response)
	if err := p.SendInto(t.Context(), req, res); err != nil {
		t.Fatal(err)
	}
	var late sync.WaitGroup
	defer late.Wait()
	done := make(chan struct{})
	defer close(done)
	old := res.Body
	late.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				old.Close()
			}
		}
	})
	for range 5000 {
		if err := p.SendInto(t.Context(), req, res); err != nil {
			t.Fatal(err)
		}
	}
	if text := p.String(); text != "<ConnectionPool [1 idle]>" {
		t.Error(text)
	}
}
