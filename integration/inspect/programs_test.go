package inspect

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A program may or may not be installed here. scripts/servers installs what is
// missing.
type program struct{ name, debian string }

var (
	nginxProgram    = program{"nginx", "nginx-light"}
	chromiumProgram = program{"chromium", "chromium"}
)

// require returns the path of an executable; without it the test is skipped, or
// fails where the environment asks for that.
func (p program) require(t testing.TB) string {
	t.Helper()
	for _, name := range []string{p.name, filepath.Join("/usr/sbin", p.name)} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("HTTPX_REQUIRE_SERVERS") != "" {
		t.Fatalf("%s is not installed; scripts/servers installs it (apt-get install %s)", p.name, p.debian)
	}
	t.Skipf("%s is not installed; apt-get install %s, or run scripts/servers", p.name, p.debian)
	return ""
}

// start runs a command until the test ends, and waits until it listens.
func start(t testing.TB, listens string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(5 * time.Second):
			t.Errorf("%s did not end when asked to; it is killed", name)
			cmd.Process.Kill()
			<-exited
		}
	})
	for deadline := time.Now().Add(10 * time.Second); ; {
		if conn, err := net.DialTimeout("tcp", listens, time.Second); err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("%s ended before it listened: %v", name, err)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen on %s", name, listens)
		}
	}
}
