//go:build unix

package settle

import (
	"syscall"
	"time"
)

// realTime is a clock that goes on in a testing/synctest bubble, where the one
// of package time belongs to the test. Only differences mean something.
func realTime() time.Duration {
	var t syscall.Timeval
	// It fails for a bad address alone.
	_ = syscall.Gettimeofday(&t)
	return time.Duration(t.Nano())
}
