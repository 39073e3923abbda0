package hook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestStrangers(t *testing.T) {
	t.Parallel()
	finding := func(test string, at, started report.Site) report.Finding {
		return report.Finding{Test: test, Stack: []report.Site{at}, Started: started}
	}
	library, mine := report.Site{Func: "lib.Start", File: "lib.go", Line: 3}, report.Site{Func: "m.F", File: "m.go", Path: "m.go", Line: 5}
	inTest := report.Site{Func: "m.TestC", File: "m_test.go", Path: "m_test.go", Line: 7}
	known := finding("TestB", library, library)
	known.Example.Ancestors = []stackparse.Ancestor{{ID: 1}}
	r := &report.Report{Findings: []report.Finding{
		finding("TestA/sub", library, library),
		finding("TestA", library, library),
		known, // who called is known, as the user sets GODEBUG
		finding("TestC", inTest, library),
		finding("TestC", library, inTest),
		finding("TestD", library, report.Site{}),
		finding("TestE", mine, mine),
	}}
	assert.Equal(t, []string{"TestA", "TestE"}, strangers(r, []string{"ExampleB"}), "all others name a line of a test")
	r.Findings = append(r.Findings, finding("", mine, mine))
	assert.Equal(t, []string{"ExampleB", "TestA", "TestE"}, strangers(r, []string{"ExampleB"}),
		"no test is known, so any example may have left it")
}

// A second run takes at most a quarter of the time of the first, or two seconds.
func TestAffordable(t *testing.T) {
	t.Parallel()
	took := map[string]time.Duration{"TestA": 9 * time.Second, "TestB": time.Second, "TestC": 900 * time.Millisecond, "TestD": 4 * time.Second}
	all := []string{"TestA", "TestB", "TestC", "TestD"}
	for run, want := range map[time.Duration][]string{
		time.Second: {"TestC", "TestB"}, 24 * time.Second: {"TestC", "TestB", "TestD"}, time.Hour: {"TestC", "TestB", "TestD", "TestA"},
	} {
		some, _ := affordable(all, took, run)
		assert.Equal(t, want, some, "%v", run)
	}
	took["TestA"] = 15 * time.Second
	some, sum := affordable(all, took, time.Hour)
	assert.Equal(t, []string{"TestC", "TestB", "TestD"}, some, "the go command kills a process that takes too long")
	assert.Equal(t, 5900*time.Millisecond, sum)
}

// The second process is called as the first one was, except for where results go and
// what is run.
func TestAgainArgs(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"-test.run=^(TestA|TestX\\$)$", "-test.paniconexit0", "-test.timeout=10m0s", "--test.short=true", "-mine", "-test.run=B"},
		againArgs([]string{"-test.paniconexit0", "-test.timeout=10m0s", "-test.v=test2json", "-test.run=A", "-test.testlogfile=/l",
			"--test.short=true", "--test.count=3", "-mine", "-test.run=B"}, []string{"TestA", "TestX$"}))
}

func TestRemembering(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"A=1", "GODEBUG=tracebackancestors=10"}, remembering([]string{"GODEBUG=", "A=1"}))
	assert.Equal(t, []string{"A=1", "GODEBUG=panicnil=1,tracebackancestors=10"}, remembering([]string{"A=1", "GODEBUG=panicnil=1"}))
}
