package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Markdown is the tables for people: the goals of each, then all figures of the
// first.
func Markdown(tables []*Table) string {
	var b strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&b, "### With GOMAXPROCS %d\n\n", t.Threads)
		t.writeGoals(&b)
		b.WriteString("\n")
	}
	first := tables[0]
	for _, s := range first.Scenarios {
		fmt.Fprintf(&b, "### %s\n\n", strings.ToUpper(s.Words[:1])+s.Words[1:])
		if len(tables) > 1 {
			fmt.Fprintf(&b, "GOMAXPROCS %d.\n\n", first.Threads)
		}
		first.writeScenario(&b, s.Name)
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// writeGoals writes the table of the goals, a line for each scenario.
func (t *Table) writeGoals(b *strings.Builder) {
	verdicts := t.Verdicts()
	cell := func(scenario, client, over, unit string) string {
		for i := range verdicts {
			v := &verdicts[i]
			if v.scenario == scenario && v.client == client && v.over == over && (over != "" || v.unit == unit) {
				return v.String()
			}
		}
		return ""
	}
	b.WriteString(`| CPU time per request | SendInto ÷ raw | SendInto ÷ fasthttp | allocations: SendInto | Send | RoundTripper ÷ net/http | allocations |
|---|--:|--:|--:|--:|--:|--:|
`)
	for _, s := range t.Scenarios {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", s.Words,
			cell(s.Name, sendInto, raw, ""), cell(s.Name, sendInto, fasthttp, ""),
			cell(s.Name, sendInto, "", allocations), cell(s.Name, send, "", allocations),
			cell(s.Name, tripper, standard, ""), cell(s.Name, tripper, "", allocations))
	}
	b.WriteString("\nIn brackets: what is aimed at / what must be. ")
	missed := 0
	for i := range verdicts {
		if verdicts[i].Missed() {
			missed++
		}
	}
	switch {
	case missed > 0:
		fmt.Fprintf(b, "✗ marks what must be and is not, %d of %d.\n", missed, len(verdicts))
	case len(verdicts) > 0:
		fmt.Fprintf(b, "All %d that must be are reached.\n", len(verdicts))
	}
}

// String is what a goal has come to, and the goal in brackets.
func (v *Verdict) String() string {
	digits := 2
	if v.over == "" {
		digits = 0
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', digits, 64) }
	limits := number(v.must)
	if v.aim > 0 {
		limits = number(v.aim) + " / " + limits
	}
	text := fmt.Sprintf("%s (%s)", number(v.got), limits)
	if v.Missed() {
		return "**" + text + "** ✗"
	}
	return text
}

// Misses tells of each goal that must be reached and is not, a line each.
func (t *Table) Misses() []string {
	var lines []string
	for _, v := range t.Verdicts() {
		if !v.Missed() {
			continue
		}
		what := v.unit
		if v.over != "" {
			what = "CPU time ÷ " + v.over
		}
		lines = append(lines, fmt.Sprintf("GOMAXPROCS %d, %s, %s, %s: %.4g, must be at most %.4g", t.Threads, v.scenario, v.client, what, v.got, v.must))
	}
	return lines
}

// writeScenario writes the figures of all clients in one scenario.
func (t *Table) writeScenario(b *strings.Builder, scenario string) {
	b.WriteString("| client | CPU µs | ÷ raw | within a round: least, median | requests/s | p50 | p99 | allocations | bytes | system calls |\n" +
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range t.Clients {
		if !t.has(scenario, c) {
			continue
		}
		f := t.figure(scenario, c)
		ratio, within := "", ""
		if t.has(scenario, raw) {
			q := t.quotient(scenario, c, raw)
			ratio, within = fmt.Sprintf("%.2f", q.best), fmt.Sprintf("%.2f, %.2f", q.least, q.median)
		}
		calls := ""
		if f.calls > 0 {
			calls = fmt.Sprintf("%.1f", f.calls)
		}
		fmt.Fprintf(b, "| %s | %.2f | %s | %s | %.0f | %s | %s | %.0f | %.0f | %s |\n",
			c, f.cpu/1e3, ratio, within, f.rate, short(f.p50), short(f.p99), f.allocs, f.allocated, calls)
	}
}

// short is a duration to three digits or so.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= 100*time.Microsecond:
		return d.Round(time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}
