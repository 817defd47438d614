package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/bench/trial"
)

// round is a result of so many nanoseconds a request.
func round(nanos float64, allocs float64) trial.Result {
	return trial.Result{Requests: 1000, CPU: time.Duration(1000 * nanos), Wall: time.Second, Allocs: allocs}
}

func table(t *testing.T, rounds map[string][]trial.Result) *Table {
	t.Helper()
	s, ok := trial.ScenarioNamed("tiny-64")
	if !ok {
		t.Fatal("no scenario tiny-64")
	}
	made := &Table{Scenarios: []trial.Scenario{s}, Rounds: map[string]map[string][]trial.Result{s.Name: rounds}}
	for _, c := range []string{raw, sendInto, fasthttp} {
		if _, ok := rounds[c]; ok {
			made.Clients = append(made.Clients, c)
		}
	}
	return made
}

// A disturbed round of either client neither flatters nor blames: the quotient
// is that of the best rounds.
func TestQuotient(t *testing.T) {
	made := table(t, map[string][]trial.Result{
		raw:      {round(1000, 0), round(4000, 0), round(1100, 0)},
		sendInto: {round(1200, 0), round(1210, 0), round(9000, 0)},
	})
	q := made.quotient("tiny-64", sendInto, raw)
	if q.best != 1.2 {
		t.Errorf("the quotient is %v, want that of the best rounds, 1.2", q.best)
	}
	if q.least != 1210.0/4000 || q.median != 1.2 {
		t.Errorf("within a round %v and %v, want 0.3025 and 1.2", q.least, q.median)
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name   string
		nanos  float64
		allocs float64
		misses string // each must hold its word
	}{
		{"all is well", 1120, 0.04, ""},
		{"too slow", 1130, 0, "÷ raw"},
		{"too many allocations", 1000, 1, "allocations"},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := table(t, map[string][]trial.Result{raw: {round(1000, 0)}, sendInto: {round(c.nanos, c.allocs)}})
			misses := made.Misses()
			switch {
			case c.misses == "" && len(misses) > 0:
				t.Errorf("missed %q, want nothing", misses)
			case c.misses != "" && (len(misses) != 1 || !strings.Contains(misses[0], c.misses)):
				t.Errorf("missed %q, want one about %s", misses, c.misses)
			}
			if marked := strings.Contains(Markdown([]*Table{made}), "✗"); marked != (c.misses != "") {
				t.Errorf("marked in the page: %v", marked)
			}
		})
	}
}

// Every goal is one of a scenario that there is, and names each client once.
func TestGoals(t *testing.T) {
	seen := make(map[goal]bool)
	for _, g := range goals {
		if _, ok := trial.ScenarioNamed(g.scenario); !ok {
			t.Errorf("a goal for %q, which is no scenario", g.scenario)
		}
		if g.aim > g.must {
			t.Errorf("%+v aims at less than it must", g)
		}
		key := goal{scenario: g.scenario, client: g.client, over: g.over, unit: g.unit}
		if seen[key] {
			t.Errorf("two goals like %+v", key)
		}
		seen[key] = true
	}
}

func TestChart(t *testing.T) {
	made := table(t, map[string][]trial.Result{raw: {round(1000, 0)}, sendInto: {round(1050, 0)}, fasthttp: {round(1300, 0)}})
	svg, err := made.Chart()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "fasthttp", "httpx", "</svg>"} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no %q in the chart", want)
		}
	}
	if _, err := table(t, map[string][]trial.Result{sendInto: {round(1, 0)}}).Chart(); err == nil {
		t.Error("a chart of quotients without what they are over")
	}
}

// A part that is written anew leaves the others as they were.
// Each setting has its table of goals, and the first one all figures.
func TestMarkdownOfSettings(t *testing.T) {
	one := table(t, map[string][]trial.Result{raw: {round(1000, 0)}, sendInto: {round(1050, 0)}})
	two := table(t, map[string][]trial.Result{raw: {round(1000, 0)}, sendInto: {round(2000, 0)}})
	one.Threads, two.Threads = 1, 2
	text := Markdown([]*Table{one, two})
	for word, n := range map[string]int{
		"### With GOMAXPROCS 1\n": 1, "### With GOMAXPROCS 2\n": 1, "All 2 that must be are reached.": 1, "1 of 2.": 1,
		"### Tiny, 64 connections\n\nGOMAXPROCS 1.\n": 1, "| httpx SendInto | 1.05 |": 1, "| httpx SendInto | 2.00 |": 0,
	} {
		if got := strings.Count(text, word); got != n {
			t.Errorf("%q is there %d times, want %d:\n%s", word, got, n, text)
		}
	}
	if misses := two.Misses(); len(misses) != 1 || !strings.HasPrefix(misses[0], "GOMAXPROCS 2, tiny-64") {
		t.Errorf("missed are %q", misses)
	}
}

func TestDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docs", "speed.md")
	write := func(part, text string) {
		t.Helper()
		d, err := OpenDocument(path)
		if err != nil {
			t.Fatal(err)
		}
		d.Replace(part, text)
		if err := d.Save(); err != nil {
			t.Fatal(err)
		}
	}
	write("table", "the first table\n")
	write("idle", "the idle ones\n")
	write("table", "the second table\n")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	if strings.Contains(page, "the first table") || strings.Count(page, "the second table\n") != 1 || strings.Count(page, "the idle ones\n") != 1 {
		t.Errorf("the page is\n%s", page)
	}
	if strings.Index(page, "second table") > strings.Index(page, "idle ones") {
		t.Error("the parts are not in their order")
	}
}

func TestAcquireMisses(t *testing.T) {
	rows := []AcquireRow{{"idle", 10, 100, 0}, {"idle", 10_000, 199, 0}, {"waiters", 10, 600, 0}, {"waiters", 10_000, 1001, 0}}
	misses := AcquireMisses(rows)
	if len(misses) != 1 || !strings.Contains(misses[0], "1001 ns") {
		t.Errorf("missed %q, want the one above a microsecond", misses)
	}
	rows[1].Nanos = 201
	if misses := AcquireMisses(rows[:2]); len(misses) != 1 || !strings.Contains(misses[0], "2.0 times") {
		t.Errorf("missed %q, want the one that doubled", misses)
	}
}

func TestIdleMisses(t *testing.T) {
	rows := []IdleRow{{Client: "httpx", Sum: 2000}, {Client: "net/http", Sum: 10_000}}
	if misses := IdleMisses(rows); misses != nil {
		t.Errorf("missed %q at a fifth", misses)
	}
	rows[0].Sum++
	if misses := IdleMisses(rows); len(misses) != 1 {
		t.Errorf("missed %q above a fifth, want one", misses)
	}
}
