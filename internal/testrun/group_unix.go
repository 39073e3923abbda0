//go:build unix

package testrun

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// notifyHangup has c get SIGHUP, unless it is ignored, as nohup does it.
func notifyHangup(c chan<- os.Signal) {
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
}

// notifyQuit has c get the signal that asks for a dump.
func notifyQuit(c chan<- os.Signal) { signal.Notify(c, syscall.SIGQUIT) }

// asksForDump reports whether s has a Go program print its goroutines.
func asksForDump(s os.Signal) bool { return s == syscall.SIGQUIT }

// ownGroup makes cmd the leader of a process group, so that a signal reaches
// the test binaries that it runs, too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// ignoreTerminal has this process and what it runs ignore the signals with which a
// terminal, if there is one, stops processes that are not in its foreground. Tests
// are not, see ownGroup: one that changes the mode of /dev/tty would stop forever.
func ignoreTerminal() {
	if tty, err := os.Open("/dev/tty"); err == nil {
		_ = tty.Close()
		signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU)
	}
}

// interruptGroup interrupts all of the group.
func interruptGroup(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGINT) }

// killTests ends the test binaries, and whatever else of the group does not
// handle SIGQUIT as the go command does.
func killTests(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGQUIT) }

func killGroup(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGKILL) }

// signalGroup sends s to all of the group. That it is gone is no error.
func signalGroup(cmd *exec.Cmd, s syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, s) }

// endGroup waits until all of the group have ended, and kills those that take
// longer than grace: the go command itself may end before its test binaries.
func endGroup(cmd *exec.Cmd) {
	for end := time.Now().Add(grace); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(-cmd.Process.Pid, 0) != nil {
			return
		}
	}
	signalGroup(cmd, syscall.SIGKILL)
}
