//go:build linux

package stage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// The tests' program is the servers and the clients, too.
func TestMain(m *testing.M) {
	if played, err := Play(os.Args[1:]); played {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Each client gets the right answers in each scenario: a trial checks them all.
func TestEveryClientInEveryScenario(t *testing.T) {
	servers, err := startServers(trial.Scenarios)
	if err != nil {
		t.Fatal(err)
	}
	defer servers.stop()
	for _, s := range trial.Scenarios {
		for _, c := range suited(client.All(), s) {
			t.Run(s.Name+"/"+c.Name, func(t *testing.T) {
				spec := servers.spec(s)
				spec.Client, spec.Requests = c.Name, 2*s.Callers
				result, err := Try(t.Context(), spec)
				if err != nil {
					t.Fatal(err)
				}
				if result.Requests != 2*s.Callers {
					t.Errorf("%d requests, want %d", result.Requests, 2*s.Callers)
				}
			})
		}
	}
}

// Run runs each client once a round, and measures something.
func TestRun(t *testing.T) {
	scenario, _ := trial.ScenarioNamed("tiny-64")
	clients := []client.Client{named(t, "raw"), named(t, "httpx SendInto")}
	var rounds []int
	outcomes, err := Run(t.Context(), &Plan{
		Scenarios: []trial.Scenario{scenario}, Clients: clients, Rounds: 2,
		Warm: 5 * time.Millisecond, Duration: 20 * time.Millisecond,
		Progress: func(_ trial.Scenario, round int) { rounds = append(rounds, round) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(rounds) != "[1 2]" {
		t.Errorf("told of the rounds %v, want 1 and 2", rounds)
	}
	for _, c := range clients {
		results := outcomes[scenario.Name][c.Name]
		if len(results) != 2 {
			t.Fatalf("%s: %d results, want one a round", c.Name, len(results))
		}
		for _, r := range results {
			if r.Requests == 0 || r.CPU <= 0 || r.Wall < 20*time.Millisecond || r.P50 <= 0 || r.P99 < r.P50 {
				t.Errorf("%s: a result that cannot be: %+v", c.Name, r)
			}
		}
	}
}

// Clients of httpx, and no others, take part in another build's process too.
func TestRunBefore(t *testing.T) {
	scenario, _ := trial.ScenarioNamed("tiny-1")
	plan := &Plan{
		Scenarios: []trial.Scenario{scenario}, Clients: []client.Client{named(t, "raw"), named(t, "httpx Send")}, Rounds: 1,
		Before: self(), Warm: 5 * time.Millisecond, Duration: 20 * time.Millisecond,
	}
	want := []string{"raw", "httpx Send", "httpx Send, before"}
	if got := plan.Names(); !slices.Equal(got, want) {
		t.Errorf("%q take part, want %q", got, want)
	}
	outcomes, err := Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range want {
		if n := len(outcomes[scenario.Name][name]); n != 1 {
			t.Errorf("%s: %d results, want 1", name, n)
		}
	}
	plan.Before = "/nowhere"
	if _, err := Run(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "httpx Send, before") {
		t.Errorf("got %v, want it to name who could not run", err)
	}
}

func named(t *testing.T, name string) client.Client {
	t.Helper()
	c, err := client.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTryTellsWhatWentWrong(t *testing.T) {
	_, err := Try(t.Context(), &trial.Spec{Client: "nobody", Scenario: "tiny-1"})
	if err == nil || !strings.Contains(err.Error(), `no client "nobody"`) {
		t.Errorf("got %v, want it to name the client", err)
	}
}

func TestTryEndsWithItsContext(t *testing.T) {
	server, err := StartPlain()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Try(ctx, &trial.Spec{Client: "raw", Scenario: "tiny-1", Address: server.Address(1), Duration: time.Hour}); err == nil {
		t.Error("a trial of an hour was over before its context")
	}
}

func TestHoldIdle(t *testing.T) {
	results, err := HoldIdle(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(client.Holders); len(results) != want {
		t.Fatalf("%d results, want %d", len(results), want)
	}
	for _, r := range results {
		if r.Connections != 50 || r.Sum() <= 0 {
			t.Errorf("%s: a result that cannot be: %+v", r.Client, r)
		}
	}
}

func TestMoveGigabyte(t *testing.T) {
	const bytes = 8 << 20
	down, up, err := MoveGigabyte(t.Context(), bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, moved := range []*trial.Transfer{down, up} {
		if moved.Bytes != bytes || moved.Wall <= 0 || moved.Peak < moved.Before {
			t.Errorf("a result that cannot be: %+v", moved)
		}
	}
}

// The server closes what it does not understand, and serves on.
func TestServerRefuses(t *testing.T) {
	server, err := StartPlain()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	url := "http://" + server.Address(1)
	for _, path := range []string{"/", "/nothing", "/echo/", "/echo/x", "/echo/99999999999"} {
		if res, err := http.Get(url + path); err == nil {
			res.Body.Close()
			t.Errorf("%s was answered %s", path, res.Status)
		}
	}
	res, err := http.Post(url+"/echo/5", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "hello" {
		t.Errorf("echoed %q, %v; want hello", body, err)
	}
}

func TestReadCounters(t *testing.T) {
	perf := "# started on some day\n\n29,,raw_syscalls:sys_enter,1463835,100.00,,\n"
	strace := "% time     seconds  usecs/call     calls    errors syscall\n" +
		" 60.00    0.000600           3       200           read\n" +
		"100.00    0.001000           3       345         6 total\n"
	for _, c := range []struct {
		name, text string
		read       func(string) (int, error)
		want       int
	}{
		{"perf", perf, readPerf, 29},
		{"strace", strace, readStrace, 345},
	} {
		if n, err := c.read(c.text); err != nil || n != c.want {
			t.Errorf("%s: %d, %v; want %d", c.name, n, err, c.want)
		}
		if n, err := c.read("not supported here\n"); err == nil {
			t.Errorf("%s: %d of a text without a number", c.name, n)
		}
	}
}

func TestLeastOf(t *testing.T) {
	text := `goos: linux
BenchmarkPoolAcquire/idle=10-2         	  966349	       126.4 ns/op	       0 B/op	       0 allocs/op
BenchmarkPoolAcquire/idle=10-2         	  966349	       120.0 ns/op	       0 B/op	       1 allocs/op
BenchmarkPoolAcquire/waiters=10000-2   	  906927	       154.6 ns/op	       8 B/op	       2 allocs/op
PASS
`
	got := fmt.Sprint(leastOf(text))
	if want := "[{idle 10 120 0} {waiters 10000 154.6 2}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
