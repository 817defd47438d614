package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gohttpx/httpx/internal/advise"
	"github.com/spf13/cobra"
)

// adviseOptions are the values to look at; without any, those around the
// recorded ones.
type adviseOptions struct {
	values map[advise.Axis][]int64
	svg    string
}

func newAdviseCommand(t *terminal) *cobra.Command {
	o := &adviseOptions{values: make(map[advise.Axis][]int64)}
	cmd := &cobra.Command{
		Use:   "advise TRACE",
		Short: "Tell what other limits of a pool would have meant",
		Long: `Replay what a pool was asked for (recorded by httpx.RecordDemand), in virtual time
and by the pool's own decisions, under other limits, and tell how long callers
would have waited, what would have been dialled, and what would have idled.

Without values it varies one limit after the other around what was recorded. With
values (lists with commas; none is no limit) it takes every combination of them.
TRACE is a file, or - for standard input.`,
		Example: `  httpx advise trace.jsonl
  httpx advise --svg limits.svg trace.jsonl
  httpx advise --max-connections 10,20,50 --idle-timeout 10s,90s trace.jsonl`,
		Args: exactArgs(1, "want one file with a trace"),
		RunE: func(_ *cobra.Command, args []string) error {
			return runAdvise(o, t, args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.Var(&axisFlag{o, advise.MaxConnections}, "max-connections", "look at these `NUMBERS` of connections in all")
	f.Var(&axisFlag{o, advise.MaxConnectionsPerOrigin}, "max-connections-per-origin", "at these `NUMBERS` for each origin")
	f.Var(&axisFlag{o, advise.MaxIdle}, "max-idle", "at these `NUMBERS` of idle ones")
	f.Var(&axisFlag{o, advise.IdleTimeout}, "idle-timeout", "at these `TIMES` that a connection may idle, in seconds or as 1m30s")
	f.StringVar(&o.svg, "svg", "", "draw it to `FILE` too")
	return cmd
}

func runAdvise(o *adviseOptions, t *terminal, name string) error {
	if o.svg != "" && len(o.values) > 0 {
		return usageError{errors.New("--svg draws what is around the recorded limits: it does not go with values")}
	}
	trace, err := readTrace(name, t.in)
	if err != nil {
		return localError{exitReadInput, fmt.Errorf("%s: %w", name, err)}
	}
	out := &output{w: t.out}
	if len(o.values) > 0 {
		results, err := trace.Grid(o.values)
		if err != nil {
			return usageError{err}
		}
		return trace.WriteGrid(out, o.axes(), results)
	}
	study := trace.Study()
	if o.svg != "" {
		if err := writeSVG(o.svg, study); err != nil {
			return localError{exitWriteOutput, err}
		}
	}
	return study.WriteText(out)
}

func readTrace(name string, stdin io.Reader) (*advise.Trace, error) {
	if name == "-" {
		return advise.Read(stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, errors.Unwrap(err) // the name is said anyway
	}
	defer file.Close()
	return advise.Read(file)
}

func writeSVG(name string, study *advise.Study) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	err = study.WriteSVG(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// axes are those that values were given for.
func (o *adviseOptions) axes() []advise.Axis {
	var axes []advise.Axis
	for _, axis := range advise.Axes {
		if len(o.values[axis]) > 0 {
			axes = append(axes, axis)
		}
	}
	return axes
}

// An axisFlag takes the values of a limit.
type axisFlag struct {
	options *adviseOptions
	axis    advise.Axis
}

func (f *axisFlag) Set(list string) error {
	for text := range strings.SplitSeq(list, ",") {
		value, err := f.parse(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		f.options.values[f.axis] = append(f.options.values[f.axis], value)
	}
	return nil
}

func (f *axisFlag) parse(text string) (int64, error) {
	if text == "none" {
		return -1, nil
	}
	if f.axis == advise.IdleTimeout {
		var d seconds
		err := d.Set(text)
		return int64(time.Duration(d)), err
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("want numbers with commas between, or none, not %q", text)
	}
	return int64(n), nil
}

func (f *axisFlag) String() string { return "" }

// Type is what pflag calls the kind of a value.
func (f *axisFlag) Type() string { return "list" }
