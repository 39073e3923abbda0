//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: on Windows, Ctrl-C reaches every process of the console
// by itself.
func ownGroup(*exec.Cmd) {}

// signalGroup kills the command where it is to be killed; see ownGroup.
func signalGroup(cmd *exec.Cmd, s os.Signal) {
	if s == os.Kill {
		_ = cmd.Process.Kill() // that it is gone is no error
	}
}

func endGroup(*exec.Cmd) {}
