// Package ginkgo2 checks the catalogue's entries for Ginkgo v2, which cannot be
// linked into one binary with its first version: both define the same flags.
package ginkgo2

import (
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// running is for goroutines that the suite has started.
func running(*testing.T) (fix func()) { return nil }

// A process runs one suite, so its goroutines have one test. It is not
// parallel: live.Check looks at all goroutines of the process.
func TestSuite(t *testing.T) {
	leakcheck.Verify(t)
	specs := 0
	ginkgo.It("sees what the suite has started", func() {
		live.Check(t, "ginkgo-v2/progress", running)
		specs++
	})
	require.True(t, ginkgo.RunSpecs(t, "a suite"))
	require.Equal(t, 1, specs, "the spec ran")
	live.Check(t, "ginkgo-v2/interrupts", running)
}
