package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render"
)

// A look at a service has counts instead of goroutines, no ids, and grades.
func graded(t *testing.T) *report.Report {
	t.Helper()
	l := leaks(t, read(t, "send.txt"))[0]
	l.Goroutine.ID, l.Goroutine.Creator = 0, nil
	l.Count, l.Graded, l.Trend = 40, cause.Growing, "12 more in 5m0s"
	proven := l
	proven.Count, proven.Goroutine.Leaked = 2, true
	other := l
	other.Rank, other.Count, other.Graded, other.Trend = 1, 0, cause.Blocked, ""
	return report.Build("", []report.Leak{l, proven, other}, shop())
}

func TestBuildCountsWhatALeakStandsFor(t *testing.T) {
	t.Parallel()
	r := graded(t)
	require.Len(t, r.Findings, 2)
	assert.Equal(t, 43, r.Total)
	assert.Equal(t, 2, r.Proven)
	assert.Equal(t, 42, r.Findings[0].Count)
	golden.Words(t, "a proof comes before a grade", r.Findings[0].Grade())
	assert.Equal(t, "merely blocked", r.Findings[1].Grade())
	assert.Equal(t, 1, r.Findings[1].Count)
	assert.Empty(t, r.Findings[0].IDs, "0 is no id")
}

func TestGradedFormats(t *testing.T) {
	t.Parallel()
	r := graded(t)
	text := report.Text{}.String(r)
	assert.Contains(t, text, "trend    12 more in 5m0s")
	assert.Contains(t, text, "(merely blocked)")
	assert.Contains(t, reporttest.Rendered(t, render.HTML{}, r), `<span class="grade">blocked</span>`)

	for _, format := range []report.JSON{{}, {Lines: true}} {
		back, err := report.Decode(strings.NewReader(reporttest.Rendered(t, format, r)))
		require.NoError(t, err)
		assert.Equal(t, text, report.Text{}.String(back), "grades and trends are read back")
		assert.Equal(t, cause.Blocked, back.Findings[1].Graded)
	}
}
