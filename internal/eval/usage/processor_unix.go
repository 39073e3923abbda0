//go:build unix

package usage

import (
	"syscall"
	"time"
)

// Own is the time that processors have spent on this process, garbage collector
// included. On a machine that is busy with something else it says more than a clock.
func Own() time.Duration { return used(syscall.RUSAGE_SELF) }

// Children is the time of all processors that the children of this process took
// which have ended; 0 where the system does not tell.
func Children() time.Duration { return used(syscall.RUSAGE_CHILDREN) }

func used(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
