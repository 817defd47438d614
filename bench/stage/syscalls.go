//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// ErrNoCounter says that nothing here counts system calls.
var ErrNoCounter = errors.New("neither perf nor strace can count system calls here")

// A counter runs a program and counts its system calls.
type counter struct {
	words func(file string) []string // what stands before the program
	read  func(text string) (int, error)
}

// perf disturbs nothing, strace makes every call slow.
var counters = []counter{
	{
		words: func(file string) []string {
			return []string{"perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-o", file}
		},
		read: readPerf,
	},
	{
		words: func(file string) []string { return []string{"strace", "-f", "-c", "-o", file} },
		read:  readStrace,
	},
}

// findCounter looks for a counter that works.
func findCounter() (*counter, error) {
	for i := range counters {
		c := &counters[i]
		if n, err := c.count(func(wrap []string) error {
			return exec.Command(wrap[0], append(wrap[1:], "true")...).Run()
		}); err == nil && n > 0 {
			return c, nil
		}
	}
	return nil, ErrNoCounter
}

// count lets run start a program with the words before it, and says how many
// system calls that made.
func (c *counter) count(run func(wrap []string) error) (int, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "count")
	if err := run(c.words(file)); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return c.read(string(text))
}

// readPerf reads lines such as 29,,raw_syscalls:sys_enter,1463835,100.00,,
func readPerf(text string) (int, error) {
	for line := range strings.Lines(text) {
		number, rest, _ := strings.Cut(line, ",")
		if strings.Contains(rest, "raw_syscalls:sys_enter") {
			return strconv.Atoi(number)
		}
	}
	return 0, fmt.Errorf("perf said %q", text)
}

// readStrace reads the last line: 100.00 0.001 12 345 6 total
func readStrace(text string) (int, error) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) >= 5 && words[len(words)-1] == "total" {
			return strconv.Atoi(words[3])
		}
	}
	return 0, fmt.Errorf("strace said %q", text)
}

// How many requests are counted: the calls of the longer run less those of the
// shorter are the calls of the requests alone.
const (
	fewRequests  = 4096
	manyRequests = 3 * fewRequests
)

// CountSystemCalls counts the system calls per request, by the name of the
// scenario, then by that of the client. threads is GOMAXPROCS of the clients.
func CountSystemCalls(ctx context.Context, scenarios []trial.Scenario, clients []client.Client, threads int) (map[string]map[string]float64, error) {
	counter, err := findCounter()
	if err != nil {
		return nil, err
	}
	servers, err := startServers(scenarios)
	if err != nil {
		return nil, err
	}
	defer servers.stop()
	calls := make(map[string]map[string]float64)
	for _, s := range scenarios {
		calls[s.Name] = make(map[string]float64)
		for _, c := range suited(clients, s) {
			var counts, requests [2]int
			for i, n := range []int{fewRequests, manyRequests} {
				spec := servers.spec(s)
				spec.Client, spec.Requests, spec.Threads = c.Name, n, threads
				counts[i], err = counter.count(func(wrap []string) error {
					result, err := try(ctx, spec, append(slices.Clone(wrap), self()))
					if err == nil {
						requests[i] = result.Requests
					}
					return err
				})
				if err != nil {
					return nil, err
				}
			}
			calls[s.Name][c.Name] = float64(counts[1]-counts[0]) / float64(requests[1]-requests[0])
		}
	}
	return calls, nil
}
