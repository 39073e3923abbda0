package testrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

func TestParseStress(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Stress{"20": {Runs: 20}, "90s": {For: 90 * time.Second}, "1m30s": {For: 90 * time.Second}} {
		got, err := ParseStress(value)
		require.NoError(t, err, value)
		assert.Equal(t, want, got, value)
	}
	for _, value := range []string{"", "0", "-1", "0s", "-2m", "often", "1.5"} {
		_, err := ParseStress(value)
		assert.Error(t, err, value)
	}
}

// TestStressSteps: the runs of both parts are together one fewer than was asked
// for, since the first is over.
func TestStressSteps(t *testing.T) {
	t.Parallel()
	for n := 2; n < 9; n++ {
		s := Stress{Runs: n}
		assert.Len(t, append(s.steps(2, 0, false), s.steps(2, 1, true)...), n-1)
	}
	assert.Len(t, Stress{Runs: 5}.steps(1, 0, true), 4)
	assert.NotEmpty(t, Stress{For: time.Second}.steps(2, 1, true))
	assert.Equal(t, []int{1, 2, 4}, procs(2))
	assert.Equal(t, []int{1, 2, 4, 16}, procs(8))
}

func TestCensus(t *testing.T) {
	t.Parallel()
	whole, failed := &frame.Tests{Package: true}, &frame.Tests{Failed: []string{"TestB"}}
	p := &Package{Path: "m", Reports: []*report.Report{{Total: 1, Findings: []report.Finding{leakAt("TestA", 1, 1)}}}}
	c := newCensus(p)
	c.add([]*step{ran(0, whole, leakAt("TestA", 1, 1)), ran(1, whole, leakAt("TestA", 1, 2), leakAt("TestA", 9, 1)), ran(1, failed), ran(7, whole)},
		[]setting{{1, false}, {2, false}})
	c.add([]*step{ran(0, whole, leakAt("TestA", 9, 1)), ran(1, whole), {number: 1}}, []setting{{1, true}, {2, true}})
	c.tell()

	require.Len(t, p.Reports, 2)
	first, later := p.Reports[0].Findings[0], p.Reports[1].Findings[0]
	assert.Equal(t, 1, p.Reports[1].Total, "what is new is added once")
	assert.Equal(t, "in 3 of 6 runs (1 of 2 with GOMAXPROCS=1, 1 of 3 with 2; 0 of 2 with -race)", first.Trend)
	assert.Equal(t, []int{3, 6}, []int{first.Seen, first.Runs})
	assert.Equal(t, "in 2 of 6 runs (1 of 2 with GOMAXPROCS=1, 1 of 3 with 2; 1 of 2 with -race)", later.Trend)
	golden.Words(t, "notes", p.Notes)
}

// TestUnraced: -race is the runs' own.
func TestUnraced(t *testing.T) {
	t.Parallel()
	a := &Args{before: []string{"-race", "-run=race", "./race"}, after: []string{"-race=true", "-args", "race"}}
	b := a.unraced()
	assert.Equal(t, []string{"-run=race", "./race"}, b.before)
	assert.Equal(t, []string{"-args", "race"}, b.after)
	_, raced := a.lookup("race")
	assert.True(t, raced)
	_, raced = b.lookup("race")
	assert.False(t, raced)
}
