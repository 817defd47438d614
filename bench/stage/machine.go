//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Machine says where and with what something was measured.
type Machine struct {
	CPU, Kernel, Go string
	Cores           int
	Hurry           bool // our processes went ahead of others
	Commit          string
	Day             string
	Libraries       []string
}

// compared are the modules whose versions matter.
var compared = []string{"github.com/valyala/fasthttp", "github.com/cloudwego/hertz", "github.com/cloudwego/netpoll"}

// ThisMachine describes this machine and this program.
func ThisMachine(ctx context.Context, root string) Machine {
	m := Machine{
		CPU: cpuModel(), Kernel: kernel(), Go: runtime.Version(), Cores: runtime.NumCPU(),
		Hurry: CanHurry(), Commit: commit(ctx, root), Day: time.Now().UTC().Format(time.DateOnly),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if slices.Contains(compared, d.Path) {
				m.Libraries = append(m.Libraries, d.Path[strings.LastIndexByte(d.Path, '/')+1:]+" "+d.Version)
			}
		}
	}
	return m
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	// 6.18.44-vendor-1: what follows the number is the builder's own business.
	number, _, _ := strings.Cut(unix.ByteSliceToString(u.Release[:]), "-")
	return unix.ByteSliceToString(u.Sysname[:]) + " " + number
}

// commit is that of the checkout, and whether there is more than it.
func commit(ctx context.Context, root string) string {
	git := func(arguments ...string) (string, error) {
		command := exec.CommandContext(ctx, "git", arguments...)
		command.Dir = root
		text, err := command.Output()
		return strings.TrimSpace(string(text)), err
	}
	id, err := git("rev-parse", "--short", "HEAD")
	if err != nil {
		return "unknown"
	}
	if changes, err := git("status", "--porcelain", "--untracked-files=no", "--", "*.go", ":!*_test.go", ":!bench"); err == nil && changes != "" {
		id += " and changes to it"
	}
	return id
}

// String is a sentence or two for the head of a report.
func (m Machine) String() string {
	priority := "at the priority of any other process"
	if m.Hurry {
		priority = "ahead of all other processes"
	}
	return fmt.Sprintf("%s: %s, %d cores, %s, %s, httpx at %s; %s. Client and server each on its own core, %s.",
		m.Day, m.CPU, m.Cores, m.Kernel, m.Go, m.Commit, strings.Join(m.Libraries, ", "), priority)
}
