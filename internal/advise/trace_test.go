package advise

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestRead(t *testing.T) {
	trace := read(t,
		`{"kind":"limits","limits":{"max_connections":7,"max_connections_per_origin":3,"max_idle":5,"max_waiting":9,"idle_timeout":1000000000,"max_age":-1,"acquire_timeout":2000000000}}`,
		``,
		`{"kind":"request","at":20ms,"origin":"http://b","hold":1ms,"outcome":"served"}`,
		`{"kind":"gap","at":1ms,"dropped":3}`,
		`{"kind":"of a later version"}`,
		`{"kind":"request","at":10ms,"origin":"http://a","hold":1ms,"outcome":"served","new":true}`,
		`{"kind":"gap","at":1ms,"dropped":4}`,
	)
	want := Limits{7, 3, 5, 9, time.Second, -1, 2 * time.Second}
	if trace.Limits != want || trace.Dropped != 7 || len(trace.Requests) != 2 || trace.Requests[0].Origin != "http://a" {
		t.Errorf("read %+v", trace)
	}
	if got := read(t, three...).Limits; got != defaultLimits {
		t.Errorf("without limits they are %+v", got)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "no request"},
		{"only limits", `{"kind":"limits"}`, "no request"},
		{"no JSON", three[1] + "\nGET / HTTP/1.1", "line 2: invalid character"},
		{"half a line", three[0][:30], "line 1: unexpected end"},
		{"another file", `{"name":"Ada"}`, "line 1: no kind"},
		{"another type", `{"kind":"request","at":"now"}`, "line 1: json: cannot unmarshal string"},
		{"a request to nobody", `{"kind":"request","at":1}`, "line 1: a request without an origin"},
		{"before the beginning", `{"kind":"request","origin":"http://a","at":-1}`, "came at -1ns"},
		{"a negative hold", `{"kind":"request","origin":"http://a","hold":-1}`, "held for -1ns"},
		{"a negative dial", `{"kind":"dial","origin":"http://a","took":-1}`, "took -1ns"},
		{"a close of the past", `{"kind":"closed","at":-1}`, "closed at -1ns"},
		{"a century", `{"kind":"request","origin":"http://a","hold":3200000000000000000}`, "held for 888888h"},
		{"bad limits", `{"kind":"limits","limits":3}`, "line 1: json"},
		{"a bad end", `{"kind":"closed","idle":"long"}`, "line 1: json"},
		{"a bad gap", `{"kind":"gap","dropped":-1}`, "line 1: json"},
		{"a long line", strings.Repeat(" ", maxLine+1), "line 1: bufio.Scanner: token too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(strings.ReplaceAll(test.text, "ms", "000000"))); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
	torn := errors.New("torn")
	if _, err := Read(iotest.ErrReader(torn)); !errors.Is(err, torn) {
		t.Errorf("the error is %v", err)
	}
}

// Whatever a file holds, it is read or refused, and what was read is replayed.
func FuzzRead(f *testing.F) {
	f.Add(strings.ReplaceAll(strings.Join(three, "\n"), "ms", "000000"))
	f.Add(`{"kind":"limits","limits":{"max_connections":0,"max_idle":-7,"acquire_timeout":0}}` + "\n" + `{"kind":"request","origin":"http://a","hold":9,"outcome":"gone"}`)
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		r := trace.Replay(trace.Limits)
		if again := trace.Replay(trace.Limits); summary(r) != summary(again) {
			t.Errorf("%s, and then %s", summary(r), summary(again))
		}
		if r.Served > r.Requests || r.Span < 0 {
			t.Errorf("%+v", r)
		}
	})
}
