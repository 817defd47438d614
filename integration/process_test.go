package integration

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A process is a server that a test started. It is stopped when the test ends.
type process struct {
	cmd    *exec.Cmd
	output string        // the file that it writes to
	exited chan struct{} // closed when it has been waited for
}

// startProcess runs a command line in the foreground and returns when all the
// addresses accept connections.
func startProcess(t testing.TB, ready []string, name string, args ...string) *process {
	t.Helper()
	output, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(name)+".output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close() // the process has its own
	p := &process{cmd: exec.Command(name, args...), output: output.Name(), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = output, output
	bindToParent(p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("%s does not start: %v", name, err)
	}
	go func() {
		p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			p.showOutput(t)
		}
	})
	for _, address := range ready {
		if err := p.waitUntilListening(address); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// waitUntilListening connects until that works, the process ends, or ten
// seconds are over.
func (p *process) waitUntilListening(address string) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended before it listened on %s: %v", p.cmd.Path, address, p.cmd.ProcessState)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not listen on %s: %w", p.cmd.Path, address, err)
		}
	}
}

// stop asks ever less politely, until the process has ended. It may be called
// again.
func (p *process) stop(t testing.TB) {
	t.Helper()
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGTERM} {
		if p.hasExited() {
			return
		}
		// An error means that it has ended by now, or that the system has no
		// such signal: the next is tried.
		p.cmd.Process.Signal(signal)
		select {
		case <-p.exited:
			return
		case <-time.After(3 * time.Second):
		}
	}
	t.Errorf("%s did not end when asked to; it is killed", p.cmd.Path)
	killWithChildren(p.cmd)
	<-p.exited
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

func (p *process) showOutput(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(p.output)
	if err != nil {
		t.Log(err)
	} else if len(text) > 0 {
		t.Logf("what %s wrote:\n%s", p.cmd.Path, text)
	}
}

// freeAddresses returns loopback addresses with ports that nobody listens on,
// all different. They are below the ports that systems give out by themselves
// (RFC 6335 section 6; Linux begins at 32768): no connection and no listener on
// port 0 gets one before the server does.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	const lowest, highest = 20000, 32000
	var addresses []string
	for range 1000 {
		port := lowest + rand.IntN(highest-lowest)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue // somebody's
		}
		defer listener.Close() // after the loop, so that no port comes twice
		if addresses = append(addresses, listener.Addr().String()); len(addresses) == n {
			return addresses
		}
	}
	t.Fatalf("found %d free ports between %d and %d, want %d", len(addresses), lowest, highest, n)
	return nil
}
