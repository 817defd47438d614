//go:build !linux

package integration

import "os/exec"

func bindToParent(*exec.Cmd) {}

func killWithChildren(cmd *exec.Cmd) { cmd.Process.Kill() }
