package leaktest

import (
	"runtime"
	"strings"
)

// goroutines returns the stacks of the goroutines that are running, by id,
// without the caller's own and without those of the runtime and the testing
// package.
func goroutines() map[string]string {
	stacks := make(map[string]string)
	for i, stack := range strings.Split(allStacks(), "\n\n") {
		stack = strings.TrimSpace(stack)
		// The caller's stack comes first.
		if i == 0 || stack == "" || isHousekeeping(stack) {
			continue
		}
		// goroutine 17 [chan receive]:
		header, _, _ := strings.Cut(stack, "\n")
		id, _, _ := strings.Cut(strings.TrimPrefix(header, "goroutine "), " ")
		stacks[id] = stack
	}
	return stacks
}

func allStacks() string {
	for size := 64 << 10; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return string(buf[:n])
		}
	}
}

// isHousekeeping reports whether a goroutine is one that the runtime or the
// testing package starts and keeps.
func isHousekeeping(stack string) bool {
	for _, mark := range []string{
		"\ntesting.(*M).",       // runs the tests, and waits for them
		"\ntesting.(*T).Run(",   // a test that waits for its subtest
		"\ntesting.(*F).Fuzz(",  // a fuzz target that waits for its worker
		"\ntesting.runTests(",   // waits for the tests
		"\nos/signal.loop(",     // started by the first signal.Notify, never ends
		"\nos/signal.signal_re", // the same, while it waits in the runtime
		"\nruntime.ReadTrace(",  // go test -trace
		"created by runtime.",   // the collector, finalizers, cleanups
		"created by runtime/pprof.",
		"created by runtime/trace.",
		"created by testing.runFuzzing",
		"created by testing/internal/testdeps.",
	} {
		if strings.Contains(stack, mark) {
			return true
		}
	}
	return false
}
