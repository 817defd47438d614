package report

import (
	"fmt"
	"strings"
	"time"
)

// An IdleRow is the memory of idle connections, in bytes each.
type IdleRow struct {
	Client                      string
	IsTLS                       bool
	Connections                 int
	Heap, Stacks, Sum, Resident float64
}

// idleShare is what an idle plain connection of httpx may take of what one of
// net/http does.
const idleShare = 0.2

// IdleMarkdown is the section of the memory of idle connections.
func IdleMarkdown(rows []IdleRow) string {
	var b strings.Builder
	b.WriteString("## Idle connections\n\n")
	fmt.Fprintf(&b, "Memory of %d idle connections, bytes each, the server in another process: live heap and stacks of goroutines, and what the resident memory of the process grew by. In it is what the sockets take in Go, and in crypto/tls: the rows of *raw*.\n\n", rows[0].Connections)
	b.WriteString("| client | | heap | stacks | together | resident |\n|---|---|--:|--:|--:|--:|\n")
	for _, r := range rows {
		kind := "plain"
		if r.IsTLS {
			kind = "TLS"
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f | %.0f | %.0f |\n", r.Client, kind, r.Heap, r.Stacks, r.Sum, r.Resident)
	}
	own, standard := idleSum(rows, "httpx", false), idleSum(rows, "net/http", false)
	mark := ""
	if own > idleShare*standard {
		mark = " ✗"
	}
	fmt.Fprintf(&b, "\nPlain, httpx ÷ net/http: %.2f (must be at most %.2f)%s; TLS: %.2f.\n", own/standard, idleShare, mark,
		idleSum(rows, "httpx", true)/idleSum(rows, "net/http", true))
	return b.String()
}

func idleSum(rows []IdleRow, client string, isTLS bool) float64 {
	for _, r := range rows {
		if r.Client == client && r.IsTLS == isTLS {
			return r.Sum
		}
	}
	return 0
}

// IdleMisses says what must be and is not.
func IdleMisses(rows []IdleRow) []string {
	own, standard := idleSum(rows, "httpx", false), idleSum(rows, "net/http", false)
	if own <= idleShare*standard {
		return nil
	}
	return []string{fmt.Sprintf("idle plain connection: %.0f bytes, must be at most %.2f of net/http's %.0f", own, idleShare, standard)}
}

// An AcquireRow is what an acquire and release costs beside N of What.
type AcquireRow struct {
	What   string
	N      int
	Nanos  float64
	Allocs int
}

// Limits of an acquire and release: that beside the most of something costs so
// many times what it costs beside the fewest, and so many nanoseconds.
const (
	acquireGrowth = 2
	acquireNanos  = 1000
)

// words tells what there are N of.
var words = map[string]string{
	"idle":    "idle connections of the origin",
	"active":  "connections of the origin at work",
	"origins": "origins with an idle connection each",
	"waiters": "callers that wait for another origin",
	"queue":   "callers that wait for the same connection",
}

// AcquireMarkdown is the section of acquire and release.
func AcquireMarkdown(rows []AcquireRow) string {
	var b strings.Builder
	b.WriteString("## Acquire and release\n\nOne connection leased from the pool and given back, without a request on it, beside so many others.\n\n| beside | number | ns | allocations |\n|---|--:|--:|--:|\n")
	for _, r := range rows {
		what := words[r.What]
		if what == "" {
			what = r.What
		}
		fmt.Fprintf(&b, "| %s | %d | %.0f | %d |\n", what, r.N, r.Nanos, r.Allocs)
	}
	fmt.Fprintf(&b, "\nWith 10,000 of anything it must cost at most %d times what it costs with 10, and less than %d ns.", acquireGrowth, acquireNanos)
	if misses := AcquireMisses(rows); len(misses) > 0 {
		b.WriteString(" ✗ " + strings.Join(misses, "; ") + ".")
	}
	b.WriteString("\n")
	return b.String()
}

// AcquireMisses says what must be and is not.
func AcquireMisses(rows []AcquireRow) []string {
	least := make(map[string]AcquireRow)
	for _, r := range rows {
		if first, ok := least[r.What]; !ok || r.N < first.N {
			least[r.What] = r
		}
	}
	var misses []string
	for _, r := range rows {
		first := least[r.What]
		switch {
		case r.Nanos > acquireNanos:
			misses = append(misses, fmt.Sprintf("beside %d %s: %.0f ns", r.N, words[r.What], r.Nanos))
		case r.Nanos > acquireGrowth*first.Nanos:
			misses = append(misses, fmt.Sprintf("beside %d %s: %.1f times what it costs beside %d", r.N, words[r.What], r.Nanos/first.Nanos, first.N))
		}
	}
	return misses
}

// A TransferRow is a large body that went through a Client.
type TransferRow struct {
	Words        string
	Bytes        int64
	Wall, CPU    time.Duration
	Before, Peak int64
}

// TransferMarkdown is the section of large bodies.
func TransferMarkdown(rows []TransferRow) string {
	var b strings.Builder
	b.WriteString("## Large bodies\n\nThrough a Client, streamed: the resident memory of the process before, and the most that it was.\n\n| | bytes | seconds | CPU seconds | MiB/s | resident before | at most |\n|---|--:|--:|--:|--:|--:|--:|\n")
	const mib = 1 << 20
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %d | %.2f | %.2f | %.0f | %.1f MiB | %.1f MiB |\n", r.Words, r.Bytes, r.Wall.Seconds(), r.CPU.Seconds(),
			float64(r.Bytes)/mib/r.Wall.Seconds(), float64(r.Before)/mib, float64(r.Peak)/mib)
	}
	return b.String()
}
