package testrun

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// leakAt is a finding of a test that a go statement at a line led to.
func leakAt(test string, line, count int) report.Finding {
	return report.Finding{Test: test, Count: count, Started: report.Site{Func: "m.F", File: "m.go", Line: line}, Cause: cause.Cause{ID: "send"}}
}

func ran(number int, tests *frame.Tests, found ...report.Finding) *step {
	return &step{number: number, tests: tests, reports: []*report.Report{{Findings: found}}}
}

func TestConfirmed(t *testing.T) {
	t.Parallel()
	whole, failed := &frame.Tests{Package: true}, &frame.Tests{Failed: []string{"TestB"}}
	p := &Package{Reports: []*report.Report{
		{Total: 6, Findings: []report.Finding{leakAt("TestA/sub", 1, 2), leakAt("TestA", 2, 1), leakAt("TestB", 1, 1), leakAt("TestC", 1, 1), leakAt("", 3, 1)}},
		{Kind: report.Hung, Total: 1, Findings: []report.Finding{leakAt("TestHung", 1, 1)}},
	}}
	assert.Equal(t, []string{"TestA", "TestB", "TestC", ""}, p.suspects(), "a test that cannot end cannot run nine times")
	runs := []*step{
		ran(0, whole, leakAt("TestA/sub", 1, 2), leakAt("TestA", 2, 1)),
		ran(1, whole, leakAt("TestA/sub", 1, 6), leakAt("TestA", 2, 1)),
		ran(2, whole, leakAt("TestA/sub", 1, 9), leakAt("TestA/sub", 1, 9), leakAt("TestA", 2, 1)),
		ran(3, whole, leakAt("TestB", 1, 1)), ran(4, failed), ran(5, failed),
		ran(6, whole, leakAt("TestC", 1, 1)), ran(7, nil),
		ran(9, whole, leakAt("", 3, 1)), ran(10, whole, leakAt("", 3, 1)), ran(11, whole, leakAt("", 3, 1)),
	}
	for i, test := range p.suspects() {
		p.confirmed(test, runs, i*len(confirmations))
	}
	var trends []string
	for _, r := range p.Reports {
		for _, f := range r.Findings {
			trends = append(trends, f.Trend)
		}
	}
	golden.Words(t, "trends", trends)
	assert.Equal(t, 7, p.Leaks())
	assert.Equal(t, 5, p.Failing(), "two are made once")
}

func TestOnly(t *testing.T) {
	t.Parallel()
	a := &Args{before: []string{"-run=A|B", "./...", "-skip=C", "-test.timeout=1m", "-exec=qemu"}, after: []string{"-args", "-timeout=2m"}}
	assert.Equal(t, []string{"-test.run=^TestX$"}, a.only("TestX"))
	assert.Equal(t, []string{"-test.run=A|B", "-test.skip=C"}, a.only(""), "nobody knows the test: all that ran before")
	assert.Equal(t, "-test.timeout=1m", a.limit())
	assert.Equal(t, "qemu", a.value("exec"))
	assert.Equal(t, "-test.timeout=10m0s", (&Args{}).limit())
}
