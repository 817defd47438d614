//go:build linux

package stage

import (
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// The cores, by number.
const (
	clientCore = 0
	serverCore = 1
)

// startOn starts a command that has one core only, and goes first there where
// the machine lets us say so: a process inherits both from the thread that
// starts it. threads is how many of its threads run at once, 0: one.
func startOn(core, threads int, command *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, only unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("sched_getaffinity: %w", err)
	}
	only.Set(core)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		return fmt.Errorf("core %d: %w", core, err)
	}
	_, relax := hurry(threads)
	err := command.Start()
	relax()
	if back := unix.SchedSetaffinity(0, &before); err == nil {
		err = back
	}
	return err
}

// CanHurry reports whether the machine lets our processes go before others.
func CanHurry() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	hurries, relax := hurry(0)
	relax()
	return hurries
}

// hurry puts this thread before all others of its core, until relax. A program
// of several threads gets the best nice value only: in the class of those that
// wait for nobody its own threads would wait for each other.
func hurry(threads int) (hurries bool, relax func()) {
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return false, func() {}
	}
	first := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}
	if threads > 1 {
		first = unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL, Nice: -20}
	}
	if unix.SchedSetAttr(0, &first, 0) != nil {
		return false, func() {}
	}
	return true, func() { unix.SchedSetAttr(0, before, 0) }
}
