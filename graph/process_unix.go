//go:build unix

package graph

import (
	"os/exec"
	"syscall"
	"time"
)

// orphanTime is how long the output of a process that was killed may stay open.
const orphanTime = time.Second

// killWithChildren makes the command's context end it with its process group:
// dot may be a script, whose children would live on and keep its output open.
func killWithChildren(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = orphanTime
}
