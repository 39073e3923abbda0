package leakcheck_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Many parallel subtests end by counting, and the one that leaks is found and
// blamed anyway.
func TestE2ECrowdedLeak(t *testing.T) {
	t.Parallel()
	for _, parallel := range []string{"1", "2", "8"} {
		r := run(t, "crowded", []string{"SUBTESTS=300"}, "-test.parallel="+parallel, only("TestLeak"))
		require.Equal(t, 1, r.code, "%s", r.out)
		assert.Regexp(t, `1 goroutine outlived TestLeak/150\b`, r.out)
		assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "one report in\n%s", r.out)
	}
}

// A goroutine that ended just as a test leaked hides the leak from the count of
// its check: a later check finds it, and names the test.
func TestE2ECrowdedHidden(t *testing.T) {
	t.Parallel()
	r := run(t, "crowded", []string{"SUBTESTS=300"}, "-test.parallel=1", only("TestHidden"))
	require.Equal(t, 1, r.code, "%s", r.out)
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "one report in\n%s", r.out)
	assert.Contains(t, r.out, "TestHidden/150 passed ")
	assert.Regexp(t, `owner +labelled by TestHidden/150\b`, r.out)
}

// What n parallel subtests with a Verify each cost: the time for one of them is to
// be the same at both sizes.
func BenchmarkCrowded(b *testing.B) {
	for _, n := range []int{500, 4000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				r := run(b, "crowded", []string{"SUBTESTS=" + strconv.Itoa(n)}, only("TestClean"))
				require.Zero(b, r.code, "%s", r.out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/subtest")
		})
	}
}
