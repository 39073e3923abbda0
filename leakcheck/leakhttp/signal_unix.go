//go:build unix

package leakhttp

import (
	"os"
	"syscall"
)

// defaultSignals has a signal that is a user's own: the runtime takes SIGQUIT
// for a dump that ends the process.
var defaultSignals = []os.Signal{syscall.SIGUSR1}
