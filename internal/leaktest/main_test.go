//go:build !js && !wasip1

package leaktest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// leakVariable, when set, makes the process leak, and wait less for the leak to
// go away.
const leakVariable = "LEAKTEST_LEAK"

func TestMain(m *testing.M) {
	if os.Getenv(leakVariable) != "" {
		os.Exit(run(m, time.Millisecond))
	}
	Main(m)
}

// TestLeakOnPurpose passes, and leaves a goroutine when the test below runs it
// in a process of its own.
func TestLeakOnPurpose(t *testing.T) {
	if os.Getenv(leakVariable) != "" {
		block(nil)
	}
}

func TestMainFailsAPackageThatLeaks(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestLeakOnPurpose$")
	cmd.Env = append(os.Environ(), leakVariable+"=1")
	output, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the tests left a goroutine and exited with success:\n%s", output)
	}
	for _, want := range []string{"the tests passed but left behind", "leaktest.blockUntilClosed"} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the output does not say %q:\n%s", want, output)
		}
	}
}
