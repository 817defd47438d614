package snapshottest

import (
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
)

// whole is a snapshot that adds up.
func whole() *httpx.PoolSnapshot {
	return &httpx.PoolSnapshot{
		Text:   "<ConnectionPool [1 connecting, 1 active, 1 idle, 1 upgraded, 1 waiting]>",
		Limits: httpx.LimitsSnapshot{MaxConnections: 4, MaxConnectionsPerOrigin: 2, MaxIdle: 1, MaxWaiting: -1},
		Counts: httpx.CountsSnapshot{Connecting: 1, Active: 1, Idle: 1, Upgraded: 1, Waiting: 1},
		Totals: httpx.TotalsSnapshot{Opened: 5, Closed: map[string]uint64{"too old": 2}},
		Origins: []httpx.OriginSnapshot{
			{Origin: "http://a", Counts: httpx.CountsSnapshot{Connecting: 1, Active: 1, Waiting: 1}},
			{Origin: "http://b", Counts: httpx.CountsSnapshot{Idle: 1, Upgraded: 1}},
		},
		Connections: []httpx.ConnectionSnapshot{
			{ID: 3, Origin: "http://a", State: httpx.Connecting, Text: `<Connection "http://a/" CONNECTING>`},
			{ID: 5, Origin: "http://a", State: httpx.Active, Text: `<Connection "http://a/" ACTIVE>`, Request: new(httpx.InFlightSnapshot)},
			{ID: 6, Origin: "http://b", State: httpx.Idle, Text: `<Connection "http://b/" IDLE>`},
			{ID: 9, Origin: "http://b", State: httpx.Upgraded, Text: `<Connection "http://b/feed" ECHO>`},
		},
		Waiters: []httpx.WaiterSnapshot{
			{Origin: "http://a", HeldBy: byDial},
			{Origin: "http://a", Position: 1, HeldBy: "MaxConnectionsPerOrigin 2"},
		},
	}
}

func TestCheck(t *testing.T) {
	if err := Check(whole()); err != nil {
		t.Errorf("one that adds up: %v", err)
	}
	for words, spoil := range map[string]func(*httpx.PoolSnapshot){
		"connections and counts":                  func(s *httpx.PoolSnapshot) { s.Connections[2].State = httpx.Active },
		"the text and the counts":                 func(s *httpx.PoolSnapshot) { s.Text = "<ConnectionPool [0 active]>" },
		"connection 6 and its text":               func(s *httpx.PoolSnapshot) { s.Connections[2].Text = "?" },
		"connection 6 stands behind 9":            func(s *httpx.PoolSnapshot) { s.Connections[2].ID, s.Connections[3].ID = 9, 6 },
		"connection 6 is IDLE and has a request":  func(s *httpx.PoolSnapshot) { s.Connections[2].Request = new(httpx.InFlightSnapshot) },
		"the sum of the origins":                  func(s *httpx.PoolSnapshot) { s.Origins[1].Counts.Active++ },
		"connections and counts of http://b":      func(s *httpx.PoolSnapshot) { s.Origins[1].Counts.Idle++ },
		"origins that are not listed":             func(s *httpx.PoolSnapshot) { s.Origins = s.Origins[:1] },
		"http://c has nothing and is listed":      func(s *httpx.PoolSnapshot) { s.Origins = append(s.Origins, httpx.OriginSnapshot{Origin: "http://c"}) },
		"the position of a waiter":                func(s *httpx.PoolSnapshot) { s.Waiters[1].Position = 0 },
		"the last waiter for http://a":            func(s *httpx.PoolSnapshot) { s.Waiters[0].HeldBy, s.Waiters[1].HeldBy = "x", byDial },
		"waiters and the count":                   func(s *httpx.PoolSnapshot) { s.Waiters = s.Waiters[:1] },
		"waiters that have a dial to http://a: 2": func(s *httpx.PoolSnapshot) { s.Waiters[1].HeldBy = byDial },
		"connections: 4, at most 3":               func(s *httpx.PoolSnapshot) { s.Limits.MaxConnections = 3 },
		"connections to http://a: 2, at most 1":   func(s *httpx.PoolSnapshot) { s.Limits.MaxConnectionsPerOrigin = 1 },
		"idle ones: 1, at most 0":                 func(s *httpx.PoolSnapshot) { s.Limits.MaxIdle = 0 },
		"waiting callers: 1, at most 0":           func(s *httpx.PoolSnapshot) { s.Limits.MaxWaiting = 0 },
		"opened, and closed with open: 6 and 5":   func(s *httpx.PoolSnapshot) { s.Totals.Opened++ },
		"expires in 1ns by \"\"":                  func(s *httpx.PoolSnapshot) { s.Connections[2].Expires = 1 },
	} {
		s := whole()
		spoil(s)
		if err := Check(s); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("want %q; it says %v", words, err)
		}
	}
}

func TestFalls(t *testing.T) {
	before := whole().Totals
	for what, change := range map[string]func(*httpx.TotalsSnapshot){
		"opened": func(t *httpx.TotalsSnapshot) { t.Opened-- },
		"closed": func(t *httpx.TotalsSnapshot) { t.Closed = map[string]uint64{"too old": 1, "evicted": 9} },
	} {
		now := whole().Totals
		if falls(&before, &now) {
			t.Error("the same totals fall")
		}
		change(&now)
		if !falls(&before, &now) {
			t.Errorf("less %s is no fall", what)
		}
	}
}
