//go:build unix

package leakhttp_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A request costs two allocations at most, of which one is that of the mux when it
// is asked for the pattern. A benchmark counts them in a process of its own: in a
// test the labels of the goroutine are kept as well.
func TestRequestsAllocations(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkRequests$", "-test.benchtime=500x", "-test.cpu=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	allocs := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^BenchmarkRequests/(\S+) .*\b(\d+) allocs/op`).FindAllSubmatch(out, -1) {
		allocs[string(m[1])], err = strconv.Atoi(string(m[2]))
		require.NoError(t, err)
	}
	require.Len(t, allocs, 4, "%s", out)
	assert.LessOrEqual(t, allocs["handler/requests"]-allocs["handler/none"], 1, "%s", out)
	assert.LessOrEqual(t, allocs["mux/requests"]-allocs["mux/none"], 2, "%s", out)
}
