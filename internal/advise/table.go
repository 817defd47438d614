package advise

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText writes the study for people: a table for each limit.
func (s *Study) WriteText(w io.Writer) error {
	var b strings.Builder
	s.Trace.describe(&b)
	for _, sweep := range s.Sweeps {
		b.WriteByte('\n')
		table(&b, []Axis{sweep.Axis}, sweep.Results, s.Trace.Limits)
	}
	b.WriteByte('\n')
	fmt.Fprintf(&b, "With MaxConnections %d and MaxConnectionsPerOrigin %d nobody would have waited for\nanything but a dial.\n\n", s.Enough.Peak, s.Enough.PeakOrigin)
	b.WriteString(legend)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteGrid writes the results of a grid, with a column for each axis that
// varies.
func (t *Trace) WriteGrid(w io.Writer, axes []Axis, results []Result) error {
	var b strings.Builder
	t.describe(&b)
	b.WriteByte('\n')
	table(&b, axes, results, t.Limits)
	b.WriteString("\n" + legend)
	_, err := io.WriteString(w, b.String())
	return err
}

const legend = `*         as recorded
waited    callers that did not get a connection at once
p50 … max of the waits of those that got one, at once or not; a dial counts
refused   callers that got none: too many waited, or for too long
evicted   idle connections closed because another origin needed their slot
idle      the times for which connections idled, in all
memory    of idle connections on average, without the kernel's
`

// describe says what the trace is.
func (t *Trace) describe(b *strings.Builder) {
	keys := make(map[string]struct{})
	for i := range t.Requests {
		keys[t.Requests[i].key()] = struct{}{}
	}
	fmt.Fprintf(b, "%s to %s in %v\n", count(len(t.Requests), "request"), count(len(keys), "origin"), short(t.end))
	for i, axis := range Axes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s %s", axis, axis.Text(axis.Value(t.Limits)))
	}
	b.WriteByte('\n')
	if t.Dropped > 0 {
		fmt.Fprintf(b, "The recording lost %s: what was under way then is not in it.\n", count(int(t.Dropped), "event"))
	}
}

// table writes results in columns, the recorded limits with a star.
func table(b *strings.Builder, axes []Axis, results []Result, recorded Limits) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, " \t")
	for _, axis := range axes {
		fmt.Fprintf(w, "%s\t", axis)
	}
	fmt.Fprint(w, "waited\tp50\tp99\tmax\trefused\tdials\tevicted\tpeak\tidle\tmemory\t\n")
	for _, r := range results {
		mark := " "
		if r.Limits == recorded {
			mark = "*"
		}
		fmt.Fprintf(w, "%s\t", mark)
		for _, axis := range axes {
			fmt.Fprintf(w, "%s\t", axis.Text(axis.Value(r.Limits)))
		}
		fmt.Fprintf(w, "%d\t%v\t%v\t%v\t%d\t%d\t%d\t%d\t%v\t%s\t\n", r.Waited, short(r.Waits.P50), short(r.Waits.P99), short(r.Waits.Max),
			r.Rejected+r.TimedOut, r.Dials, r.Evicted, r.Peak, short(r.Idle), size(r.IdleMemory()))
	}
	w.Flush() // into memory: it cannot fail
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// short rounds a duration to three digits.
func short(d time.Duration) time.Duration {
	for unit := time.Duration(1); unit < time.Hour; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
	return d.Round(time.Second)
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
