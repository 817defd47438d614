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

// startOn starts a command that has one core only, ahead of all that is not in
// a hurry where the machine lets us say so: a process inherits both from the
// thread that starts it.
func startOn(core int, command *exec.Cmd) error {
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
	hurry()
	err := command.Start()
	relax()
	if back := unix.SchedSetaffinity(0, &before); err == nil {
		err = back
	}
	return err
}

// CanHurry reports whether the machine lets our processes go ahead of others.
func CanHurry() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer relax()
	return hurry() == nil
}

// hurry puts this thread into the class of those that wait for nobody.
func hurry() error {
	return unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1}, 0)
}

func relax() {
	unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}, 0)
}
