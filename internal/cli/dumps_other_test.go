//go:build !unix

package cli

import (
	"os"
	"testing"
)

// peakMemory is not told by this system.
func peakMemory(*os.ProcessState) int64 { return 1 }

// takeHangups does nothing: no child of this process gets SIGHUP.
func takeHangups(*testing.T) {}
