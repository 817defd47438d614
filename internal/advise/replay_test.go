package advise

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// read makes a trace of lines, a fault of which is the test's. In them "ms"
// stands for six zeros.
func read(t *testing.T, lines ...string) *Trace {
	t.Helper()
	trace, err := Read(strings.NewReader(strings.ReplaceAll(strings.Join(lines, "\n"), "ms", "000000")))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func limits(connections int) Limits {
	l := defaultLimits
	return MaxConnections.With(l, int64(connections))
}

// Three requests to one origin, whose dials take 10 ms.
var three = []string{
	`{"kind":"dial","at":0,"origin":"http://a","connection":1,"took":10ms}`,
	`{"kind":"request","at":0,"origin":"http://a","wait":10ms,"hold":100ms,"outcome":"served"}`,
	`{"kind":"request","at":20ms,"origin":"http://a","wait":90ms,"hold":100ms,"outcome":"served"}`,
	`{"kind":"request","at":30ms,"origin":"http://a","wait":180ms,"hold":50ms,"outcome":"served"}`,
}

// Traces that are short enough to be replayed by hand.
func TestReplay(t *testing.T) {
	for _, test := range []struct {
		name   string
		lines  []string
		limits Limits
		waits  string // of each
		want   string // what else
	}{
		{"one connection", three, limits(1), "[10ms 90ms 180ms]", "waited 3, dials 1, peak 1, idle 0s of 260ms"},
		// The second has a connection of its own from 30 to 130 ms, the third the
		// first one's from 110 to 160: they idle for 130 and 100 ms.
		{"two connections", three, limits(2), "[10ms 10ms 80ms]", "waited 3, dials 2, peak 2, idle 230ms of 260ms"},
		{"enough connections", three, limits(3), "[10ms 10ms 10ms]", "waited 3, dials 3, peak 3, idle 450ms of 260ms"},
		{"two of one origin", three, MaxConnectionsPerOrigin.With(limits(3), 2), "[10ms 10ms 80ms]", "waited 3, dials 2, peak 2, idle 230ms of 260ms"},
		{"none in the queue", three, with(limits(1), func(l *Limits) { l.MaxWaiting = 0 }), "[10ms -1ns -1ns]", "waited 1, dials 1, rejected 2, peak 1, idle 150ms of 260ms"},
		{"an impatient queue", three, with(limits(1), func(l *Limits) { l.AcquireTimeout = 95 * ms }), "[10ms 90ms -1ns]", "waited 3, dials 1, timed out 1, peak 1, idle 50ms of 260ms"},
		{"none idle", append(three, `{"kind":"request","at":400ms,"origin":"http://a","wait":0,"hold":10ms,"outcome":"served"}`), MaxIdle.With(limits(3), 0),
			"[10ms 10ms 10ms 10ms]", "waited 4, dials 4, peak 3, idle 0s of 420ms"},
		// After 110, 130 and 90 ms all three idle; at 300 ms the last has gone.
		{"short idleness", append(three, `{"kind":"request","at":400ms,"origin":"http://a","wait":0,"hold":10ms,"outcome":"served"}`), IdleTimeout.With(limits(3), int64(20*ms)),
			"[10ms 10ms 10ms 10ms]", "waited 4, dials 4, peak 3, idle 60ms of 420ms"},
		{"the peer's patience", append(three, `{"kind":"closed","at":500ms,"origin":"http://a","connection":9,"idle":30ms,"reason":"the peer closed it"}`,
			`{"kind":"closed","at":500ms,"origin":"http://a","connection":9,"idle":40ms,"reason":"idle for as long as the peer keeps it"}`,
			`{"kind":"request","at":400ms,"origin":"http://a","wait":0,"hold":10ms,"outcome":"served"}`), limits(3),
			"[10ms 10ms 10ms 10ms]", "waited 4, dials 4, peak 3, idle 120ms of 500ms"},
		{"another origin", []string{
			`{"kind":"request","at":0,"origin":"http://a","hold":10ms,"outcome":"served"}`,
			`{"kind":"request","at":20ms,"origin":"https://b","hold":10ms,"outcome":"served"}`,
			`{"kind":"request","at":40ms,"origin":"https://b","route":["http://p"],"hold":10ms,"outcome":"served"}`,
		}, limits(1), "[0s 0s 0s]", "waited 3, dials 3, evicted 2, peak 1, idle 20ms of 50ms, TLS 10ms"},
		{"connections that cannot be used again", []string{
			`{"kind":"request","at":0,"origin":"http://a","hold":10ms,"outcome":"closed"}`,
			`{"kind":"request","at":20ms,"origin":"http://a","hold":10ms,"outcome":"failed"}`,
			`{"kind":"request","at":30ms,"origin":"http://a","hold":5ms,"outcome":"served","fresh":true}`,
			`{"kind":"request","at":40ms,"origin":"http://a","hold":20ms,"outcome":"upgraded"}`,
			`{"kind":"request","at":50ms,"origin":"http://a","hold":50ms,"outcome":"open"}`,
		}, limits(1), "[0s 0s 0s 0s 10ms]", "waited 4, dials 4, peak 1, idle 5ms of 110ms"},
		{"a caller that gives up", []string{
			`{"kind":"request","at":0,"origin":"http://a","hold":100ms,"outcome":"served"}`,
			`{"kind":"request","at":10ms,"origin":"http://a","wait":20ms,"outcome":"gone"}`,
			`{"kind":"request","at":50ms,"origin":"http://a","wait":50ms,"hold":10ms,"outcome":"served"}`,
		}, limits(1), "[0s -1ns 50ms]", "waited 3, dials 1, peak 1, idle 0s of 110ms"},
		// It is not known how long it would have had one: as long as the others.
		{"a caller that needs not", []string{
			`{"kind":"request","at":0,"origin":"http://a","hold":100ms,"outcome":"served"}`,
			`{"kind":"request","at":10ms,"origin":"http://a","wait":20ms,"outcome":"gone"}`,
		}, limits(2), "[0s 0s]", "waited 2, dials 2, peak 2, idle 10ms of 110ms"},
		{"a dial that fails", []string{
			`{"kind":"dial","at":0,"origin":"http://a","connection":1,"took":5ms,"failed":true}`,
			`{"kind":"request","at":0,"origin":"http://a","wait":5ms,"outcome":"dial failed"}`,
			`{"kind":"dial","at":10ms,"origin":"http://a","connection":2,"took":7ms}`,
			`{"kind":"request","at":10ms,"origin":"http://a","wait":7ms,"hold":3ms,"outcome":"served"}`,
		}, limits(1), "[-1ns 7ms]", "waited 2, dials 2 (1 failed), peak 1, idle 0s of 20ms"},
		{"an age", []string{
			`{"kind":"request","at":0,"origin":"http://a","hold":10ms,"outcome":"served"}`,
			`{"kind":"request","at":100ms,"origin":"http://a","hold":10ms,"outcome":"served"}`,
		}, with(limits(1), func(l *Limits) { l.MaxAge = 100 * ms }), "[0s 0s]", "waited 2, dials 2, peak 1, idle 85ms of 110ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := read(t, test.lines...).Replay(test.limits)
			if got := fmt.Sprint(r.Each); got != test.waits {
				t.Errorf("they waited %s, want %s", got, test.waits)
			}
			if got := summary(r); got != test.want {
				t.Errorf("the rest is %s, want %s", got, test.want)
			}
		})
	}
}

func with(l Limits, change func(*Limits)) Limits {
	change(&l)
	return l
}

// summary tells what is not zero.
func summary(r Result) string {
	text := fmt.Sprintf("waited %d, dials %d", r.Waited, r.Dials)
	add := func(n int, format string) {
		if n != 0 {
			text += fmt.Sprintf(format, n)
		}
	}
	add(r.DialsFailed, " (%d failed)")
	add(r.Evicted, ", evicted %d")
	add(r.Rejected, ", rejected %d")
	add(r.TimedOut, ", timed out %d")
	add(r.Peak, ", peak %d")
	text += fmt.Sprintf(", idle %v of %v", r.Idle, r.Span)
	if r.IdleTLS != 0 {
		text += fmt.Sprintf(", TLS %v", r.IdleTLS)
	}
	return text
}

func TestWaits(t *testing.T) {
	if got, want := read(t, three...).Replay(limits(1)).Waits, (Waits{90 * ms, 180 * ms, 180 * ms}); got != want {
		t.Errorf("the waits are %v, want %v", got, want)
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf(`{"kind":"request","at":%d,"origin":"http://a","hold":1ms,"outcome":"served"}`, i))
	}
	// All but the first wait for the one before, a millisecond each.
	got := read(t, many...).Replay(limits(1)).Waits
	if got.P50.Round(ms) != 499*ms || got.P99.Round(ms) != 989*ms || got.Max.Round(ms) != 999*ms {
		t.Errorf("the waits are %v", got)
	}
}

func TestIdleMemory(t *testing.T) {
	r := Result{Idle: 3 * time.Second, IdleTLS: time.Second, Span: 2 * time.Second}
	if got, want := r.IdleMemory(), int64((2*IdleBytes+IdleTLSBytes)/2); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if got := (Result{Idle: 1}).IdleMemory(); got != 0 {
		t.Errorf("%d bytes in no time", got)
	}
}
