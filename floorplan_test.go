package httpx_test

import "testing"

// thePlan is the repository's floor plan: imports go down only. A package that
// is new to the repository gets its line here, with the reason why it stands
// where it does; the reason is what the test prints when an import breaks it.
var thePlan = floorPlan{
	module: "github.com/gohttpx/httpx",
	places: []place{
		{dir: "cmd/httpx", floor: 4, why: "a program uses the library, no part of the library uses a program"},
		{dir: "integration", floor: 4, why: "tests against real servers see the library as a caller does", testsOnly: true},
		{dir: "integration/...", floor: 4, why: "tests against real servers see the library as a caller does", testsOnly: true},
		{dir: "bench/...", floor: 4, why: "benchmarks compare the library with others, from outside"},

		{dir: "nethttp", floor: 3, why: "an adapter to net/http stands on the public names; who does not use it does not link net/http's machinery through it"},
		{dir: "inspect", floor: 3, why: "pages and endpoints show snapshots; the library must not know that somebody looks"},
		{dir: "exporters/...", floor: 3, why: "each exporter is a module of its own, so that its dependencies are nobody else's"},
		{dir: "internal/snapshottest", floor: 3, why: "holds snapshots to what they promise, in the tests of several packages", testsOnly: true, testKit: true},

		{dir: ".", floor: 2, why: "the root holds the public names and what they mean to a caller; the machines are below"},

		{dir: "internal/advise", floor: 1, why: "what other limits would have meant, decided by the pool's own machine"},
		{dir: "internal/exchange", floor: 1, why: "one exchange on a stream, shared by the pool, a lone connection and CONNECT"},
		{dir: "internal/tunnel", floor: 1, why: "a route hop by hop; CONNECT is one exchange with a proxy", beside: []string{"internal/exchange"}},
		{dir: "network/networktest", floor: 1, why: "scripted peers and faults for tests, ours and those of whoever brings a Backend", testKit: true},

		{dir: "network", floor: 0, why: "the raw byte stream knows nothing of the protocol that runs on it"},
		{dir: "h1", floor: 0, why: "the parser and writer have no socket, no clock and no goroutine"},
		{dir: "internal/assign", floor: 0, why: "the pool's decisions are a state machine without I/O, clock or callback"},
		{dir: "internal/ctxwatch", floor: 0, why: "deadlines and contexts of a stream, whatever is sent on it"},
		{dir: "internal/redact", floor: 0, why: "what hides secrets must be usable from everywhere"},
		{dir: "internal/leaktest", floor: 0, why: "looks for what tests of any floor left behind", testsOnly: true, testKit: true},
	},
	httpNames: map[string][]string{
		"client.go":   {"http.CookieJar"},
		"cookies.go":  {"http.Cookie", "http.CookieJar", "http.ParseSetCookie", "cookiejar.New", "cookiejar.Options"},
		"response.go": {"http.StatusText"},
	},
}

func TestFloorPlan(t *testing.T) {
	violations, err := thePlan.check(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Error(v)
	}
}
