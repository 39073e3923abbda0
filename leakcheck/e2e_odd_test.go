package leakcheck_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// settings are the ways to run a test that change what a dump or a report
// looks like.
var settings = map[string][]string{
	"ancestors":             {"GODEBUG=tracebackancestors=8"},
	"verbose":               {"LEAKCHECK_VERBOSE=1"},
	"verbose ancestors":     {"LEAKCHECK_VERBOSE=1", "GODEBUG=tracebackancestors=8"},
	"labels off, no proofs": {"GODEBUG=tracebacklabels=0", "LEAKCHECK_PROOF=off"},
}

// Dumps that break readers of dumps: the leak has to be found anyway,
// and nothing that came from the program may reach the terminal as an order.
func TestE2EOddDumps(t *testing.T) {
	t.Parallel()
	for name, env := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name != "verbose ancestors" { // which has what the others have
				steady.Slow(t)
			}
			for test, why := range map[string]string{
				"TestDeep":           "the runtime leaves out the middle of 400 calls",
				"TestLabelsDo":       "labels that look like the syntax around them",
				"TestLabelsReplaced": "labels that took the place of the test's",
				"TestGrandchild":     "a goroutine whose parents are gone",
				"TestSend":           "nothing odd but the setting",
			} {
				out := fails(t, "verify", test, env...)
				assert.Contains(t, reportOn(t, out, test), "leakcheck: 1 goroutine outlived "+test, why)
				assert.NotContains(t, out, "panic", why)
				assertHarmless(t, out)
			}
		})
	}
}

// assertHarmless looks for what a terminal would obey.
func assertHarmless(t *testing.T, out string) {
	t.Helper()
	for _, r := range out {
		if unicode.IsControl(r) && r != '\n' || r == '\u202e' || r == '\u2028' || r == unicode.ReplacementChar {
			assert.Fail(t, "raw control character", "%q in %q", r, out)
			return
		}
	}
}

// What was elided is counted, and the two lines are named as ever.
func TestE2EDeepStack(t *testing.T) {
	t.Parallel()
	report := reportOn(t, fails(t, "verify", "TestDeep"), "TestDeep")
	assert.Contains(t, row(t, report, "at"), marked(t, "verify", "deep: wait"))
	assert.Contains(t, row(t, report, "started"), marked(t, "verify", "deep: go"))
	assert.Regexp(t, `^verify\.recurse \(\d+ times\) < \d+ more$`, row(t, report, "stack"))
	assert.LessOrEqual(t, strings.Count(report, "\n")+1, 10)

	verbose := reportOn(t, fails(t, "verify", "TestDeep", "LEAKCHECK_VERBOSE=1"), "TestDeep")
	assert.Greater(t, strings.Count(verbose, "verify.recurse("), 90, "verbose prints all calls that the runtime did")
	assert.Contains(t, verbose, "frames elided")
}

// A verbose report shows labels whole, in a form that is safe to print.
func TestE2ELabelsVerbose(t *testing.T) {
	t.Parallel()
	report := reportOn(t, fails(t, "verify", "TestLabelsDo", "LEAKCHECK_VERBOSE=1"), "TestLabelsDo")
	for _, want := range []string{
		`"quote\"key": "say \"hi\", \\ and"`,
		`"new\nline": "goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1"`,
		`"brackets]:": "{a: b}, [chan send]:"`,
		`"escape\x1b[31m": "\x1b]0;title\x07\x1b[2J\r\x00`,
	} {
		assert.Contains(t, report, want)
	}
}

// A value of "0", "false" or nothing is not a request for a verbose report.
func TestE2EVerboseOff(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "0", "false"} {
		out := fails(t, "verify", "TestSend", "LEAKCHECK_VERBOSE="+value)
		assert.NotContains(t, out, "      ids ", "LEAKCHECK_VERBOSE=%s", value)
	}
	assert.Contains(t, fails(t, "verify", "TestSend", "LEAKCHECK_VERBOSE=1"), "      ids ")
}

// Six tests that run at the same time, each with a leak in a function of its
// own: none may be failed by the leak of another.
func TestE2EParallelTests(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.v", "-test.parallel=6", only("TestSix."))
	assert.Equal(t, 1, r.code)
	for _, x := range strings.Split("ABCDEF", "") {
		report := reportOn(t, r.out, "TestSix"+x)
		assert.Contains(t, report, "leakcheck: 1 goroutine outlived")
		assert.Contains(t, row(t, report, "at"), "verify.block"+x)
		assert.Contains(t, row(t, report, "started"), "verify.TestSix"+x)
	}
	assert.Equal(t, 6, strings.Count(r.out, "leakcheck:"), "%s", r.out)
}

// The same where the stacks are identical and no name of a test is in them, so
// that only what goroutines inherit tells them apart.
func TestE2EParallelSubtests(t *testing.T) {
	t.Parallel()
	for _, parallel := range []string{"2", "6"} {
		r := run(t, "verify", nil, "-test.v", "-test.parallel="+parallel, only("TestSubs"))
		assert.Equal(t, 1, r.code)
		for _, x := range strings.Split("ABCDEF", "") {
			assert.Equal(t, 1, strings.Count(r.out, "leakcheck: 1 goroutine outlived TestSubs/"+x), "-test.parallel=%s\n%s", parallel, r.out)
		}
		assert.Equal(t, 6, strings.Count(r.out, "leakcheck:"), "-test.parallel=%s", parallel)
	}
}
