//go:build unix

package trial

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx/bench/client"
)

// An IdleSpec asks for so many idle connections. The scenario says whether they
// speak TLS.
type IdleSpec struct {
	Spec
	Connections int
}

// Idle is what idle connections take, in bytes each.
type Idle struct {
	Connections int
	Heap        float64 // live objects
	Stacks      float64 // of goroutines
	Resident    float64 // what the process's resident memory grew by
}

// Sum is the memory that the connections hold of the program's own.
func (i *Idle) Sum() float64 { return i.Heap + i.Stacks }

// MeasureIdle opens the connections, one request each, and looks at memory when
// all of them idle.
func MeasureIdle(spec *IdleSpec) (*Idle, error) {
	scenario, ok := ScenarioNamed(spec.Scenario)
	if !ok {
		return nil, fmt.Errorf("no scenario %q", spec.Scenario)
	}
	c, err := client.HolderNamed(spec.Client)
	if err != nil {
		return nil, err
	}
	scenario.Callers, scenario.Connections = spec.Connections, spec.Connections
	target, err := targetOf(&spec.Spec, &scenario)
	if err != nil {
		return nil, err
	}
	holder, err := c.Open(target)
	if err != nil {
		return nil, err
	}
	defer holder.Close()
	// What a first request makes for ever is not a connection's.
	release, err := holder.Hold(context.Background(), 1)
	if err != nil {
		return nil, err
	}
	release()
	before := lookAtMemory()
	release, err = holder.Hold(context.Background(), spec.Connections)
	if err != nil {
		return nil, err
	}
	if err := release(); err != nil {
		return nil, err
	}
	release = nil
	after := lookAtMemory()
	n := float64(spec.Connections - 1) // one was there before
	return &Idle{
		Connections: spec.Connections,
		Heap:        (after.heap - before.heap) / n,
		Stacks:      (after.stacks - before.stacks) / n,
		Resident:    (after.resident - before.resident) / n,
	}, nil
}

type memory struct{ heap, stacks, resident float64 }

func lookAtMemory() memory {
	// Twice empties the sync.Pools, once more frees what they held.
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{float64(m.HeapAlloc), float64(m.StackInuse), float64(statusBytes("VmRSS"))}
}

// statusBytes reads a line of the process's status, 0 where there is none.
func statusBytes(name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
