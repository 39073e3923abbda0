//go:build !unix

package testrun

import (
	"os"
	"os/exec"
)

// notifyHangup does nothing: there is no such signal.
func notifyHangup(chan<- os.Signal) {}

// notifyQuit does nothing: there is no such signal.
func notifyQuit(chan<- os.Signal) {}

func asksForDump(os.Signal) bool { return false }

// ownGroup does nothing: on Windows, Ctrl-C reaches every process of the console
// by itself.
func ownGroup(*exec.Cmd) {}

// ignoreTerminal does nothing: there are no such signals.
func ignoreTerminal() {}

// interruptGroup does nothing; see ownGroup.
func interruptGroup(*exec.Cmd) {}

// killTests kills the command, and leaves its tests to the system.
func killTests(cmd *exec.Cmd) { killGroup(cmd) }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() } // that it is gone is no error

func endGroup(*exec.Cmd) {}
