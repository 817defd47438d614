//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// An AcquireResult is what one acquire and release costs beside so many of
// something.
type AcquireResult struct {
	What   string  // idle, origins, waiters
	N      int     // of them
	Nanos  float64 // least of the runs
	Allocs int
}

// Acquire runs the benchmark of the pool's acquire and release, which stands in
// the tests of httpx: it needs no sockets.
func Acquire(ctx context.Context, root string, runs int) ([]AcquireResult, error) {
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkPoolAcquire$", "-benchmem",
		"-benchtime", "200ms", "-count", strconv.Itoa(runs), ".")
	command.Dir = root
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("the benchmark of acquire: %w: %s", err, text)
	}
	results := leastOf(string(text))
	if len(results) == 0 {
		return nil, fmt.Errorf("the benchmark of acquire said %q", text)
	}
	return results, nil
}

var benchmarkLine = regexp.MustCompile(`^BenchmarkPoolAcquire/(\w+)=(\d+)\S*\s+\d+\s+([\d.]+) ns/op\s+\d+ B/op\s+(\d+) allocs/op`)

// leastOf reads the lines of a benchmark, in their order.
func leastOf(text string) []AcquireResult {
	var results []AcquireResult
	at := make(map[string]int)
	for line := range strings.Lines(text) {
		m := benchmarkLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		n, _ := strconv.Atoi(m[2])
		nanos, _ := strconv.ParseFloat(m[3], 64)
		allocs, _ := strconv.Atoi(m[4])
		key := m[1] + "=" + m[2]
		i, ok := at[key]
		if !ok {
			i = len(results)
			at[key] = i
			results = append(results, AcquireResult{m[1], n, nanos, allocs})
		}
		r := &results[i]
		r.Nanos, r.Allocs = min(r.Nanos, nanos), min(r.Allocs, allocs)
	}
	return results
}
