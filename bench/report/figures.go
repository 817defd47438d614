package report

import (
	"math"
	"slices"
	"time"

	"github.com/gohttpx/httpx/bench/trial"
)

// A Table is what the clients did: the rounds of each, by the name of the
// scenario, then by that of the client; and the system calls of a request, where
// they were counted.
type Table struct {
	Threads   int // GOMAXPROCS of the clients
	Scenarios []trial.Scenario
	Clients   []string
	Rounds    map[string]map[string][]trial.Result
	Calls     map[string]map[string]float64
}

// A figure sums the rounds of one client in one scenario up. What disturbs a
// round makes it slower, never faster: the least is nearest to the truth.
type figure struct {
	cpu       float64 // nanoseconds a request, of the best round
	rate      float64 // requests a second, of the best round
	p50, p99  time.Duration
	allocs    float64
	allocated float64 // bytes
	calls     float64 // 0: not counted
}

// has reports whether the client took part in the scenario.
func (t *Table) has(scenario, client string) bool { return len(t.Rounds[scenario][client]) > 0 }

func (t *Table) figure(scenario, client string) figure {
	rounds := t.Rounds[scenario][client]
	least := func(of func(*trial.Result) float64) float64 {
		v := math.Inf(1)
		for i := range rounds {
			v = min(v, of(&rounds[i]))
		}
		return v
	}
	f := figure{
		cpu:       least((*trial.Result).PerRequest),
		rate:      -least(func(r *trial.Result) float64 { return -r.Rate() }),
		p50:       time.Duration(least(func(r *trial.Result) float64 { return float64(r.P50) })),
		p99:       time.Duration(least(func(r *trial.Result) float64 { return float64(r.P99) })),
		allocs:    least(func(r *trial.Result) float64 { return r.Allocs }),
		allocated: least(func(r *trial.Result) float64 { return r.Bytes }),
		calls:     t.Calls[scenario][client],
	}
	return f
}

// A quotient compares the CPU time per request of two clients.
type quotient struct {
	best          float64 // of the least of each, over all rounds
	least, median float64 // of the quotients within each round
}

func (t *Table) quotient(scenario, client, over string) quotient {
	a, b := t.Rounds[scenario][client], t.Rounds[scenario][over]
	in := make([]float64, min(len(a), len(b)))
	for i := range in {
		in[i] = a[i].PerRequest() / b[i].PerRequest()
	}
	slices.Sort(in)
	return quotient{
		best:   t.figure(scenario, client).cpu / t.figure(scenario, over).cpu,
		least:  in[0],
		median: in[len(in)/2],
	}
}

// A Verdict is a goal and what came of it.
type Verdict struct {
	goal
	got float64
}

// Missed reports whether what must be was not reached.
func (v *Verdict) Missed() bool { return v.got > v.must }

// Verdicts judges all goals that the table has figures for. Quotients are judged
// by the least CPU time of each client, to two digits: a round that disturbs one
// of the two can neither flatter nor blame.
func (t *Table) Verdicts() []Verdict {
	var all []Verdict
	for _, g := range goals {
		if !t.has(g.scenario, g.client) || g.over != "" && !t.has(g.scenario, g.over) {
			continue
		}
		v := Verdict{goal: g}
		switch {
		case g.over != "":
			v.got = math.Round(100*t.quotient(g.scenario, g.client, g.over).best) / 100
		case g.unit == allocated:
			v.got = math.Round(t.figure(g.scenario, g.client).allocated)
		default:
			v.got = math.Round(t.figure(g.scenario, g.client).allocs)
		}
		all = append(all, v)
	}
	return all
}
