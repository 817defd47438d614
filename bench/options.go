//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// options are what the command line says.
type options struct {
	commands  []string
	scenarios []trial.Scenario
	clients   []client.Client
	rounds    int
	threads   []int  // GOMAXPROCS of the clients, a table each
	before    string // another copy of the repository
	warm      time.Duration
	duration  time.Duration
	idle      int   // connections
	large     int64 // bytes
	out       string
	check     bool
	calls     bool
}

// The measurements, in the order in which all of them run.
const (
	cmdTable    = "table"
	cmdIdle     = "idle"
	cmdAcquire  = "acquire"
	cmdGigabyte = "gigabyte"
	cmdProfile  = "profile"
	cmdAll      = "all"
)

var commands = []string{cmdTable, cmdIdle, cmdAcquire, cmdGigabyte, cmdProfile}

var errHelp = errors.New("asked for help")

const usage = `Bench measures httpx beside other clients.

	go run . [flags] [table] [idle] [acquire] [gigabyte] [profile] [all]

	table     CPU time per request, rates, latencies, allocations (the default)
	idle      memory of idle connections
	acquire   an acquire and release in a pool that holds much
	gigabyte  a gigabyte down and up through a Client
	profile   CPU profiles as text; only with -o

Flags:
`

func parse(arguments []string) (*options, error) {
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), usage)
		set.PrintDefaults()
		fmt.Fprintln(set.Output(), "\nScenarios:")
		for _, s := range trial.Scenarios {
			fmt.Fprintf(set.Output(), "  %-14s %s\n", s.Name, s.Words)
		}
		fmt.Fprintln(set.Output(), "\nClients:")
		for _, c := range client.All() {
			fmt.Fprintf(set.Output(), "  %-22s %s\n", c.Name, c.Words)
		}
	}
	o := new(options)
	scenarios := set.String("scenario", "", "the `names` of scenarios, or the beginnings of names, with commas between; empty: all")
	clients := set.String("client", "", "the `names` of clients, or the beginnings of names, with commas between; empty: all; raw is always among them")
	set.IntVar(&o.rounds, "rounds", 11, "how often each client runs in each scenario")
	procs := set.String("procs", "1", "GOMAXPROCS of the clients, `numbers` with commas between, a table of goals each. They have one core all the same: with 2, hand-offs between goroutines wake threads, and the figures are less steady")
	set.StringVar(&o.before, "before", "", "the `directory` of another copy of this repository, whose clients of httpx are measured beside")
	set.DurationVar(&o.duration, "duration", 150*time.Millisecond, "of one run")
	set.StringVar(&o.out, "o", "", "the `directory` to write speed.md, speed.svg and profiles to; empty: print only")
	set.BoolVar(&o.check, "check", false, "fail where a figure misses what it must be")
	set.BoolVar(&o.calls, "calls", true, "count system calls, where perf or strace can")
	quick := set.Bool("quick", false, "a usable answer within two minutes: 3 rounds of 80 ms, no system calls, 1,000 idle connections")
	if err := set.Parse(arguments); err != nil {
		return nil, errors.Join(errHelp, err)
	}
	o.idle, o.large, o.warm = 10_000, 1<<30, 50*time.Millisecond
	if *quick {
		o.rounds, o.duration, o.warm, o.calls, o.idle = 3, 80*time.Millisecond, 30*time.Millisecond, false, 1_000
	}
	if o.rounds < 1 || o.duration <= 0 {
		return nil, errors.New("-rounds and -duration must be more than nothing")
	}
	var err error
	if o.threads, err = numbers("procs", *procs); err != nil {
		return nil, err
	}
	if o.scenarios, err = choose("scenario", *scenarios, trial.Scenarios, func(s trial.Scenario) string { return s.Name }); err != nil {
		return nil, err
	}
	if *clients != "" {
		*clients = "raw," + *clients
	}
	if o.clients, err = choose("client", *clients, client.All(), func(c client.Client) string { return c.Name }); err != nil {
		return nil, err
	}
	o.commands, err = chooseCommands(set.Args(), o.out)
	return o, err
}

// numbers reads a list of them, each more than nothing.
func numbers(what, list string) ([]int, error) {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-%s: %q is no number from 1", what, word)
		}
		all = append(all, n)
	}
	return all, nil
}

// choose picks those whose names begin as one of the words does.
func choose[T any](what, words string, all []T, name func(T) string) ([]T, error) {
	if words == "" {
		return all, nil
	}
	wanted := strings.Split(words, ",")
	found := make([]bool, len(wanted))
	var some []T
	for _, one := range all {
		isWanted := false
		for i, w := range wanted {
			if w != "" && strings.HasPrefix(name(one), w) {
				isWanted, found[i] = true, true
			}
		}
		if isWanted {
			some = append(some, one)
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		return nil, fmt.Errorf("no %s begins with %q: see -help", what, wanted[i])
	}
	return some, nil
}

func chooseCommands(words []string, out string) ([]string, error) {
	if len(words) == 0 {
		return []string{cmdTable}, nil
	}
	if slices.Contains(words, cmdAll) {
		words = commands
	}
	for _, w := range words {
		if !slices.Contains(commands, w) {
			return nil, fmt.Errorf("no command %q: see -help", w)
		}
	}
	if out == "" && slices.Contains(words, cmdProfile) {
		fmt.Fprintln(os.Stderr, "bench: profiles are files; without -o there are none")
	}
	return words, nil
}
