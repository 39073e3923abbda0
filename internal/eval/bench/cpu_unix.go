//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime is the time that processors have spent on this process, garbage
// collector included. On a machine that is busy with something else it says
// more than a clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
