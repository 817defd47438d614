package integration

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestKeepAliveLimit sends to a server that ends each connection with the third
// answer, and says so.
func TestKeepAliveLimit(t *testing.T) {
	n := startNginx(t)

	t.Run("pool", func(t *testing.T) {
		pool := newPool(t, nil)
		connections := make(map[uint64]int)
		for i := 1; i <= 10; i++ {
			answer := send(t, pool, "GET", n.limited+"/id?id="+strconv.Itoa(i))
			answer.want(t, 200, []byte(strconv.Itoa(i)))
			exchange := answer.Exchange()
			connections[exchange.Connection]++
			isLast := i%3 == 0
			if want := i%3 != 1; exchange.Reused != want {
				t.Errorf("request %d: reused is %t, want %t", i, exchange.Reused, want)
			}
			want := "<ConnectionPool [1 idle]>"
			if isLast {
				want = "<ConnectionPool [0 active]>"
			}
			if pool.String() != want {
				t.Errorf("after request %d: %s, want %s", i, pool, want)
			}
		}
		if len(connections) != 4 {
			t.Errorf("10 requests took the connections %v, want 3, 3, 3 and 1 on four", connections)
		}
	})

	t.Run("connection", func(t *testing.T) {
		connection, err := httpx.OpenConnection(t.Context(), n.limited, nil)
		if err != nil {
			t.Fatal(err)
		}
		closeAtEnd(t, connection)
		for i := 1; i <= 3; i++ {
			want := fmt.Sprintf(`<Connection "%s/" IDLE>`, n.limited)
			if connection.String() != want {
				t.Errorf("before request %d: %s, want %s", i, connection, want)
			}
			response, err := connection.Request(t.Context(), "GET", "/id?id=x")
			if err != nil {
				t.Fatal(err)
			}
			if text, err := response.Text(); err != nil || text != "x" {
				t.Errorf("request %d was answered %s %q (%v)", i, response, text, err)
			}
		}
		if want := fmt.Sprintf(`<Connection "%s/" CLOSED>`, n.limited); connection.String() != want {
			t.Errorf("after the last request: %s, want %s", connection, want)
		}
		_, err = connection.Request(t.Context(), "GET", "/id?id=x")
		if !errors.Is(err, httpx.ErrClosed) {
			t.Errorf("a request on a closed connection: %v, want ErrClosed", err)
		}
	})
}

// TestIdleConnectionsThatTheServerCloses leaves connections idle until nginx
// closes them, after a second. The pool's text form shows them no longer than
// about a second after that, or, where nginx had said so beforehand, not so long.
func TestIdleConnectionsThatTheServerCloses(t *testing.T) {
	n := startNginx(t)
	for _, c := range []struct{ name, base string }{{"announced", n.announced}, {"silent", n.silent}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, nil)
			send(t, pool, "GET", c.base+"/id?id=1").want(t, 200, []byte("1"))
			if got, want := pool.String(), "<ConnectionPool [1 idle]>"; got != want {
				t.Errorf("after the answer: %s, want %s", got, want)
			}
			waitForText(t, pool, "<ConnectionPool [0 active]>", 5*time.Second)
			send(t, pool, "GET", c.base+"/id?id=2").want(t, 200, []byte("2"))
		})
	}
}

// waitForText waits until a text form says what it should.
func waitForText(t testing.TB, what fmt.Stringer, want string, atMost time.Duration) {
	t.Helper()
	deadline := time.Now().Add(atMost)
	for what.String() != want {
		if time.Now().After(deadline) {
			t.Fatalf("%s after %v, want %s", what, atMost, want)
		}
		<-time.After(5 * time.Millisecond)
	}
}
