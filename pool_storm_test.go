package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// moody is a server that does, by chance, everything that servers do; what it
// answers says what it was asked.
func moody(seed int64) func(*networktest.Peer) {
	return func(p *networktest.Peer) {
		random := rand.New(rand.NewSource(seed + int64(p.Number())))
		for {
			r, ok := p.NextRequest()
			if !ok {
				return
			}
			time.Sleep(time.Duration(random.Intn(2000)) * time.Microsecond)
			answer := p.Address() + r.Target
			switch random.Intn(12) {
			case 0:
				return
			case 1:
				p.Reset()
				return
			case 2:
				io.WriteString(p.Conn(), networktest.AppendAnswer(200, answer, "Connection: close"))
				return
			case 3:
				io.WriteString(p.Conn(), "HTTP/1.1 200 OK\r\n\r\n"+answer)
				return
			case 4:
				io.WriteString(p.Conn(), networktest.AppendAnswer(200, answer)+"poison")
				p.WaitClosed()
				return
			case 5:
				io.WriteString(p.Conn(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
				return
			case 6:
				text := fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(answer), answer)
				for piece := range strings.SplitSeq(text, "\r") {
					io.WriteString(p.Conn(), piece)
				}
				p.WaitClosed()
				return
			default:
				if _, err := io.WriteString(p.Conn(), networktest.AppendAnswer(200, answer)); err != nil {
					return
				}
			}
		}
	}
}

// A thousand callers with little patience on a few connections to servers of
// many moods: whatever comes back is what was asked for, and in the end nobody
// holds anything.
func TestPoolStorm(t *testing.T) {
	for seed := range int64(3) {
		onPool(t, PoolOptions{MaxConnections: 8, MaxConnectionsPerOrigin: 4, IdleTimeout: 20 * time.Millisecond}, moody(seed), func(t *testing.T, p *ConnectionPool, n *networktest.Network) {
			n.Delay("*", time.Millisecond)
			random := rand.New(rand.NewSource(seed))
			var good, bad, wrong int
			var mu sync.Mutex
			var callers sync.WaitGroup
			for i := range 1000 {
				start := time.Duration(random.Intn(300)) * time.Millisecond
				patience := time.Duration(1+random.Intn(200)) * time.Millisecond
				origin := string(rune('a' + random.Intn(5)))
				how := random.Intn(4)
				callers.Go(func() {
					time.Sleep(start)
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					text, err := stormy(ctx, p, fmt.Sprintf("http://%s.example/%d", origin, i), how)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						bad++
					case text == "" || text == fmt.Sprintf("%s.example:80/%d", origin, i):
						good++
					default:
						wrong++
						t.Errorf("asked %s for %d and got %q", origin, i, text)
					}
				})
			}
			for range 600 { // the counts never pass the limits
				time.Sleep(time.Millisecond)
				s := p.Snapshot()
				if held := s.Counts.Connecting + s.Counts.Active + s.Counts.Idle; held > 8 || held != len(s.Connections) || s.Counts.Waiting > len(s.Waiters) {
					t.Fatalf("the snapshot does not add up: %+v", s.Counts)
				}
			}
			callers.Wait()
			if good < 100 || bad < 10 {
				t.Errorf("%d went well, %d did not: this is no storm", good, bad)
			}
			time.Sleep(time.Minute)
			wantText(t, p, "<ConnectionPool [0 active]>")
			if open := n.Open() + n.Dialing(); open != 0 {
				t.Errorf("%d connections are open or dialled", open)
			}
		})
	}
}

// stormy asks in one of several ways, some of which read nothing.
func stormy(ctx context.Context, p *ConnectionPool, url string, how int) (string, error) {
	res, err := p.Stream(ctx, "GET", url)
	if err != nil {
		return "", err
	}
	switch how {
	case 0:
		res.Close()
		return "", nil
	case 1:
		go res.Close()
		text, err := res.Text()
		if err != nil || text == "" {
			return "", err
		}
		return text, nil
	case 2:
		var text strings.Builder
		_, err := io.Copy(&text, res.Body)
		return text.String(), err
	}
	return res.Text()
}

// Cancelled together with what they wait for, callers lose no connection: what
// comes in the same moment goes to the next.
func TestCancelMeetsTheGrant(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 1}, helloAnyway, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for range 500 {
			res := wantStream(t, p, "http://www.example.com/")
			ctx, cancel := context.WithCancel(t.Context())
			result := make(chan error, 1)
			go func() {
				res, err := p.Request(ctx, "GET", "http://www.example.com/")
				if err == nil {
					_, err = res.Bytes()
				}
				result <- err
			}()
			synctest.Wait()
			go cancel()
			res.Close()
			if err := <-result; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			wantGet(t, p, "http://www.example.com/", "hello")
			wantText(t, p, poolIdle)
		}
	})
}
