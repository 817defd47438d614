package integration

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestUnaskedBytes sends to servers that say more than they were asked for, in
// the form of a response to whatever comes next. Nobody ever gets it.
func TestUnaskedBytes(t *testing.T) {
	const evil = "evil"
	for _, c := range []struct {
		name   string
		answer func(conn net.Conn, body string)
	}{
		{"with the answer", func(conn net.Conn, body string) {
			io.WriteString(conn, respond(body)+respond(evil))
		}},
		{"while idle", func(conn net.Conn, body string) {
			io.WriteString(conn, respond(body))
			<-time.After(5 * time.Millisecond)
			io.WriteString(conn, respond(evil))
		}},
		{"half a line while idle", func(conn net.Conn, body string) {
			io.WriteString(conn, respond(body))
			<-time.After(5 * time.Millisecond)
			io.WriteString(conn, "HTTP/1.1 2")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := make(chan struct{}, 16)
			server := startScripted(t, func(conn net.Conn, _ int) {
				for requests := bufio.NewReader(conn); ; {
					target, err := readTarget(requests)
					if err != nil {
						return
					}
					c.answer(conn, target)
					said <- struct{}{}
				}
			})
			base := "http://" + server.address

			t.Run("pool", func(t *testing.T) {
				pool := newPool(t, nil)
				before := server.accepted()
				const requests = 5
				for i := range requests {
					id := strconv.Itoa(i)
					send(t, pool, "GET", base+"/"+id).want(t, 200, []byte(id))
					<-said
					// On loopback what was written is there to be read. The pool
					// looks before it uses a connection that idled for 10 ms.
					<-time.After(20 * time.Millisecond)
				}
				if got := server.accepted() - before; got != requests {
					t.Errorf("%d requests took %d connections, want one each", requests, got)
				}
				waitForText(t, pool, "<ConnectionPool [0 active]>", 5*time.Second)
			})

			t.Run("connection", func(t *testing.T) {
				connection, err := httpx.OpenConnection(t.Context(), base, nil)
				if err != nil {
					t.Fatal(err)
				}
				closeAtEnd(t, connection)
				send(t, connection, "GET", base+"/1").want(t, 200, []byte("1"))
				<-said
				<-time.After(20 * time.Millisecond)
				response, err := connection.Request(t.Context(), "GET", "/2")
				if err == nil {
					body, _ := response.Text()
					t.Errorf("the second request was answered %s %q, want an error", response, body)
				}
				if want := fmt.Sprintf(`<Connection "%s/" CLOSED>`, base); connection.String() != want {
					t.Errorf("%s, want %s", connection, want)
				}
			})
		})
	}
}
