package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Growth is what is left of a finding's kind when its test runs several times in
// one process.
type Growth struct {
	Runs []int   `json:"runs"` // how often it ran, in each of several processes, the fewest first
	Left []int   `json:"left"` // the goroutines at the end of each
	Each float64 `json:"each"` // what each run adds, 0 where that does not grow
}

// NewGrowth returns what the counts after so many runs mean.
func NewGrowth(runs, left []int) Growth {
	g := Growth{Runs: runs, Left: left}
	// Goroutines that grew in number only at first are made once, or a few times.
	if last := g.last(); last > 0 && left[last] > left[last-1] {
		g.Each = float64(left[last]-left[0]) / float64(runs[last]-runs[0])
	}
	return g
}

// last is the index of the process with the most runs, -1 where something is
// missing.
func (g *Growth) last() int {
	if len(g.Runs) != len(g.Left) || !slices.IsSorted(g.Runs) {
		return -1
	}
	return len(g.Runs) - 1
}

// Bounded reports whether the goroutines were there in each process and did not
// become more with the last and longest: that a process makes them once, or a few
// of them. The zero Growth, of a finding that nobody measured, is not bounded.
func (g *Growth) Bounded() bool {
	last := g.last()
	return last > 0 && g.Left[last] == g.Left[last-1] && g.Left[0] > 0 && slices.IsSorted(g.Left)
}

// String says how the goroutines grow: "2 more each run (2, 6 and 18 after 1, 3
// and 9 runs)".
func (g *Growth) String() string {
	last := g.last()
	if last < 1 {
		return "" // a single count shows no growth
	}
	seen := fmt.Sprintf("%s after %s runs", list(g.Left), list(g.Runs))
	switch {
	case g.Each > 0:
		return fmt.Sprintf("%s more each run (%s)", strconv.FormatFloat(g.Each, 'g', 2, 64), seen)
	case g.Bounded() && g.Left[0] == g.Left[last]:
		return fmt.Sprintf("singleton: once per process (%s)", seen)
	case g.Bounded():
		return fmt.Sprintf("at most %d per process (%s)", g.Left[last], seen)
	case slices.Max(g.Left) == 0:
		return fmt.Sprintf("not seen again (%s)", seen)
	}
	return "in some runs only (" + seen + ")"
}

func list(numbers []int) string {
	var all []string
	for _, n := range numbers {
		all = append(all, strconv.Itoa(n))
	}
	return words.Enumerate(all)
}

// AddTrend adds a remark on how the number of goroutines changes.
func (f *Finding) AddTrend(remark string) {
	if f.Trend == "" || remark == "" {
		f.Trend = cmp.Or(f.Trend, remark)
		return
	}
	f.Trend += "; " + remark
}
