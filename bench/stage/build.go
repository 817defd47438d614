//go:build linux

package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the bench of another copy of this repository. The program is gone
// after remove.
func Build(ctx context.Context, dir string) (program string, remove func(), err error) {
	to, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", nil, err
	}
	program, remove = filepath.Join(to, "bench"), func() { os.RemoveAll(to) }
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir, build.Stderr = filepath.Join(dir, "bench"), os.Stderr
	if err := build.Run(); err != nil {
		remove()
		return "", nil, fmt.Errorf("building the bench of %s: %w", dir, err)
	}
	return program, remove, nil
}
