//go:build !unix

package graph

import (
	"os/exec"
	"time"
)

// orphanTime is how long the output of a process that was killed may stay open.
const orphanTime = time.Second

// killWithChildren bounds the wait for the command's children: without process
// groups they cannot be ended.
func killWithChildren(command *exec.Cmd) { command.WaitDelay = orphanTime }
