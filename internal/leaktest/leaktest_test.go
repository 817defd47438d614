package leaktest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A recorder stands in for the test that calls Check.
type recorder struct {
	testing.TB
	cleanups []func()
	failed   bool
	errors   []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Failed() bool              { return r.failed }
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(_ string, a ...any) { r.errors = append(r.errors, a[0].(string)) }

func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

// block starts a goroutine that stays until release is closed, and returns when
// it runs: one that has not begun has no function in its stack.
func block(release chan struct{}) {
	begun := make(chan struct{})
	go blockUntilClosed(begun, release)
	<-begun
}

func blockUntilClosed(begun, release chan struct{}) {
	close(begun)
	<-release
}

func TestAGoroutineThatStaysIsFoundWithItsStack(t *testing.T) {
	before := takeSnapshot()
	release := make(chan struct{})
	block(release)
	left := before.waitForLeft(0)
	for _, want := range []string{"leaktest.blockUntilClosed", "leaktest_test.go", "goroutine "} {
		if !strings.Contains(left, want) {
			t.Errorf("the report does not say %q:\n%s", want, left)
		}
	}
	close(release)
	if left := before.waitForLeft(settleTime); left != "" {
		t.Errorf("still left after the goroutine ended:\n%s", left)
	}
}

func TestAGoroutineThatIsAboutToEndIsWaitedFor(t *testing.T) {
	before := takeSnapshot()
	release := make(chan struct{})
	block(release)
	time.AfterFunc(20*time.Millisecond, func() { close(release) })
	if left := before.waitForLeft(settleTime); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

func TestAnOpenFileIsFoundByName(t *testing.T) {
	before := takeSnapshot()
	if before.files == nil {
		if runtime.GOOS == "linux" {
			t.Fatal("no view of the descriptors")
		}
		return
	}
	name := filepath.Join(t.TempDir(), "left-open")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if left := before.waitForLeft(0); !strings.Contains(left, name) {
		t.Errorf("the report does not name %s:\n%s", name, left)
	}
	file.Close()
	if left := before.waitForLeft(settleTime); left != "" {
		t.Errorf("still left after Close:\n%s", left)
	}
}

func TestCheckLooksAfterTheLaterCleanups(t *testing.T) {
	r := &recorder{}
	Check(r)
	release := make(chan struct{})
	block(release)
	r.Cleanup(func() { close(release) })
	r.end()
	if len(r.errors) != 0 {
		t.Errorf("a goroutine that a cleanup ended was reported:\n%s", r.errors[0])
	}
}

func TestCheckKeepsQuietAboutATestThatFailed(t *testing.T) {
	r := &recorder{failed: true}
	release := make(chan struct{})
	defer close(release)
	Check(r)
	block(release)
	r.end()
	if len(r.errors) != 0 {
		t.Errorf("reported on top of a failure:\n%s", r.errors[0])
	}
}

func TestWhatTheTestingPackageKeepsIsNotALeak(t *testing.T) {
	// Here a test waits for its subtest, and testing.(*M).Run for the test.
	t.Run("inside", func(t *testing.T) {
		if left := (snapshot{files: openFiles()}).waitForLeft(settleTime); left != "" {
			t.Errorf("left:\n%s", left)
		}
	})
}
