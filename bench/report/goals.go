// Package report makes of what was measured what people read: tables in
// Markdown and a chart.
package report

// The clients that goals are stated for.
const (
	raw      = "raw"
	sendInto = "httpx SendInto"
	send     = "httpx Send"
	tripper  = "httpx RoundTripper"
	fasthttp = "fasthttp"
	standard = "net/http RoundTripper"
)

// A goal is a limit of a quotient of two clients' CPU time per request, or of a
// client's allocations.
type goal struct {
	scenario string
	client   string
	over     string  // the other client; empty: allocations
	aim      float64 // 0: none beside must
	must     float64 // what fails a build when it is passed
	unit     string  // what is counted, where over is empty
}

const (
	allocations = "allocations"
	allocated   = "bytes allocated"
)

// goals states them as a table.
var goals = func() []goal {
	var all []goal
	for _, g := range []struct {
		scenario         string
		aim, must        float64 // of SendInto ÷ raw
		fast             float64 // of SendInto ÷ fasthttp; 0: none
		into, send       float64 // allocations
		trip             float64 // of RoundTripper ÷ net/http
		tripAim, tripMax float64 // allocations
	}{
		{"tiny-1", 1.03, 1.12, 0.92, 0, 2, 0.72, 4, 6},
		{"tiny-64", 1.03, 1.12, 0.88, 0, 2, 0.50, 4, 6},
		{"tiny-256-32", 1.05, 1.15, 0.65, 0, 2, 0.55, 4, 6},
		{"64k-8", 0.98, 1.08, 1.10, 0, 2, 0.60, 4, 6},
		{"64k-chunked-8", 1.05, 1.15, 0.55, 0, 2, 0.42, 4, 6},
		{"post-16k-8", 1.10, 1.25, 0.70, 0, 2, 0.35, 5, 7},
		{"tls-64", 1.00, 1.10, 1.00, 1, 3, 0.60, 5, 7},
		{"once-8", 1.05, 1.15, 1.00, 25, 27, 0.85, 28, 32},
		{"cancel-64", 1.15, 1.25, 0, 2, 4, 0.60, 6, 8},
	} {
		all = append(all, goal{g.scenario, sendInto, raw, g.aim, g.must, ""})
		if g.fast > 0 {
			all = append(all, goal{g.scenario, sendInto, fasthttp, 0, g.fast, ""})
		}
		all = append(all,
			goal{g.scenario, sendInto, "", 0, g.into, allocations},
			goal{g.scenario, send, "", 0, g.send, allocations},
			goal{g.scenario, tripper, standard, 0, g.trip, ""},
			goal{g.scenario, tripper, "", g.tripAim, g.tripMax, allocations},
		)
	}
	return append(all, goal{"once-8", sendInto, "", 0, 3 << 10, allocated})
}()
