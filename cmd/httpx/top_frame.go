package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gohttpx/httpx"
)

// frame is the picture of a snapshot, or of why there is none.
func (t *top) frame(s *httpx.PoolSnapshot, err error, paint painter) string {
	var b strings.Builder
	if err != nil {
		fmt.Fprintf(&b, "%s  %s\n%s\n", t.page, time.Now().Format(time.TimeOnly), paint.paint(red, err.Error()))
		return b.String()
	}
	fmt.Fprintf(&b, "%s  %s\n%s", t.page, s.Time.Format(time.TimeOnly), s.Text)
	if s.Closed {
		b.WriteString(" closed")
	}
	b.WriteString("\n\n")
	writeLimits(&b, s)
	t.writeTotals(&b, s)
	for _, table := range []func(*tabwriter.Writer, *httpx.PoolSnapshot) bool{writeOrigins, writeConnections, writeWaiters} {
		writeTable(&b, paint, s, table)
	}
	return b.String()
}

// writeLimits says how much of each limit is used.
func writeLimits(b *strings.Builder, s *httpx.PoolSnapshot) {
	n := s.Counts
	all := n.Connecting + n.Active + n.Idle + n.Upgraded
	fmt.Fprintf(b, "connections %d of %s, %s of one origin    idle %d of %s, for %s    waiting %d of %s, for %s\n",
		all, limit(s.Limits.MaxConnections), limit(s.Limits.MaxConnectionsPerOrigin),
		n.Idle, limit(s.Limits.MaxIdle), timeLimit(s.Limits.IdleTimeout),
		n.Waiting, limit(s.Limits.MaxWaiting), timeLimit(s.Limits.AcquireTimeout))
}

// limit is a limit for people; -1 is none.
func limit(n int) string {
	if n < 0 {
		return "any"
	}
	return fmt.Sprint(n)
}

func timeLimit(d time.Duration) string {
	if d < 0 {
		return "ever"
	}
	return d.String()
}

// writeTotals says what happened since the beginning and, where a snapshot was
// shown before, how fast it goes on.
func (t *top) writeTotals(b *strings.Builder, s *httpx.PoolSnapshot) {
	now := totals(s)
	var was [len(now)]uint64
	var passed float64
	if t.before != nil {
		was = totals(t.before)
		passed = s.Time.Sub(t.before.Time).Seconds()
	}
	for i, name := range []string{"opened", "failed dials", "reused", "waited", "rejected", "replayed"} {
		if i > 0 {
			b.WriteString("    ")
		}
		fmt.Fprintf(b, "%s %d", name, now[i])
		if passed > 0 && now[i] > was[i] {
			fmt.Fprintf(b, " (+%.0f/s)", float64(now[i]-was[i])/passed)
		}
	}
	b.WriteByte('\n')
	if len(s.Totals.Closed) == 0 {
		return
	}
	reasons := slices.SortedFunc(maps.Keys(s.Totals.Closed), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Totals.Closed[b], s.Totals.Closed[a]), cmp.Compare(a, b))
	})
	b.WriteString("closed: ")
	for i, reason := range reasons {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%d %s", s.Totals.Closed[reason], reason)
	}
	b.WriteByte('\n')
}

func totals(s *httpx.PoolSnapshot) [6]uint64 {
	t := s.Totals
	return [...]uint64{t.Opened, t.DialFailures, t.Reused, t.Waited, t.Rejected, t.Replayed}
}

// writeTable writes a table below an empty line, its head in grey; nothing where
// it is empty.
func writeTable(b *strings.Builder, paint painter, s *httpx.PoolSnapshot, rows func(*tabwriter.Writer, *httpx.PoolSnapshot) bool) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	if !rows(w, s) {
		return
	}
	w.Flush() // into memory: it cannot fail
	for i, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
		line = strings.TrimRight(line, " ")
		if i == 0 {
			line = "\n" + paint.paint(grey, line)
		}
		b.WriteString(line + "\n")
	}
}

func writeOrigins(w *tabwriter.Writer, s *httpx.PoolSnapshot) bool {
	fmt.Fprintln(w, "CONNECTING\tACTIVE\tIDLE\tUPGRADED\tWAITING\tKEEPS\tORIGIN")
	for _, o := range s.Origins {
		var keeps string
		if o.LearnedIdle > 0 {
			keeps = shortDuration(o.LearnedIdle).String()
		}
		n := o.Counts
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%s\t%s%s\n", n.Connecting, n.Active, n.Idle, n.Upgraded, n.Waiting, keeps, o.Origin, via(o.Route))
	}
	return len(s.Origins) > 0
}

// writeConnections lists the connections: those at work first, and of them
// those that have been for longest.
func writeConnections(w *tabwriter.Writer, s *httpx.PoolSnapshot) bool {
	fmt.Fprintln(w, "CONNECTION\tSTATE\tFOR\tAGE\tSERVED\tIN\tOUT\tTO")
	order := map[httpx.State]int{httpx.Active: 1, httpx.Connecting: 2, httpx.Upgraded: 3, httpx.Idle: 4}
	conns := slices.SortedStableFunc(slices.Values(s.Connections), func(a, b httpx.ConnectionSnapshot) int {
		return cmp.Or(cmp.Compare(order[a.State], order[b.State]), cmp.Compare(b.For, a.For))
	})
	for _, c := range conns {
		state := strings.ToLower(c.State.String())
		if c.State == httpx.Upgraded {
			state = c.Protocol
		}
		to := c.Origin + via(c.Route)
		if r := c.Request; r != nil {
			to = fmt.Sprintf("%s %s%s: %s for %v", r.Method, r.URL, via(c.Route), r.Phase, shortDuration(r.For))
		} else if c.Expires > 0 {
			to += fmt.Sprintf(", expires in %v", shortDuration(c.Expires))
		}
		fmt.Fprintf(w, "%d\t%s\t%v\t%v\t%d\t%s\t%s\t%s\n", c.ID, state, shortDuration(c.For), shortDuration(c.Age), c.Served, byteCount(c.BytesIn), byteCount(c.BytesOut), to)
	}
	return len(conns) > 0
}

// writeWaiters lists who waits, the longest first.
func writeWaiters(w *tabwriter.Writer, s *httpx.PoolSnapshot) bool {
	fmt.Fprintln(w, "WAITING FOR\tPLACE\tHELD BY\tTO")
	waiters := slices.SortedStableFunc(slices.Values(s.Waiters), func(a, b httpx.WaiterSnapshot) int { return cmp.Compare(b.For, a.For) })
	for _, c := range waiters {
		fmt.Fprintf(w, "%v\t%d\t%s\t%s%s\n", shortDuration(c.For), c.Position+1, c.HeldBy, c.Origin, via(c.Route))
	}
	return len(waiters) > 0
}

func via(route []string) string {
	if len(route) == 0 {
		return ""
	}
	return " via " + strings.Join(route, ", ")
}

// byteCount is a number of bytes for people.
func byteCount(n int64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if n < 10_000 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n >>= 10
	}
	return fmt.Sprintf("%d TiB", n)
}
