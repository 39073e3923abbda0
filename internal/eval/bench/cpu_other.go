//go:build !unix

package main

import "time"

// started is when the program started.
var started = time.Now()

// cpuTime is the time since the program started, where the system does not
// tell what of it was spent on this process.
func cpuTime() time.Duration { return time.Since(started) }
