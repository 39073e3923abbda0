package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	runs := []int{1, 3, 9}
	tests := []struct {
		why     string
		growth  Growth
		text    string
		bounded bool
		each    float64
	}{
		{"two in each run", NewGrowth(runs, []int{2, 6, 18}), "2 more each run (2, 6 and 18 after 1, 3 and 9 runs)", false, 2},
		{"in every second run", NewGrowth(runs, []int{1, 2, 5}), "0.5 more each run (1, 2 and 5 after 1, 3 and 9 runs)", false, 0.5},
		{"seldom, and not in the first", NewGrowth(runs, []int{0, 0, 1}), "0.12 more each run (0, 0 and 1 after 1, 3 and 9 runs)", false, 0.125},
		{"once", NewGrowth(runs, []int{1, 1, 1}), "singleton: once per process (1, 1 and 1 after 1, 3 and 9 runs)", true, 0},
		{"a pool that fills", NewGrowth(runs, []int{1, 3, 3}), "at most 3 per process (1, 3 and 3 after 1, 3 and 9 runs)", true, 0},
		{"a pool that still fills", NewGrowth(runs, []int{1, 3, 4}), "0.38 more each run (1, 3 and 4 after 1, 3 and 9 runs)", false, 0.375},
		{"it goes", NewGrowth(runs, []int{2, 1, 1}), "in some runs only (2, 1 and 1 after 1, 3 and 9 runs)", false, 0},
		{"not in the first run", NewGrowth(runs, []int{0, 1, 1}), "in some runs only (0, 1 and 1 after 1, 3 and 9 runs)", false, 0},
		{"needs other tests", NewGrowth(runs, []int{0, 0, 0}), "not seen again (0, 0 and 0 after 1, 3 and 9 runs)", false, 0},
		{"nobody measured", Growth{}, "", false, 0},
		{"a file of somebody else", NewGrowth(runs, []int{1}), "", false, 0},
		{"a file of somebody else", NewGrowth([]int{9, 1}, []int{1, 1}), "", false, 0},
		{"a file of somebody else", NewGrowth([]int{1}, []int{1}), "", false, 0},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.text, tt.growth.String(), tt.why)
		assert.Equal(t, tt.bounded, tt.growth.Bounded(), tt.why)
		assert.InDelta(t, tt.each, tt.growth.Each, 0.001, tt.why)
	}
}

func TestAddTrend(t *testing.T) {
	t.Parallel()
	var f Finding
	f.AddTrend("")
	f.AddTrend("seen twice")
	f.AddTrend("")
	f.AddTrend("growing")
	assert.Equal(t, "seen twice; growing", f.Trend)
}
