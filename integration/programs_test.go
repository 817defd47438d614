package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A program is a server that may or may not be installed here. scripts/servers
// installs what is missing; its list has the same pairs of names.
type program struct {
	name   string // of the executable
	debian string // of Debian, which has it
}

// requireVariable, set to anything, turns the skipping of tests into failures.
const requireVariable = "HTTPX_REQUIRE_SERVERS"

// inBrief reports whether a test that can be long should be short. The long form
// is for scripts/integration: a plain go test takes less than a minute also
// where every server is installed.
func inBrief() bool {
	return testing.Short() || underRaceDetector || os.Getenv(requireVariable) == ""
}

// require returns the path of an executable, and is the one place that decides
// what becomes of a test whose server is not there.
func (p program) require(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath(p.name); err == nil {
		return path
	}
	// Debian keeps servers where only root's path leads.
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, p.name)); err == nil {
			return path
		}
	}
	if os.Getenv(requireVariable) != "" {
		t.Fatalf("%s is not installed and %s is set; scripts/servers installs it (apt-get install %s)", p.name, requireVariable, p.debian)
	}
	t.Skipf("%s is not installed; apt-get install %s, or run scripts/servers", p.name, p.debian)
	return ""
}
