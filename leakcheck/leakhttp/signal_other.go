//go:build !unix

package leakhttp

import "os"

// defaultSignals has none: there is no signal here that is a user's own.
var defaultSignals []os.Signal
