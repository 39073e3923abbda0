package testrun

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// leaves is a finding of a test whose goroutines are in a function.
func leaves(test, fn string, count int) report.Finding {
	return report.Finding{Test: test, Count: count, Proven: count,
		Example: stackparse.Goroutine{Frames: []stackparse.Frame{{Func: fn}}}}
}

func TestKnown(t *testing.T) {
	t.Parallel()
	p := &Package{Path: "m", Reports: []*report.Report{
		{Total: 8, Findings: []report.Finding{
			leaves("TestOld/sub", "m.old", 1), leaves("TestMore", "m.more", 3), leaves("TestRenamed", "m.renamed", 1),
			leaves("BenchmarkB", "m.bench", 40), leaves("TestNew", "m.old", 1), leaves("", "m.unowned", 1),
		}},
		{Kind: report.Hung, Total: 1, Findings: []report.Finding{leaves("TestOld", "m.old", 1)}},
	}}
	was := past{tests: []string{"TestOld"}, left: tally{}, why: map[string]string{}}
	was.say("the package does not build there: so far")
	was.add("TestOld", ran(0, &frame.Tests{Checked: 1}, leaves("TestOld/sub", "m.old", 1)))
	was.add("TestMore", ran(1, &frame.Tests{Checked: 1}, leaves("TestMore", "m.more", 1)))
	was.add("TestRenamed", &step{number: 2, tests: &frame.Tests{}})
	was.reports(t, "TestRenamed", "there is no such test")
	was.add("BenchmarkB", ran(3, &frame.Tests{}, leaves("BenchmarkB", "m.bench", 7)))
	was.add("TestNew", &step{number: 4, tests: &frame.Tests{Failed: []string{"TestNew"}}})
	was.reports(t, "TestNew", "it fails there")
	was.add("", ran(5, &frame.Tests{Checked: 9}, leaves("TestFormer", "m.renamed", 1), leaves("", "m.unowned", 2)))
	assert.Equal(t, []string{"TestMore"}, p.unexplained(&was), "what could not run does not run again")
	was.add("TestMore", ran(0, &frame.Tests{Checked: 1}, leaves("TestMore", "m.more", 2)))
	was.add("TestMore", &step{})
	was.reports(t, "TestMore", "it did not finish there")

	p.known(&was, "main")
	require.Len(t, p.Reports, 2)
	assert.Equal(t, report.Hung, p.Reports[1].Kind, "what can never end is no leak that can be known")
	require.Len(t, p.Reports[0].Findings, 2)
	more, fresh := p.Reports[0].Findings[0], p.Reports[0].Findings[1]
	assert.Equal(t, []any{"TestMore", 1, 1, "1 more: 2 at main, 3 now"}, []any{more.Test, more.Count, more.Proven, more.Trend})
	assert.Equal(t, []any{"TestNew", 1}, []any{fresh.Test, fresh.Count}, "the one of that stack is TestOld's")
	assert.Equal(t, 2, p.Reports[0].Total)
	require.Len(t, p.Known, 1)
	assert.Equal(t, 43, p.Known[0].Total, "a benchmark leaves as many as it has time for; a test may have another name")
	assert.Equal(t, 3, p.Failing())
}

func (w *past) reports(t *testing.T, test, why string) {
	t.Helper()
	assert.Equal(t, why, w.why[test])
}

func TestFirstProblem(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a.go:1: undefined: x", firstProblem("# m\n\ta.go:1: undefined: x\na.go:2: more\n"))
	golden.Words(t, "no reason", firstProblem("# m\n"))
}

func TestLastLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "not a git repository", lastLine("hint: look\nfatal: not a git repository\n"))
	assert.Empty(t, lastLine(""))
}
