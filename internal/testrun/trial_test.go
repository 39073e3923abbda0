package testrun

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/fix"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// TestAlso has changes end the leaks of others: a cache has two goroutines, and to
// close it twice may do harm.
func TestAlso(t *testing.T) {
	t.Parallel()
	problemOf := func(test, at string, failed ...string) *problem {
		pr := &problem{spot: spot{test: test, at: at}, fix: &report.Fix{}, todo: []fix.Candidate{{What: "close " + test}}}
		for _, what := range failed {
			pr.fix.Trial.Failed = append(pr.fix.Trial.Failed, report.Tried{What: what, Why: "TestX fails"})
		}
		return pr
	}
	for _, c := range []struct {
		why   string
		other *problem
		batch []string // the tests whose changes passed together
		left  int      // goroutines of the other problem
		whole bool
		want  string // the change that ended the other one
	}{
		{"the same test ran each time", problemOf("A", "2"), []string{"A", "B"}, 0, false, "close A"},
		{"what failed before was not to blame", problemOf("A", "2", "close A", "else"), []string{"A", "B"}, 0, false, "close A"},
		{"it is still there", problemOf("A", "2"), []string{"A"}, 1, true, ""},
		{"a change for another test, and it ran", problemOf("C", "2"), []string{"A"}, 0, true, "close A"},
		{"its test ran not each time", problemOf("C", "2"), []string{"A"}, 0, false, ""},
		{"a subtest of the same test", problemOf("A/sub", "2"), []string{"A/other", "B"}, 0, false, "close A/other"},
		{"who of two ended it is not known", problemOf("C", "2"), []string{"A", "B"}, 0, true, ""},
	} {
		x := &fixing{before: map[spot]int{}, problems: []*problem{c.other}}
		var batch []*problem
		for _, test := range c.batch {
			batch = append(batch, problemOf(test, "1"))
		}
		x.also(batch, &verdict{most: map[spot]int{c.other.spot: c.left}, whole: c.whole})
		assert.Equal(t, c.want, c.other.fix.What, c.why)
		assert.Equal(t, c.want != "", c.other.fix.Trial.Passed, c.why)
		for _, f := range c.other.fix.Trial.Failed {
			assert.NotEqual(t, c.want, f.What, c.why)
		}
	}
}

// TestJudge looks for the harm that a change did.
func TestJudge(t *testing.T) {
	t.Parallel()
	leak := report.Finding{Test: "A", Count: 1}
	leak.At.Func, leak.Cause.ID = "example.com/shop.send", "chan-send"
	other := leak
	other.At.Source = "<-done"
	left := &report.Report{Left: make([]report.Left, 3)}
	for _, c := range []struct {
		why    string
		failed []string
		report *report.Report
		harm   string
		most   int // of leak
	}{
		{"nothing leaks", nil, &report.Report{}, "", 0},
		{"the leak is there, and that is no harm", nil, &report.Report{Findings: []report.Finding{leak}}, "", 1},
		{"a test that failed before", []string{"Flaky"}, &report.Report{}, "", 0},
		{"a test that passed", []string{"Flaky", "Order"}, &report.Report{}, "Order fails", 0},
		{"a second goroutine", nil, &report.Report{Findings: []report.Finding{leak, leak}}, "another goroutine leaks: shop.send (chan-send)", 2},
		{"another goroutine", nil, &report.Report{Findings: []report.Finding{other}}, "another goroutine leaks: <-done (chan-send)", 0},
		{"descriptors", nil, left, "more descriptors or child processes are left: 3, not 1", 0},
	} {
		x := &fixing{before: map[spot]int{spotOf(&leak): 1}, failing: map[string]bool{"Flaky": true}, left: 1}
		v := &verdict{most: map[spot]int{}}
		x.judge(v, &step{tests: &frame.Tests{Failed: c.failed}, reports: []*report.Report{c.report}})
		assert.Equal(t, c.harm, v.harm, c.why)
		assert.Equal(t, c.most, v.most[spotOf(&leak)], c.why)
	}
	v := &verdict{most: map[spot]int{}}
	(&fixing{}).judge(v, &step{})
	golden.Words(t, "cut short", v.harm)
}
