//go:build linux

package stage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "httpx.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, ".")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building the benchmark of acquire: %w", err)
	}
	var text bytes.Buffer
	command := exec.CommandContext(ctx, binary, "-test.run", "^$", "-test.bench", "^BenchmarkPoolAcquire$", "-test.benchmem",
		"-test.benchtime", "300ms", "-test.count", strconv.Itoa(runs))
	command.Dir, command.Stdout, command.Stderr = root, &text, os.Stderr
	if err := startOn(clientCore, 0, command); err != nil {
		return nil, err
	}
	if err := command.Wait(); err != nil {
		return nil, fmt.Errorf("the benchmark of acquire: %w: %s", err, &text)
	}
	results := leastOf(text.String())
	if len(results) == 0 {
		return nil, fmt.Errorf("the benchmark of acquire said %q", text.String())
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
