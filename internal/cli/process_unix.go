//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// quit sends SIGQUIT to a process and says where its standard error goes.
func quit(pid int) (where string, err error) {
	if pid == os.Getpid() {
		return "", errors.New("that is leakcheck itself")
	}
	if err := syscall.Kill(pid, 0); err != nil {
		return "", plainErrno(err)
	}
	if err := checkGo(fmt.Sprintf("/proc/%d/exe", pid)); err != nil {
		return "", err
	}
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/2", pid)) // Linux
	if err != nil {
		target = ""
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return "", plainErrno(err)
	}
	return describe(target), nil
}

func plainErrno(err error) error {
	if errors.Is(err, syscall.ESRCH) {
		return errors.New("no such process")
	}
	return err
}

func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
