package exchange

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A turn is a response, and how its body is read.
type turn struct {
	size      int
	isChunked bool
	closes    bool // and so ends the body
	head      int  // bytes of it, at least
	alone     bool // the head comes in a piece of its own
	slice     int  // to read into; 0: WriteTo
	unread    bool // not at all
}

func (u turn) body() string { return strings.Repeat("0123456789abcdef", u.size/16+1)[:u.size] }

func (u turn) response() string {
	head := "HTTP/1.1 200 OK\r\nPadding: " + strings.Repeat("p", u.head) + "\r\n"
	if u.closes {
		return head + "\r\n" + u.body()
	}
	if !u.isChunked {
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, u.size, u.body())
	}
	var b strings.Builder
	b.WriteString(head + "Transfer-Encoding: chunked\r\n\r\n")
	for rest := u.body(); rest != ""; {
		n := min(len(rest), 4<<10)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}

// read reads the body in the way of the turn.
func (u turn) read(c *Conn) (string, error) {
	var all bytes.Buffer
	if u.slice == 0 {
		_, err := c.WriteTo(&all)
		return all.String(), err
	}
	_, err := io.CopyBuffer(struct{ io.Writer }{&all}, struct{ io.Reader }{c}, make([]byte, u.slice))
	return all.String(), err
}

// roomy notes how much room each Read had.
type roomy struct {
	net.Conn
	rooms []int
}

func (r *roomy) Read(p []byte) (int, error) {
	r.rooms = append(r.rooms, len(p))
	return r.Conn.Read(p)
}

// take has the turns run one after another on one connection, each response in
// one piece, or in pieces of up to so many bytes. It returns the room that the
// Reads of each turn had. Between two turns nothing may be lent.
func take(t *testing.T, turns []turn, pieces int, random *rand.Rand) (rooms [][]int) {
	t.Helper()
	client, server := networktest.Pipe()
	conn := &roomy{Conn: client}
	c := New(network.NewStream(conn), Limits{})
	defer c.Stream().Close()
	defer server.Close()
	for i, u := range turns {
		conn.rooms = nil
		go func() {
			server.Read(make([]byte, 1<<10))
			for rest := u.response(); rest != ""; {
				n := len(rest)
				switch {
				case pieces > 0:
					n = min(n, 1+random.IntN(pieces))
				case u.alone && n == len(u.response()):
					n = strings.Index(rest, "\r\n\r\n") + 4
				}
				server.Write([]byte(rest[:n]))
				if rest = rest[n:]; rest != "" {
					synctest.Wait() // it was read, and is all there is
				}
			}
			if u.closes {
				server.Close()
			}
		}()
		if _, err := c.Do(t.Context(), &Call{Method: "GET", Target: "/", Host: "a"}); err != nil {
			t.Fatalf("turn %d, %+v: %v", i, u, err)
		}
		if u.unread {
			// End reads it away.
		} else if body, err := u.read(c); err != nil || body != u.body() {
			t.Fatalf("turn %d, %+v: a body of %d bytes, %v", i, u, len(body), err)
		}
		if u.closes && c.wide != nil {
			t.Errorf("turn %d, %+v: it took a wide buffer, which does not help", i, u)
		}
		if reason := c.End(); reason != Reusable && !u.closes {
			t.Fatalf("turn %d, %+v: %s", i, u, reason)
		}
		if lent := c.reader.Detach(); lent != nil || c.input != nil || c.wide != nil {
			t.Fatalf("turn %d, %+v: it keeps a buffer", i, u)
		}
		rooms = append(rooms, conn.rooms)
	}
	return rooms
}

// The buffer is as the last body that did not fit it was read.
func TestBufferFollowsTheHabit(t *testing.T) {
	const usual, head, wide = 32 << 10, 4 << 10, 72 << 10
	small := turn{size: 100, slice: 512}
	sliced := turn{size: 64 << 10, slice: 64 << 10}
	written := turn{size: 64 << 10}
	chunked := turn{size: 64 << 10, isChunked: true, slice: 64 << 10}
	fits := turn{size: 20 << 10, slice: 32 << 10}
	for name, sequence := range map[string][]struct {
		turn
		room int // of its first Read
	}{
		"small":           {{small, usual}, {small, usual}},
		"into slices":     {{small, usual}, {sliced, usual}, {sliced, head}, {sliced, head}, {small, head}, {small, usual}},
		"into small ones": {{turn{size: 64 << 10, slice: 4 << 10}, usual}, {small, wide}, {small, usual}},
		"written":         {{written, usual}, {written, wide}, {written, wide}, {small, wide}, {written, usual}},
		"chunked":         {{chunked, usual}, {chunked, wide}, {chunked, wide}, {small, wide}, {small, usual}},
		"another way":     {{sliced, usual}, {written, head}, {sliced, wide}, {chunked, head}, {sliced, wide}, {sliced, head}},
		"a large head":    {{sliced, usual}, {turn{size: 64 << 10, head: 9 << 10, slice: 64 << 10}, head}, {small, head}},
		"a fitting body":  {{sliced, usual}, {fits, head}, {fits, usual}},
		"until it closes": {{sliced, usual}, {turn{size: 64 << 10, slice: 64 << 10, closes: true}, head}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var turns []turn
				for _, step := range sequence {
					turns = append(turns, step.turn)
				}
				for i, rooms := range take(t, turns, 0, nil) {
					if rooms[0] != sequence[i].room {
						t.Errorf("turn %d, %+v: the first Read had room for %d bytes, want %d", i, turns[i], rooms[0], sequence[i].room)
					}
				}
			})
		})
	}
}

// A large body costs few reads: two or one where the habit is kept.
func TestFewReadsOfALargeBody(t *testing.T) {
	sliced, written := turn{size: 64 << 10, slice: 64 << 10}, turn{size: 64 << 10}
	chunked := turn{size: 64 << 10, isChunked: true}
	for _, c := range []struct {
		before, turn turn
		reads        int
	}{
		{sliced, sliced, 2},
		{written, written, 1},
		{chunked, chunked, 1},
		{sliced, written, 3}, // with room for 4, 32 and 32 KiB
		{sliced, chunked, 3},
		{written, sliced, 1},
		{sliced, alone(sliced), 2},
		{written, alone(written), 2},
		{chunked, alone(chunked), 2},
		{sliced, alone(written), 2},
		{sliced, alone(chunked), 4}, // 4 KiB, and three times 32
	} {
		synctest.Test(t, func(t *testing.T) {
			rooms := take(t, []turn{c.before, c.turn}, 0, nil)[1]
			if len(rooms) != c.reads {
				t.Errorf("%+v after %+v: %d reads, with room for %d bytes; want %d", c.turn, c.before, len(rooms), rooms, c.reads)
			}
		})
	}
}

func alone(u turn) turn {
	u.alone = true
	return u
}

// A body that nobody reads is read away, whatever the last habit was.
func TestDrainInAnyHabit(t *testing.T) {
	for _, before := range []turn{{size: 64 << 10, slice: 64 << 10}, {size: 64 << 10}, {size: 100, slice: 512}} {
		for _, unread := range []turn{{size: 10 << 10, isChunked: true}, {size: 10 << 10}, {size: 60 << 10}} {
			synctest.Test(t, func(t *testing.T) {
				unread.unread = true
				take(t, []turn{before, unread, before}, 0, nil)
			})
		}
	}
}

// A body that goes on and on is not read away: a read that was full is followed by
// one other at most.
func TestDrainOfAFastBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := networktest.Pipe()
		conn := &roomy{Conn: client}
		c := New(network.NewStream(conn), Limits{})
		go func() {
			server.Read(make([]byte, 1<<10))
			server.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"))
			for err := error(nil); err == nil; {
				_, err = server.Write(make([]byte, 256<<10))
			}
		}()
		if _, err := c.Do(t.Context(), &Call{Method: "GET", Target: "/", Host: "a"}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, c, 1<<20); err != nil {
			t.Fatal(err)
		}
		conn.rooms = nil
		if reason := c.End(); reason != BodyUnread || len(conn.rooms) > 1 {
			t.Errorf("it ended with %q after %d reads, want %q after one at most", reason, len(conn.rooms), BodyUnread)
		}
		c.Stream().Close()
		server.Close()
	})
}

// Whatever habits meet whatever bodies, each byte arrives.
func TestBodiesInAnyHabit(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var turns []turn
			for range 12 {
				u := turn{size: 1 + random.IntN(1<<(4+random.IntN(14))), isChunked: random.IntN(3) == 0, head: random.IntN(10 << 10)}
				if random.IntN(3) > 0 {
					u.slice = 1 + random.IntN(80<<10)
				}
				turns = append(turns, u)
			}
			take(t, turns, 1+random.IntN(80<<10), random)
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// On TLS a read gives a record at most, and no habit could spare one.
func TestNoHabitOnTLS(t *testing.T) {
	for _, onTLS := range []bool{false, true} {
		c := &Conn{tls: onTLS, framing: h1.Framing{Kind: h1.Length, Length: 1 << 20}}
		if c.isLarge() == onTLS {
			t.Errorf("on TLS: %v; a body of 1 MiB is large: %v", onTLS, c.isLarge())
		}
	}
}
