//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// Profile writes a CPU profile of each client in each scenario as text, the
// functions by their own time, to a file each in dir.
func Profile(ctx context.Context, dir string, scenarios []trial.Scenario, clients []client.Client, d time.Duration) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	binary, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(binary)
	servers, err := startServers(scenarios)
	if err != nil {
		return err
	}
	defer servers.stop()
	for _, s := range scenarios {
		for _, c := range clients {
			spec := servers.spec(s)
			spec.Client, spec.Warm, spec.Duration = c.Name, 100*time.Millisecond, d
			spec.Profile = filepath.Join(binary, "profile")
			result, err := Try(ctx, spec)
			if err != nil {
				return err
			}
			text, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount=40", self(), spec.Profile).Output()
			if err != nil {
				return fmt.Errorf("go tool pprof: %w", err)
			}
			head := fmt.Sprintf("%s: %s\n%d requests, %.2f µs of CPU time each\n\n", c.Name, s.Words, result.Requests, result.PerRequest()/1e3)
			file := strings.NewReplacer(" ", "-", "/", "-").Replace(strings.ToLower(c.Name)) + "-" + s.Name + ".txt"
			if err := os.WriteFile(filepath.Join(dir, file), append([]byte(head), withoutNames(text)...), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// withoutNames drops the lines that name this build: they differ each time.
func withoutNames(text []byte) []byte {
	var kept []string
	for line := range strings.Lines(string(text)) {
		switch word, _, _ := strings.Cut(line, ":"); word {
		case "File", "Build ID", "Time":
		default:
			kept = append(kept, line)
		}
	}
	return []byte(strings.Join(kept, ""))
}
