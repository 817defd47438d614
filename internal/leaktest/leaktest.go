// Package leaktest fails tests that leave goroutines or open descriptors
// behind. A package asks for it once, and all its tests are held to it:
//
//	func TestMain(m *testing.M) { leaktest.Main(m) }
//
// A test that wants to know about itself alone calls [Check] first. Only test
// files import this package.
package leaktest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// settleTime is how long what is about to end may take to do so, after the
// tests. It is spent only where something is left.
const settleTime = 5 * time.Second

// Main runs the tests of a package, and exits with failure when they pass but
// leave goroutines or descriptors behind, which it lists: goroutines with their
// stacks, descriptors (where the system has /proc/self/fd) with what they refer
// to. It does not return.
func Main(m *testing.M) { os.Exit(run(m, settleTime)) }

// run returns the code to exit with.
func run(m *testing.M, settle time.Duration) int {
	before := takeSnapshot()
	code := m.Run()
	// A failed test may well leave things behind; its own message comes first.
	if code != 0 {
		return code
	}
	if left := before.waitForLeft(settle); left != "" {
		fmt.Fprintf(os.Stderr, "leaktest: the tests passed but left behind:\n\n%s\n", left)
		return 1
	}
	return 0
}

// Check fails the test when, at its end and after the cleanups that were
// registered later, goroutines or descriptors are left that were not there when
// Check was called. Other tests must not run in parallel, and it is of no use
// in a synctest bubble, which looks after its own goroutines.
func Check(t testing.TB) {
	t.Helper()
	before := takeSnapshot()
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if left := before.waitForLeft(settleTime); left != "" {
			t.Errorf("leaktest: left behind:\n\n%s", left)
		}
	})
}

// A snapshot is what existed at one moment.
type snapshot struct {
	goroutines map[string]string // by id
	files      map[string]string // by descriptor; nil where the system does not tell
}

func takeSnapshot() snapshot {
	return snapshot{goroutines: goroutines(), files: openFiles()}
}

// waitForLeft returns a description of what is there now and was not there
// before, once that is nothing or the time is over.
func (before snapshot) waitForLeft(settle time.Duration) string {
	const longestPause = 100 * time.Millisecond
	deadline := time.Now().Add(settle)
	for pause := time.Millisecond; ; pause = min(2*pause, longestPause) {
		left := before.left()
		if left == "" || time.Now().After(deadline) {
			return left
		}
		<-time.After(pause)
	}
}

func (before snapshot) left() string {
	now := takeSnapshot()
	var text strings.Builder
	for id, stack := range now.goroutines {
		if _, old := before.goroutines[id]; !old {
			fmt.Fprintf(&text, "%s\n\n", stack)
		}
	}
	files := newFiles(before.files, now.files)
	if onlyPipes(files) {
		releasePooledPipes()
		files = newFiles(before.files, openFiles())
	}
	for fd, target := range files {
		fmt.Fprintf(&text, "descriptor %s: %s\n", fd, target)
	}
	return text.String()
}
