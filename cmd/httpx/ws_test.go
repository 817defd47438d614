//go:build !js

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// newWSOrigin serves one WebSocket after another by a script, and tells of a
// handshake in a field of its answer. It returns the URL.
func newWSOrigin(t *testing.T, start func(*httptest.Server), script func(context.Context, *websocket.Conn)) string {
	t.Helper()
	var running sync.WaitGroup
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		if r.URL.Path != "/feed" {
			http.NotFound(w, r)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(-1)
		script(r.Context(), conn)
	})
	server := serve(t, httptest.NewUnstartedServer(handler), start)
	t.Cleanup(running.Wait) // before the server is closed, which does not wait for what was taken over
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/feed"
}

// echoMessages gives each message back, until the client closes.
func echoMessages(ctx context.Context, conn *websocket.Conn) {
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return
		}
		conn.Write(ctx, kind, message)
	}
}

func TestWS(t *testing.T) {
	origin, secure := newWSOrigin(t, plainly, echoMessages), newWSOrigin(t, securely, echoMessages)
	proxy := newConnectProxy(t)
	for _, test := range []struct {
		name  string
		args  []string
		stdin string
		want  string
	}{
		{"lines", []string{origin}, "one\ntwo\n", "one\ntwo\n"},
		{"no end of the last line", []string{origin}, "one\ntwo", "one\ntwo\n"},
		{"lines of Windows", []string{origin}, "one\r\ntwo\r\n", "one\ntwo\n"},
		{"empty lines", []string{origin}, "\n\n", "\n\n"},
		{"nothing", []string{origin}, "", ""},
		{"a long line", []string{origin}, strings.Repeat("long ", 100_000) + "\n", strings.Repeat("long ", 100_000) + "\n"},
		{"no scheme", []string{strings.TrimPrefix(origin, "ws://")}, "one\n", "one\n"},
		{"the scheme of HTTP", []string{strings.Replace(origin, "ws", "http", 1)}, "one\n", "one\n"},
		{"TLS", []string{"-k", secure}, "one\n", "one\n"},
		{"a proxy", []string{"-k", "-x", proxy.url, secure}, "one\n", "one\n"},
		{"no proxy", []string{"-x", "http://" + unusedAddress(t), "--noproxy", "127.0.0.1", origin}, "one\n", "one\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := &invocation{stdin: test.stdin}
			i.run(t.Context(), append([]string{"ws"}, test.args...)...)
			i.want(t, exitOK, test.want)
			if i.err != "" {
				t.Errorf("standard error: %s", i.err)
			}
		})
	}
	if want := strings.TrimSuffix(strings.TrimPrefix(secure, "wss://"), "/feed"); fmt.Sprint(proxy.targets()) != "["+want+"]" {
		t.Errorf("the proxy was asked for %q, want %s", proxy.targets(), want)
	}
}

func TestWSHandshake(t *testing.T) {
	var got string
	server := serve(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = fmt.Sprintf("%s %q %q %q %q %q", r.Host, r.Header["Origin"], r.Header["User-Agent"], r.Header["Authorization"],
			r.Header["Sec-Websocket-Protocol"], r.Header["X-Empty"])
		if conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}); err == nil {
			conn.Close(websocket.StatusNormalClosure, "")
		}
	})), plainly)
	url := "ws" + strings.TrimPrefix(server.URL, "http")

	invoke(t, "ws", "-H", "Origin: http://a.example", "-H", "Host: b.example", "-H", "X-Empty;", "-u", "Ada:l:ve",
		"-A", "me/1", "--subprotocol", "chat", "--subprotocol", "cat", url).want(t, exitOK, "")
	if want := `b.example ["http://a.example"] ["me/1"] ["Basic QWRhOmw6dmU="] ["chat,cat"] [""]`; got != want {
		t.Errorf("the server saw %s, want %s", got, want)
	}
	invoke(t, "ws", "-H", "User-Agent:", strings.Replace(url, "ws://", "ws://Ada:l:ve@", 1)).want(t, exitOK, "")
	if want := strings.TrimPrefix(server.URL, "http://") + ` [] [] ["Basic QWRhOmw6dmU="] [] []`; got != want {
		t.Errorf("the server saw %s, want %s", got, want)
	}
	invoke(t, "ws", url).want(t, exitOK, "")
	if want := `["gohttpx/`; !strings.Contains(got, want) {
		t.Errorf("the server saw %s, without %s", got, want)
	}
}

// What the server says to the last line is written before the end.
func TestWSAnswersComeBeforeTheEnd(t *testing.T) {
	url := newWSOrigin(t, plainly, func(ctx context.Context, conn *websocket.Conn) {
		conn.Read(ctx)
		for n := range 100 {
			conn.Write(ctx, websocket.MessageText, fmt.Append(nil, n))
		}
		conn.Read(ctx) // the ping, and the close
	})
	i := &invocation{stdin: "count\n"}
	i.run(t.Context(), "ws", url)
	if i.status != exitOK || strings.Count(i.out, "\n") != 100 || !strings.HasSuffix(i.out, "\n99\n") {
		t.Errorf("exit status %d, standard output %q", i.status, i.out)
	}
}

func TestWSEnds(t *testing.T) {
	closing := func(code websocket.StatusCode, reason string) func(context.Context, *websocket.Conn) {
		return func(ctx context.Context, conn *websocket.Conn) {
			conn.Write(ctx, websocket.MessageText, []byte("hello"))
			conn.Close(code, reason)
		}
	}
	for _, test := range []struct {
		name   string
		script func(context.Context, *websocket.Conn)
		status int
		out    string
		says   []string // nothing: standard error is empty
	}{
		{"normally", closing(websocket.StatusNormalClosure, "bye"), exitOK, "hello\n", nil},
		{"without a status", closing(websocket.StatusNoStatusRcvd, ""), exitOK, "hello\n", nil},
		{"with a status", closing(websocket.StatusPolicyViolation, "too \"loud\""), exitReceive, "hello\n", []string{"1008 PolicyViolation", `"too \"loud\""`}},
		{"with a status of its own", closing(4321, ""), exitReceive, "hello\n", []string{"closed the WebSocket: 4321\n"}},
		{"at once", func(ctx context.Context, conn *websocket.Conn) { conn.CloseNow() }, exitReceive, "", []string{"without a close"}},
		{"after a message that is too long", func(ctx context.Context, conn *websocket.Conn) {
			conn.Write(ctx, websocket.MessageBinary, make([]byte, maxMessage+1))
			conn.Read(ctx)
		}, exitTooLarge, "", []string{"64 MiB"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := newWSOrigin(t, plainly, test.script)
			var out, complaint strings.Builder
			status := run(t.Context(), []string{"ws", url}, &terminal{in: hangingReader(t), out: &out, err: &complaint})
			if status != test.status || out.String() != test.out {
				t.Errorf("exit status %d, standard output %q, want %d, %q", status, out.String(), test.status, test.out)
			}
			if test.says == nil && complaint.Len() > 0 {
				t.Errorf("standard error: %s", complaint.String())
			}
			for _, word := range test.says {
				if !strings.Contains(complaint.String(), word) {
					t.Errorf("standard error lacks %q: %q", word, complaint.String())
				}
			}
		})
	}
}

func TestWSFails(t *testing.T) {
	origin, secure := newWSOrigin(t, plainly, echoMessages), newWSOrigin(t, securely, echoMessages)
	hello := newOrigin(t).URL
	switched := newRawServer(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no URL", nil, exitUsage, []string{"one URL"}},
		{"another scheme", []string{"ftp://a"}, exitFailed, []string{"ftp"}},
		{"no host", []string{"ws://"}, exitBadURL, []string{"no host"}},
		{"a field without a colon", []string{"-H", "X", origin}, exitUsage, []string{`"X"`}},
		{"nobody listens", []string{"ws://" + unusedAddress(t)}, exitConnect, []string{"connect"}},
		{"a certificate of nobody", []string{secure}, exitCertificate, []string{"x509"}},
		{"not there", []string{strings.Replace(origin, "feed", "none", 1)}, exitHTTPError, []string{"404 Not Found"}},
		{"no WebSocket", []string{hello + "/hello"}, exitBadAnswer, []string{"200 OK"}},
		{"no proof", []string{"ws://" + switched}, exitBadAnswer, []string{"Sec-WebSocket-Accept"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, append([]string{"ws"}, test.args...)...)
			i.want(t, test.status, "")
			i.wantComplaint(t, test.says...)
		})
	}

	t.Run("no text", func(t *testing.T) {
		i := &invocation{stdin: "one\n\xff\n"}
		i.run(t.Context(), "ws", origin)
		i.want(t, exitReadInput, "one\n")
		i.wantComplaint(t, "line 2", "UTF-8")
	})
	t.Run("nobody reads", func(t *testing.T) {
		in := io.MultiReader(strings.NewReader("one\n"), hangingReader(t))
		if status := run(t.Context(), []string{"ws", origin}, &terminal{in: in, out: failingWriter{}, err: io.Discard}); status != exitWriteOutput {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		url := newWSOrigin(t, plainly, func(ctx context.Context, conn *websocket.Conn) {
			interrupt()
			conn.Read(ctx)
		})
		if status := run(ctx, []string{"ws", url}, &terminal{in: hangingReader(t), out: io.Discard, err: io.Discard}); status != exitInterrupted {
			t.Errorf("exit status %d", status)
		}
	})
}

// A person is not shown bytes that are no text.
func TestWSOnAScreen(t *testing.T) {
	url := newWSOrigin(t, plainly, func(ctx context.Context, conn *websocket.Conn) {
		conn.Write(ctx, websocket.MessageText, []byte("text"))
		conn.Write(ctx, websocket.MessageBinary, []byte{0, 1})
		conn.Close(websocket.StatusNormalClosure, "")
	})
	invoke(t, "ws", url).want(t, exitOK, "text\n\x00\x01\n")
	i := &invocation{terminal: terminal{outIsScreen: true}}
	i.run(t.Context(), "ws", url)
	i.want(t, exitOK, "text\n[a binary message of 2 bytes]\n")
}

func TestWSStory(t *testing.T) {
	i := invoke(t, "ws", "-v", newWSOrigin(t, plainly, echoMessages))
	i.want(t, exitOK, "")
	for _, line := range []string{"> GET /feed HTTP/1.1", "> Upgrade: websocket", "< HTTP/1.1 101 Switching Protocols", "* switched to WEBSOCKET"} {
		if !strings.Contains(i.err, line+"\n") {
			t.Errorf("the story lacks %q:\n%s", line, i.err)
		}
	}
}
