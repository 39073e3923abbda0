//go:build !unix

package usage

import "time"

// started is when the program started.
var started = time.Now()

// Own is the time since the program started, where the system does not tell what of
// it was spent on this process.
func Own() time.Duration { return time.Since(started) }

// Children is not known here.
func Children() time.Duration { return 0 }
