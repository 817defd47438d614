package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// wantTrace compares a trace with a file in testdata. How long the bars are is
// left out: the drawing has tests of its own.
func wantTrace(t *testing.T, name, text string) {
	t.Helper()
	text = steady(text)
	text = regexp.MustCompile(`(?m) +TIME( +[█▏]+)?`).ReplaceAllStringFunc(text, func(found string) string {
		if strings.ContainsAny(found, "█▏") {
			return " TIME BAR"
		}
		return " TIME"
	})
	wantGolden(t, name, text)
}

func TestTrace(t *testing.T) {
	origin, secure := newOrigin(t), newSecureOrigin(t)
	proxy := newConnectProxy(t)
	hints := serve(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// In one write: what the reader sees must not hang on the clock.
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
	})), plainly)
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"trace_redirect.txt", []string{"-d", "token=secret", origin.URL + "/login?key=secret"}, exitOK, ""},
		{"trace_proxy.txt", []string{"-k", "-x", strings.Replace(proxy.url, "//", "//Ada:secret@", 1), secure.URL + "/hello"}, exitOK, ""},
		{"trace_hints.txt", []string{hints.URL}, exitOK, ""},
		{"trace_missing.txt", []string{origin.URL + "/missing"}, exitOK, ""},
		{"trace_broken.txt", []string{origin.URL + "/broken"}, exitPartial, "body"},
		{"trace_refused.txt", []string{"http://" + unusedAddress(t)}, exitConnect, "connect"},
		{"trace_stall.txt", []string{"--max-time", "0.1", origin.URL + "/stall"}, exitTimeout, "timeout"},
		{"trace_replay.txt", []string{"http://" + newForgetfulServer(t)}, exitOK, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, append([]string{"trace"}, test.args...)...)
			if i.status != test.status || (i.err == "") != (test.says == "") || !strings.Contains(i.err, test.says) {
				t.Errorf("exit status %d, standard error %q", i.status, i.err)
			}
			if strings.Contains(i.out, "secret") {
				t.Errorf("a secret is shown: %s", i.out)
			}
			wantTrace(t, test.name, i.out)
		})
	}
}

// newForgetfulServer redirects on its first connection, and hangs up on what
// follows there; on the next connection it answers.
func newForgetfulServer(t *testing.T) (address string) {
	var conns atomic.Int32
	return newTCPServer(t, func(conn *net.TCPConn) {
		r := bufio.NewReader(conn)
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		if conns.Add(1) > 1 {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		} else {
			io.WriteString(conn, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
		}
		http.ReadRequest(r)
	})
}

func TestTraceFails(t *testing.T) {
	i := invoke(t, "trace")
	i.want(t, exitUsage, "")
	i.wantComplaint(t, "one URL")
	invoke(t, "trace", "ftp://a").want(t, exitFailed, "")

	origin := newOrigin(t)
	if status := run(t.Context(), []string{"trace", origin.URL + "/hello"}, &terminal{out: failingWriter{}, err: io.Discard}); status != exitWriteOutput {
		t.Errorf("exit status %d", status)
	}
}

func TestTraceColours(t *testing.T) {
	origin := newOrigin(t)
	for _, test := range []struct {
		name           string
		isScreen       bool
		noColour, term string
		want           bool
	}{
		{"a file", false, "", "xterm", false},
		{"a screen", true, "", "xterm", true},
		{"a screen without colours", true, "", "dumb", false},
		{"NO_COLOR", true, "1", "xterm", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", test.noColour)
			t.Setenv("TERM", test.term)
			i := &invocation{terminal: terminal{outIsScreen: test.isScreen}}
			i.run(t.Context(), "trace", origin.URL+"/hello")
			if i.status != exitOK || strings.Contains(i.out, "\x1b[32m200 OK\x1b[0m") != test.want || strings.Contains(i.out, "\x1b") != test.want {
				t.Errorf("exit status %d, standard output %q", i.status, i.out)
			}
		})
	}
}

// The bars of made-up hops, whose times are known.
func TestTraceBars(t *testing.T) {
	start := time.Now()
	at := func(ms int, kind httpx.EventKind, took int) httpx.Event {
		return httpx.Event{Kind: kind, Time: start.Add(time.Duration(ms) * time.Millisecond), Duration: time.Duration(took) * time.Millisecond}
	}
	failure := func(phase httpx.Phase, after int) error {
		return &httpx.Error{Phase: phase, After: time.Duration(after) * time.Millisecond}
	}
	replayed := at(8, httpx.EventReplayed, 0)
	replayed.Err = failure(httpx.PhaseFirstByte, 8)

	for _, test := range []struct {
		name   string
		events []httpx.Event
		err    error
		want   string
	}{
		{"dialled", []httpx.Event{
			at(1, httpx.EventQueued, 0), at(2, httpx.EventDialStarted, 0), at(6, httpx.EventResolved, 4), at(12, httpx.EventConnected, 6),
			at(18, httpx.EventTunnelled, 6), at(24, httpx.EventTLSDone, 6), at(24, httpx.EventAssigned, 24), at(26, httpx.EventRequestSent, 2),
			at(40, httpx.EventFirstByte, 14), at(41, httpx.EventAnswered, 15), at(48, httpx.EventBodyDone, 7), at(48, httpx.EventReturned, 0),
		}, nil, `
  queued           2ms  ██
  resolve          4ms    ████
  connect          6ms        ██████
  proxy            6ms              ██████
  TLS              6ms                    ██████
  write            2ms                          ██
  first byte      14ms                            ██████████████
  head             1ms                                          █
  body             7ms                                           ███████
`},
		{"reused, and replayed", []httpx.Event{
			at(0, httpx.EventAssigned, 0), at(2, httpx.EventRequestSent, 2), replayed, at(10, httpx.EventDialStarted, 0), at(20, httpx.EventConnected, 10),
			at(20, httpx.EventAssigned, 20), at(22, httpx.EventRequestSent, 2), at(48, httpx.EventFirstByte, 26), at(48, httpx.EventAnswered, 26), at(48, httpx.EventBodyDone, 0),
		}, nil, `
  queued            0s  ▏
  write            2ms  ██
  first byte       6ms    ██████ failed
  queued           2ms          ██
  connect         10ms            ██████████
  write            2ms                      ██
  first byte      26ms                        ██████████████████████████
  head              0s                                                 ▏
  body              0s                                                 ▏
`},
		{"failed in its body", []httpx.Event{
			at(0, httpx.EventAssigned, 0), at(2, httpx.EventRequestSent, 2), at(20, httpx.EventFirstByte, 18), at(24, httpx.EventAnswered, 22), at(48, httpx.EventBodyDone, 24),
		}, failure(httpx.PhaseBody, 48), `
  queued            0s  ▏
  write            2ms  ██
  first byte      18ms    ██████████████████
  head             4ms                      ████
  body            24ms                          ████████████████████████ failed
`},
		{"failed in the queue", []httpx.Event{at(0, httpx.EventQueued, 0), at(24, httpx.EventFailed, 24)}, failure(httpx.PhaseQueue, 24), `
  queued          24ms  ████████████████████████████████████████████████ failed
`},
		{"failed otherwise", nil, errors.New("nothing to do with it"), "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := &traced{began: start, events: test.events, err: test.err}
			bars := h.bars(start)
			var whole time.Duration
			for _, b := range bars {
				whole = max(whole, b.to)
			}
			var d drawing
			for _, b := range bars {
				d.bar(b, whole)
			}
			if got := "\n" + d.String(); got != test.want {
				t.Errorf("drawn:%s\nwant:%s", got, test.want)
			}
		})
	}
}
