package advise

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// An Axis is a limit that is varied.
type Axis uint8

const (
	MaxConnections Axis = iota
	MaxConnectionsPerOrigin
	MaxIdle
	IdleTimeout
)

// Axes are all of them, in the order in which they are told.
var Axes = []Axis{MaxConnections, MaxConnectionsPerOrigin, MaxIdle, IdleTimeout}

// String is the name of the option.
func (a Axis) String() string {
	switch a {
	case MaxConnections:
		return "MaxConnections"
	case MaxConnectionsPerOrigin:
		return "MaxConnectionsPerOrigin"
	case MaxIdle:
		return "MaxIdle"
	}
	return "IdleTimeout"
}

// Value is what the limits say of the axis; -1 is none.
func (a Axis) Value(l Limits) int64 {
	switch a {
	case MaxConnections:
		return int64(l.MaxConnections)
	case MaxConnectionsPerOrigin:
		return int64(l.MaxConnectionsPerOrigin)
	case MaxIdle:
		return int64(l.MaxIdle)
	}
	return int64(l.IdleTimeout)
}

// Text is a value for people.
func (a Axis) Text(value int64) string {
	switch {
	case value < 0:
		return "none"
	case a == IdleTimeout:
		return time.Duration(value).String()
	}
	return strconv.FormatInt(value, 10)
}

// With returns the limits with another value of the axis. As in the pool, the
// limits by origin and on idle connections go with the one on all where they
// said the same, and are never above it.
func (a Axis) With(l Limits, value int64) Limits {
	switch a {
	case MaxConnections:
		was := l.MaxConnections
		l.MaxConnections = int(value)
		l.MaxConnectionsPerOrigin = follow(l.MaxConnectionsPerOrigin, was, l.MaxConnections)
		l.MaxIdle = follow(l.MaxIdle, was, l.MaxConnections)
	case MaxConnectionsPerOrigin:
		l.MaxConnectionsPerOrigin = int(value)
	case MaxIdle:
		l.MaxIdle = int(value)
	case IdleTimeout:
		l.IdleTimeout = time.Duration(value)
	}
	return l
}

// follow is a limit after the one on all went from was to is.
func follow(limit, was, is int) int {
	if limit == was {
		return is
	}
	if is >= 0 && (limit < 0 || limit > is) {
		return is
	}
	return limit
}

// A Sweep is what would have been with each of some values of one limit, the
// others as they were recorded. The recorded value is among them.
type Sweep struct {
	Axis    Axis
	Results []Result // from the lowest value to the highest
}

// A Study is a trace, looked at around its limits.
type Study struct {
	Trace    *Trace
	Recorded Result // under the recorded limits
	Enough   Result // without limits on connections
	Sweeps   []Sweep
}

// Study replays the trace around its limits: where a limit was not reached,
// with lower ones down to a quarter of what was used; where it was, with higher
// ones too.
func (t *Trace) Study() *Study {
	s := &Study{Trace: t, Recorded: t.Replay(t.Limits)}
	open := t.Limits
	open.MaxConnections, open.MaxConnectionsPerOrigin, open.MaxIdle = -1, -1, -1
	s.Enough = t.Replay(open)
	for _, axis := range Axes {
		sweep := Sweep{Axis: axis}
		recorded := axis.Value(t.Limits)
		for _, value := range axis.around(recorded, s.Recorded) {
			if axis.isAbove(value, t.Limits) {
				continue
			}
			result := s.Recorded
			if value != recorded {
				result = t.Replay(axis.With(t.Limits, value))
			}
			sweep.Results = append(sweep.Results, result)
		}
		s.Sweeps = append(s.Sweeps, sweep)
	}
	return s
}

// isAbove reports whether the limit on all connections makes the value one that
// means nothing.
func (a Axis) isAbove(value int64, l Limits) bool {
	most := int64(l.MaxConnections)
	return (a == MaxConnectionsPerOrigin || a == MaxIdle) && most >= 0 && value > most
}

// around are values worth a look, the recorded one among them, in order.
func (a Axis) around(recorded int64, r Result) []int64 {
	values := []int64{recorded}
	switch a {
	case MaxConnections:
		values = append(values, parts(recorded, int64(r.Peak), 1)...)
	case MaxConnectionsPerOrigin:
		values = append(values, parts(recorded, int64(r.PeakOrigin), 1)...)
	case MaxIdle:
		values = append(append(values, 0), parts(recorded, int64(r.PeakIdle), 0)...)
	case IdleTimeout:
		whole := recorded
		if whole < 0 {
			whole = int64(90 * time.Second)
		}
		for _, part := range []int64{16, 8, 4, 2, 1} {
			values = append(values, whole/part)
		}
		values = append(values, 2*whole)
	}
	slices.SortFunc(values, func(a, b int64) int { return cmp.Compare(uint64(a), uint64(b)) }) // none comes last
	return slices.Compact(values)
}

// parts are shares of what was used, and more where that was all there was.
func parts(limit, used, least int64) []int64 {
	var values []int64
	for _, quarters := range []int64{1, 2, 3, 4} {
		values = append(values, max(least, (used*quarters+3)/4))
	}
	if used == limit {
		values = append(values, 2*limit, 4*limit)
	}
	return values
}

// Grid replays the trace under every combination of the values, those of an
// axis that has none as recorded. The last axis varies fastest.
func (t *Trace) Grid(values map[Axis][]int64) ([]Result, error) {
	all := []Limits{t.Limits}
	for _, axis := range Axes {
		var next []Limits
		for _, l := range all {
			for _, value := range values[axis] {
				if err := axis.check(value); err != nil {
					return nil, err
				}
				next = append(next, axis.With(l, value))
			}
		}
		if next != nil {
			all = next
		}
	}
	if len(all) > maxGrid {
		return nil, fmt.Errorf("%d combinations: more than %d take too long", len(all), maxGrid)
	}
	results := make([]Result, len(all))
	for i, l := range all {
		results[i] = t.Replay(l)
	}
	return results, nil
}

// maxGrid bounds the replays of a grid.
const maxGrid = 1000

func (a Axis) check(value int64) error {
	least := int64(1)
	if a == MaxIdle {
		least = 0
	}
	if value != -1 && (value < least || a != IdleTimeout && value > math.MaxInt32) {
		return fmt.Errorf("%s %d: want %d or more, or -1 for none", a, value, least)
	}
	return nil
}

// What an idle connection costs the process, without its socket in the kernel:
// measured, rounded.
const (
	IdleBytes    = 2560
	IdleTLSBytes = 9216
)

// IdleMemory is what the idle connections take, on average over the span.
func (r Result) IdleMemory() int64 {
	if r.Span <= 0 {
		return 0
	}
	plain, secure := float64(r.Idle-r.IdleTLS), float64(r.IdleTLS)
	return int64((plain*IdleBytes + secure*IdleTLSBytes) / float64(r.Span))
}
