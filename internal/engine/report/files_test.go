package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	a, b, c := report.File{Name: "a", Count: 40}, report.File{Name: "b", Count: 2}, report.File{Name: "c", Count: 1}
	for want, f := range map[string]report.Files{
		"":                          {},
		"in 1 of 2: 40 in a":        {In: 1, Of: 2, Most: []report.File{a}},
		"in all 2: 40 in a, 2 in b": {In: 2, Of: 2, Most: []report.File{a, b}},
		"in 6 of 20, most 40 in a, 2 in b, 1 in c": {In: 6, Of: 20, Most: []report.File{a, b, c, c, c, c}},
	} {
		assert.Equal(t, want, f.String())
	}
	assert.Empty(t, report.Files{In: 1, Of: 1, Most: []report.File{a}}.String(), "there are no others")
}

// What is as normal comes last and is no suspect, unless something speaks for a leak
// however many there are.
func TestNormalFindings(t *testing.T) {
	t.Parallel()
	l := leaks(t, read(t, "send.txt"))[0]
	build := func(change func(l *report.Leak)) *report.Report {
		normal, other := l, l
		normal.Graded, normal.Normal, normal.Trend, normal.Count = cause.Old, true, "as in good.txt, which has 40", 40
		change(&normal)
		other.Goroutine.State, other.Graded, other.Rank = "select", cause.Blocked, 1
		if normal.Graded == cause.Old {
			normal.Rank = 2 // the one who counts ranks it last
		}
		return report.Input{Kind: report.Dumped, Leaks: []report.Leak{normal, other}, Tree: shop(), Graded: true}.Build()
	}
	r := build(func(*report.Leak) {})
	require.Len(t, r.Findings, 2)
	last := &r.Findings[1]
	assert.True(t, last.Normal)
	assert.False(t, last.Suspect(), "old as it is")
	assert.Equal(t, "as in good.txt, which has 40", last.Grade())
	assert.Contains(t, r.Summary(), "1 blocked, 40 normal")
	unusual := r.Unusual("shown with -top 0")
	require.Len(t, unusual.Findings, 1)
	golden.Words(t, "note", unusual.Notes)
	require.Len(t, r.Findings, 2, "the report stays as it is")

	for why, change := range map[string]func(l *report.Leak){
		"proven":      func(l *report.Leak) { l.Goroutine.Leaked, l.Graded = true, cause.Proven },
		"unreachable": func(l *report.Leak) { l.Memory.Unreachable, l.Graded = true, cause.Unreachable },
		"growing":     func(l *report.Leak) { l.Graded = cause.Growing },
		"crashed":     func(l *report.Leak) { l.Crash = true },
	} {
		r := build(change)
		assert.Len(t, r.Unusual("shown with -top 0").Findings, 2, why)
	}
}
