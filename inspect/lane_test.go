package inspect

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// at is a time so many milliseconds after the beginning of a test's story.
func at(ms int) time.Time { return time.UnixMilli(1_000_000 + int64(ms)) }

// story tells the spans of a lane: kind, from and to in milliseconds, label.
func (l *lane) story() string {
	ms := func(us int64) int64 { return us/1000 - 1_000_000 }
	var parts []string
	for _, s := range l.spans {
		text := fmt.Sprintf("%s %d-", s.Kind, ms(s.Start))
		if s.End != 0 {
			text += fmt.Sprint(ms(s.End))
		}
		if s.Count > 0 {
			text += fmt.Sprintf(" ×%d %dms", s.Count, s.Busy/1000)
		}
		if s.Label != "" {
			text += " " + s.Label
		}
		if s.Status != 0 {
			text += fmt.Sprint(" ", s.Status)
		}
		parts = append(parts, text)
	}
	if l.closed != 0 {
		parts = append(parts, fmt.Sprintf("closed %d %s", ms(l.closed), l.reason))
	}
	return strings.Join(parts, ", ")
}

// request are the events of a request that begins and ends at these times.
func request(from, sent, answered, to int) []httpx.Event {
	return []httpx.Event{
		{Kind: httpx.EventAssigned, Time: at(from), Method: "GET", URL: "http://a.example/"},
		{Kind: httpx.EventRequestSent, Time: at(sent)},
		{Kind: httpx.EventFirstByte, Time: at(answered)},
		{Kind: httpx.EventAnswered, Time: at(answered), Status: 200},
		{Kind: httpx.EventBodyDone, Time: at(to)},
		{Kind: httpx.EventReturned, Time: at(to)},
	}
}

func TestLaneFollowsEvents(t *testing.T) {
	dial := []httpx.Event{
		{Kind: httpx.EventDialStarted, Time: at(0)},
		{Kind: httpx.EventResolved, Time: at(2)},
		{Kind: httpx.EventConnected, Time: at(5)},
	}
	const get = " GET http://a.example/ 200"
	for _, test := range []struct {
		name   string
		origin string
		route  []string
		events []httpx.Event
		want   string
	}{
		{"a plain dial", "http://a.example", nil, dial, "resolve 0-2, connect 2-5, idle 5-"},
		{"a dial with TLS", "https://a.example", nil,
			slices.Concat(dial, []httpx.Event{{Kind: httpx.EventTLSDone, Time: at(9)}}),
			"resolve 0-2, connect 2-5, tls 5-9, idle 9-"},
		{"a dial through a proxy", "https://a.example", []string{"http://p.example"},
			slices.Concat(dial, []httpx.Event{{Kind: httpx.EventTunnelled, Time: at(7)}, {Kind: httpx.EventTLSDone, Time: at(9)}}),
			"resolve 0-2, connect 2-5, proxy 5-7, tls 7-9, idle 9-"},
		{"a dial to an address", "http://[::1]:8080", nil, []httpx.Event{dial[0], dial[2]}, "connect 0-5, idle 5-"},
		{"a dial that does not tell when it resolved", "http://a.example", nil, []httpx.Event{dial[0], dial[2]}, "connect 0-5, idle 5-"},
		{"a dial that fails", "http://a.example", nil,
			[]httpx.Event{dial[0], {Kind: httpx.EventDialFailed, Time: at(4), Err: fmt.Errorf("refused")}},
			"resolve 0-4, closed 4 refused"},
		{"a long request", "http://a.example", nil, slices.Concat(dial, request(10, 12, 150, 300)),
			"resolve 0-2, connect 2-5, idle 5-10, write 10-12" + get + ", first byte 12-150, head 150-150, body 150-300, idle 300-"},
		{"short requests", "http://a.example", nil,
			slices.Concat(dial, request(10, 11, 14, 15), request(16, 17, 28, 29), request(40, 41, 44, 45), request(500, 501, 504, 505)),
			"resolve 0-2, connect 2-5, idle 5-10, busy 10-45 ×3 23ms" + get + ", idle 45-500, busy 500-505 ×1 5ms" + get + ", idle 505-"},
		{"a request without a moment after the last", "http://a.example", nil,
			slices.Concat(request(10, 11, 12, 200)[:4], request(210, 211, 212, 400)),
			"write 10-11" + get + ", first byte 11-12, head 12-12, body 12-210, write 210-211" + get + ", first byte 211-212, head 212-212, body 212-400, idle 400-"},
		{"an answer before the upload's end", "http://a.example", nil,
			[]httpx.Event{
				{Kind: httpx.EventAssigned, Time: at(0), Method: "PUT", URL: "/"},
				{Kind: httpx.EventFirstByte, Time: at(100)}, {Kind: httpx.EventAnswered, Time: at(101), Status: 413},
				{Kind: httpx.EventRequestSent, Time: at(120)}, {Kind: httpx.EventClosed, Time: at(130), Reason: "upload not finished"},
			},
			"write 0-100 PUT / 413, head 100-101, body 101-130, closed 130 upload not finished"},
		{"an upgrade", "http://a.example", nil,
			slices.Concat(request(10, 12, 15, 0)[:4], []httpx.Event{
				{Kind: httpx.EventUpgraded, Time: at(16), Reason: "WEBSOCKET"}, {Kind: httpx.EventBodyDone, Time: at(700)},
				{Kind: httpx.EventClosed, Time: at(700), Reason: "stream closed"}}),
			"write 10-12" + get + ", first byte 12-15, head 15-15, body 15-16, upgraded 16-700 WEBSOCKET, closed 700 stream closed"},
		{"events after the end", "http://a.example", nil,
			slices.Concat([]httpx.Event{{Kind: httpx.EventClosed, Time: at(5), Reason: "why"}}, request(6, 7, 8, 9)),
			"closed 5 why"},
	} {
		l := newLane(1, test.origin, test.route, micros(at(0)))
		for i := range test.events {
			l.tell(&test.events[i], uint64(i))
		}
		if got := l.story(); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestLaneBeginsInTheMiddle(t *testing.T) {
	c := httpx.ConnectionSnapshot{
		ID: 7, Origin: "http://a.example", State: httpx.Active, Age: 60 * time.Second, For: 4 * time.Second,
		Request: &httpx.InFlightSnapshot{Method: "GET", URL: "http://a.example/", Phase: httpx.PhaseBody},
	}
	l := seen(&c, micros(at(60_000)), 1)
	want := "unseen 0-56000, body 56000- GET http://a.example/"
	if got := l.story(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	done := httpx.Event{Kind: httpx.EventBodyDone, Time: at(61_000)}
	l.tell(&done, 2)
	want = "unseen 0-56000, body 56000-61000 GET http://a.example/, idle 61000-"
	if got := l.story(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Where events were lost, the snapshots put a lane right after a while.
func TestLaneHeals(t *testing.T) {
	l := newLane(1, "http://a.example", nil, micros(at(0)))
	for _, e := range request(0, 1, 2, 0)[:4] {
		l.tell(&e, 1)
	}
	idling := httpx.ConnectionSnapshot{ID: 1, State: httpx.Idle}
	idling.For = 500 * time.Millisecond
	l.look(&idling, micros(at(1500)), 2)
	if got := l.open().Kind; got != body {
		t.Errorf("a snapshot is believed too early: %s", got)
	}
	idling.For = 1500 * time.Millisecond
	l.look(&idling, micros(at(2500)), 3)
	if got, want := l.story(), "write 0-1 GET http://a.example/ 200, first byte 1-2, head 2-2, body 2-1000, idle 1000-"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestLanesNoticeALostEnd(t *testing.T) {
	var ls lanes
	for _, e := range request(0, 1, 2, 3) {
		e.Connection = 5
		ls.tell(&e)
	}
	ls.look(&httpx.PoolSnapshot{Time: at(900)})
	if ls.byID[5].closed != 0 {
		t.Error("a connection is given up too early: its events may be behind")
	}
	ls.look(&httpx.PoolSnapshot{Time: at(1100)})
	if ls.byID[5].closed == 0 {
		t.Error("a connection that is in no snapshot lives on")
	}
}

func TestLanesForgetTheClosed(t *testing.T) {
	var ls lanes
	for id := range uint64(closedLanes + 10) {
		ls.tell(&httpx.Event{Kind: httpx.EventClosed, Connection: id + 1, Time: at(int(id))})
	}
	if len(ls.byID) != closedLanes || len(ls.closed) != closedLanes {
		t.Errorf("%d lanes are kept, and %d noted as closed; want %d", len(ls.byID), len(ls.closed), closedLanes)
	}
	if ls.byID[10] != nil || ls.byID[11] == nil {
		t.Error("not the oldest were forgotten")
	}
}

// A viewer who puts the updates together has what the watch has, whatever
// happened between two of them.
func TestUpdatesAddUp(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		var ls lanes
		known := map[uint64][]span{}
		base := map[uint64]int{}
		var revision uint64
		now := 0
		for range 600 {
			e := randomEvent(random, &now)
			ls.tell(&e)
			if random.IntN(8) > 0 {
				continue
			}
			for _, u := range ls.since(revision) {
				if _, ok := known[u.ID]; !ok {
					base[u.ID] = u.From
				}
				if u.From < base[u.ID] || u.From > base[u.ID]+len(known[u.ID]) {
					t.Fatalf("seed %d: an update from %d, where %d to %d are known", seed, u.From, base[u.ID], base[u.ID]+len(known[u.ID]))
				}
				known[u.ID] = append(known[u.ID][:u.From-base[u.ID]], u.Spans...)
			}
			revision = ls.revision
			for id, l := range ls.byID {
				mine := known[id][l.dropped-base[id]:]
				if !reflect.DeepEqual(mine, l.spans) && len(mine)+len(l.spans) > 0 {
					t.Fatalf("seed %d: the viewer has of %d\n%v, the watch\n%v", seed, id, mine, l.spans)
				}
				checkLane(t, l)
			}
		}
	}
}

// checkLane checks what holds for every lane.
func checkLane(t *testing.T, l *lane) {
	t.Helper()
	for i, s := range l.spans {
		if s.End == 0 && i != len(l.spans)-1 {
			t.Fatalf("span %d goes on, and is not the last: %s", i, l.story())
		}
		if s.End != 0 && s.End < s.Start || i > 0 && s.Start < l.spans[i-1].Start {
			t.Fatalf("span %d is out of order: %s", i, l.story())
		}
	}
	if len(l.spans) > laneSpans || len(l.events.values) > laneEvents {
		t.Fatalf("a lane grew to %d spans and %d events", len(l.spans), len(l.events.values))
	}
}

// randomEvent is any event of one of three connections, at a time that does not
// go back.
func randomEvent(random *rand.Rand, now *int) httpx.Event {
	if random.IntN(3) == 0 {
		*now += random.IntN(120)
	}
	kind := httpx.EventDialStarted + httpx.EventKind(random.IntN(int(httpx.EventFailed)))
	if kind == httpx.EventClosed && random.IntN(20) > 0 {
		kind = httpx.EventReturned
	}
	return httpx.Event{Kind: kind, Time: at(*now), Connection: uint64(1 + random.IntN(3)), Method: "GET", URL: "/", Status: 200, Origin: "https://a.example"}
}

func TestRing(t *testing.T) {
	r := ring[int]{size: 3}
	for i := range 8 {
		want := []int{}
		for j := max(0, i-3); j < i; j++ {
			want = append(want, j)
		}
		if got := r.all(); !slices.Equal(got, want) {
			t.Errorf("after %d values: %v, want %v", i, got, want)
		}
		var last []int
		r.last(func(v int) bool { last = append(last, v); return true })
		slices.Reverse(last)
		if !slices.Equal(last, want) {
			t.Errorf("after %d values, newest first: %v, want the reverse of %v", i, last, want)
		}
		r.add(i)
		if r.newest() != i {
			t.Errorf("the newest of %v is %d", r.all(), r.newest())
		}
	}
}
