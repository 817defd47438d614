package leaktest

import (
	"os"
	"runtime"
	"strings"
)

// openFiles returns what the process's descriptors refer to, by number, without
// those that the Go runtime opens for itself. It is nil where the system has no
// /proc/self/fd.
func openFiles() map[string]string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	files := make(map[string]string, len(entries))
	for _, entry := range entries {
		// The descriptor that ReadDir used is closed by now: an error.
		target, err := os.Readlink(dir + "/" + entry.Name())
		if err == nil && !isRuntimesOwn(target) {
			files[entry.Name()] = target
		}
	}
	return files
}

// isRuntimesOwn reports whether a descriptor is one that the runtime opens once,
// when it first needs it, and keeps: the poller's, and its view of the CPU limit.
func isRuntimesOwn(target string) bool {
	return target == "anon_inode:[eventpoll]" || target == "anon_inode:[eventfd]" || strings.HasPrefix(target, "/sys/fs/cgroup/")
}

// newFiles returns what is in now but not in before. A number that refers to
// something else than before counts as new.
func newFiles(before, now map[string]string) map[string]string {
	files := make(map[string]string)
	for fd, target := range now {
		if before[fd] != target {
			files[fd] = target
		}
	}
	return files
}

// onlyPipes reports whether files are left, and all of them are pipes.
func onlyPipes(files map[string]string) bool {
	for _, target := range files {
		if !strings.HasPrefix(target, "pipe:") {
			return false
		}
	}
	return len(files) > 0
}

// releasePooledPipes makes the standard library give up the pipes that it keeps
// in a sync.Pool for splicing one socket to another. It must not run while
// sockets are left: a collection closes those that nobody holds any more, which
// are the very leaks that are looked for.
func releasePooledPipes() {
	for range 3 { // two to empty the pool, one to run what closes the pipes
		runtime.GC()
	}
}
