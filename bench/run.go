//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/report"
	"github.com/gohttpx/httpx/bench/stage"
	"github.com/gohttpx/httpx/bench/trial"
)

// root is the directory of the module httpx, seen from that of this one.
const root = ".."

// A bench is one run of this program.
type bench struct {
	*options
	document *report.Document // nil: print only
	misses   []string
}

func run(ctx context.Context, arguments []string) error {
	o, err := parse(arguments)
	if err != nil {
		return err
	}
	b := &bench{options: o}
	if o.out != "" {
		if b.document, err = report.OpenDocument(filepath.Join(o.out, "speed.md")); err != nil {
			return err
		}
	}
	measures := map[string]func(context.Context) error{
		cmdTable: b.table, cmdIdle: b.holdIdle, cmdAcquire: b.acquire, cmdGigabyte: b.gigabyte, cmdProfile: b.profile,
	}
	for _, name := range o.commands {
		if err := measures[name](ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return b.finish()
}

// tell prints a section and puts it into the page.
func (b *bench) tell(part, text string) error {
	fmt.Printf("%s\n", text)
	if b.document == nil {
		return nil
	}
	b.document.Replace(part, text)
	return b.document.Save()
}

// finish tells of what was missed.
func (b *bench) finish() error {
	if !b.check || len(b.misses) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n  %s", errMissed, strings.Join(b.misses, "\n  "))
}

func (b *bench) table(ctx context.Context) error {
	tables, err := b.measure(ctx)
	if err != nil {
		return err
	}
	first := tables[0]
	if b.calls {
		first.Calls, err = stage.CountSystemCalls(ctx, b.scenarios, b.clients, first.Threads)
		if errors.Is(err, stage.ErrNoCounter) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		} else if err != nil {
			return err
		}
	}
	for _, t := range tables {
		b.misses = append(b.misses, t.Misses()...)
	}
	machine := fmt.Sprintf("## Requests\n\n%s %d rounds of %v.\n", stage.ThisMachine(ctx, root), b.rounds, b.duration)
	if err := b.tell("machine", machine); err != nil {
		return err
	}
	if err := b.tell("table", report.Markdown(tables)); err != nil {
		return err
	}
	return b.draw(first)
}

// measure makes a table for each setting of GOMAXPROCS.
func (b *bench) measure(ctx context.Context) ([]*report.Table, error) {
	plan := stage.Plan{
		Scenarios: b.scenarios, Clients: b.clients, Rounds: b.rounds, Warm: b.warm, Duration: b.duration,
		Progress: func(s trial.Scenario, round int) {
			fmt.Fprintf(os.Stderr, "\r\033[K%s: round %d of %d", s.Words, round, b.rounds)
		},
	}
	defer fmt.Fprint(os.Stderr, "\r\033[K")
	if b.before != "" {
		program, remove, err := stage.Build(ctx, b.before)
		if err != nil {
			return nil, err
		}
		defer remove()
		plan.Before = program
	}
	var tables []*report.Table
	for _, plan.Threads = range b.threads {
		outcomes, err := stage.Run(ctx, &plan)
		if err != nil {
			return nil, err
		}
		tables = append(tables, &report.Table{Threads: plan.Threads, Scenarios: b.scenarios, Clients: plan.Names(), Rounds: outcomes})
	}
	return tables, nil
}

// draw writes the chart, where the table is whole.
func (b *bench) draw(t *report.Table) error {
	if b.out == "" || len(b.scenarios) < len(trial.Scenarios) {
		return nil
	}
	svg, err := t.Chart()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, "speed.svg"), svg, 0o644)
}

func (b *bench) holdIdle(ctx context.Context) error {
	results, err := stage.HoldIdle(ctx, b.idle)
	if err != nil {
		return err
	}
	var rows []report.IdleRow
	for _, r := range results {
		rows = append(rows, report.IdleRow{
			Client: r.Client, IsTLS: r.IsTLS, Connections: r.Connections,
			Heap: r.Heap, Stacks: r.Stacks, Sum: r.Sum(), Resident: r.Resident,
		})
	}
	b.misses = append(b.misses, report.IdleMisses(rows)...)
	return b.tell("idle", report.IdleMarkdown(rows))
}

func (b *bench) acquire(ctx context.Context) error {
	results, err := stage.Acquire(ctx, root, 3)
	if err != nil {
		return err
	}
	var rows []report.AcquireRow
	for _, r := range results {
		rows = append(rows, report.AcquireRow(r))
	}
	b.misses = append(b.misses, report.AcquireMisses(rows)...)
	return b.tell("acquire", report.AcquireMarkdown(rows))
}

func (b *bench) gigabyte(ctx context.Context) error {
	down, up, err := stage.MoveGigabyte(ctx, b.large)
	if err != nil {
		return err
	}
	row := func(words string, t *trial.Transfer) report.TransferRow {
		return report.TransferRow{Words: words, Bytes: t.Bytes, Wall: t.Wall, CPU: t.CPU, Before: t.Before, Peak: t.Peak}
	}
	return b.tell("gigabyte", report.TransferMarkdown([]report.TransferRow{row("download", down), row("upload", up)}))
}

// The clients and scenarios whose profiles are kept where none are named.
var (
	profiledClients   = []string{"raw", "httpx SendInto"}
	profiledScenarios = []string{"tiny-1", "tiny-64"}
)

func (b *bench) profile(ctx context.Context) error {
	if b.out == "" {
		return nil
	}
	scenarios, clients := slices.Clone(b.scenarios), slices.Clone(b.clients)
	if len(scenarios) == len(trial.Scenarios) {
		scenarios = slices.DeleteFunc(scenarios, func(s trial.Scenario) bool { return !slices.Contains(profiledScenarios, s.Name) })
	}
	if len(clients) == len(client.All()) {
		clients = slices.DeleteFunc(clients, func(c client.Client) bool { return !slices.Contains(profiledClients, c.Name) })
	}
	return stage.Profile(ctx, filepath.Join(b.out, "profiles"), scenarios, clients, 10*time.Second)
}
