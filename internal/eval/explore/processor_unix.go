//go:build unix

package main

import (
	"syscall"
	"time"
)

// processor is the time of all processors that the children of this process took
// which have ended.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
