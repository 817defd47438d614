package integration

import (
	"os/exec"
	"syscall"
)

// bindToParent gives a process a group of its own, by which its children can be
// reached, and has it end when the tests end without having stopped it: a test
// that panics, or runs out of time, runs no cleanup.
func bindToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func killWithChildren(cmd *exec.Cmd) {
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
