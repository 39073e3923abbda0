package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// VerifyTestMain names the test where the go statement stands in it, says how
// to learn the test where nothing tells, and prints after the tests' output.
func TestE2EMainNamesTheTest(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, only("TestClean", "TestOwnGo"))
	assert.Equal(t, 1, r.code)
	report := reportOn(t, r.out, "the tests")
	assert.Contains(t, report, "leakcheck: 1 goroutine ", "what TestMain started before is not theirs")
	assert.Contains(t, row(t, report, "owner"), "TestOwnGo")
	assert.Contains(t, row(t, report, "started"), marked(t, "testmain", "own: go"))
	assert.NotContains(t, report, "note:")
	for _, before := range []string{"output of TestClean", "PASS\n"} {
		at := strings.Index(r.out, before)
		assert.True(t, 0 <= at && at < strings.Index(r.out, "leakcheck:"), "%q comes first in\n%s", before, r.out)
	}
	assert.NotContains(t, r.out, "VerifyTestMain returned", "it exits")

	r = run(t, "testmain", nil, only("TestHelperGo"))
	assert.Equal(t, 1, r.code)
	report = reportOn(t, r.out, "the tests")
	assert.Contains(t, row(t, report, "started"), marked(t, "testmain", "helper: go"))
	note := strings.Join(strings.Fields(report), " ")
	assert.Regexp(t, `note: .* leakcheck\.Verify\(t\) `, note)

	// The advice of that note works.
	r = run(t, "testmain", []string{"GODEBUG=tracebackancestors=10"}, only("TestHelperGo"))
	assert.Contains(t, row(t, reportOn(t, r.out, "the tests"), "owner"), "TestHelperGo")
}

// A leak of a test without a check fails no later test, however that test looks,
// and no test is named that had no part in it but as a time.
func TestE2EMainAfterUnchecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tests []string
		owner string
	}{
		{[]string{"TestHelperGo", "TestInnocentDeferred"}, "unknown; started before TestInnocentDeferred ended, by a goroutine that is gone"},
		{[]string{"TestHelperGo", "TestInnocentFirst", "TestInnocentDeferred"}, "unknown; it appeared before TestInnocentFirst began, in a test without a check"},
	} {
		r := run(t, "testmain", nil, "-test.v", only(tt.tests...))
		assert.Equal(t, 1, r.code)
		assert.NotContains(t, r.out, "--- FAIL", "no test is to blame")
		assert.Contains(t, row(t, reportOn(t, r.out, "the tests"), "owner"), tt.owner)
	}
}

// What the tests' own checks left to VerifyTestMain is reported also when
// another test failed, which is no reason to say nothing of it.
func TestE2EMainAfterFailure(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, "-test.parallel=2", only("TestFails", "TestTimerA", "TestTimerB"))
	assert.Equal(t, 1, r.code)
	report := reportOn(t, r.out, "the tests")
	assert.Contains(t, report, "leakcheck: 2 goroutines ")
	assert.Regexp(t, `^unknown; .* TestTimer`, row(t, report, "owner"))
	assert.Contains(t, strings.Join(strings.Fields(report), " "), "one by one",
		"neither a label nor an ancestor would")

	r = run(t, "testmain", nil, only("TestFails", "TestHelperGo"))
	assert.NotContains(t, r.out, "leakcheck:", "what no check has seen may be the failed test's")
}

// Clean tests exit with 0 and say nothing.
func TestE2EMainClean(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, only("TestClean"))
	assert.Zero(t, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
	assert.NotContains(t, r.out, "VerifyTestMain returned")

	r = run(t, "testmain", []string{"FIXTURE_OPTION=Ignore"}, only("TestHelperGo"))
	assert.Zero(t, r.code, "an ignored leak is none: %s", r.out)

	r = run(t, "testmain", nil, "-test.list=.")
	assert.Zero(t, r.code, "no test ran, so none leaked: %s", r.out)
}

// A leak exits with 1 and a failed test keeps its code, whatever the function
// given to Cleanup does; it gets the code.
func TestE2EMainCleanup(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"return", "goexit", "panic"} {
		for test, code := range map[string]int{"TestClean": 0, "TestOwnGo": 1, "TestFails": 1} {
			r := run(t, "testmain", []string{"FIXTURE_CLEANUP=" + end}, only(test))
			assert.Equal(t, code, r.code, "%s, %s: %s", end, test, r.out)
			assert.Contains(t, r.out, "cleanup got "+string(rune('0'+code)), "%s, %s", end, test)
			assert.Equal(t, test == "TestOwnGo", strings.Contains(r.out, "leakcheck: 1 goroutine"), "%s, %s", end, test)
			assert.Equal(t, end == "panic", strings.Contains(r.out, "cleanup: my own panic"), "a panic is shown")
			assert.NotContains(t, r.out, "goroutine 1 [", "%s, %s: no crash", end, test)
		}
	}
}

// Tests that failed are left alone, unless one asks; then their own messages
// come first.
func TestE2EMainRunOnFailure(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, only("TestFails"))
	assert.Equal(t, 1, r.code)
	assert.NotContains(t, r.out, "leakcheck:")

	r = run(t, "testmain", []string{"FIXTURE_OPTION=RunOnFailure"}, only("TestFails"))
	assert.Equal(t, 1, r.code)
	own, ours := strings.Index(r.out, "fails: my own message"), strings.Index(r.out, "leakcheck: 1 goroutine outlived the tests")
	assert.True(t, 0 <= own && own < ours, "%s", r.out)
}

// A panic of a test keeps the process's exit code of 2: there is no check.
// (Flags that the testing package refuses exit with 2 as well.)
func TestE2EMainKeepsOtherExitCodes(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, "-test.nosuchflag")
	assert.Equal(t, 2, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
}

// A goroutine that Verify reported, or that a failed test with Verify left, is
// not news at the end.
func TestE2EMainReportsOnce(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", []string{"FIXTURE_OPTION=RunOnFailure"}, only("TestVerified"))
	require.Equal(t, 1, r.code)
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "%s", r.out)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived TestVerified")

	r = run(t, "testmain", []string{"FIXTURE_OPTION=RunOnFailure"}, only("TestFailsVerified"))
	require.Equal(t, 1, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
}

// Run is for a TestMain with more to do: it returns the code and does not exit.
func TestE2ERun(t *testing.T) {
	t.Parallel()
	for test, want := range map[string]string{"TestClean": "Run returned 0\n", "TestOwnGo": "Run returned 1\n", "TestFails": "Run returned 1\n"} {
		r := run(t, "testmain", []string{"FIXTURE_RUN=1"}, only(test))
		assert.Contains(t, r.out, want, test)
		assert.Equal(t, test != "TestClean", r.code == 1, test)
	}
}

// Every run of -test.count leaks again, and one report at the end holds all.
func TestE2EMainRepeated(t *testing.T) {
	t.Parallel()
	r := run(t, "testmain", nil, only("TestOwnGo", "TestClean"), "-test.count=3", "-test.cpu=1,4", "-test.shuffle=on")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"))
	assert.Contains(t, reportOn(t, r.out, "the tests"), "leakcheck: 6 goroutines ")
	assert.Contains(t, r.out, "+ 6 x "+title(t, "select-empty"))
}

// A pool that tests share and TestMain closes too late is reported with the way
// to close it in time, which works.
func TestE2EMainShared(t *testing.T) {
	t.Parallel()
	for how, says := range map[string]string{
		"cleanup":  "note: the function given to leakcheck.Cleanup runs after this check; to close shared resources before the check, ",
		"after":    "note: code after leakcheck.Run in TestMain, and deferred calls, run after this check; to close",
		"deferred": "",
		"never":    "",
	} {
		r := run(t, "shared", []string{"FIXTURE_CLOSE=" + how})
		if how == "deferred" {
			assert.Zero(t, r.code, "the pool was there before the tests: %s", r.out)
			continue
		}
		assert.Equal(t, 1, r.code)
		text := strings.Join(strings.Fields(reportOn(t, r.out, "the tests")), " ")
		assert.Contains(t, text, marked(t, "shared", "wait"))
		if says == "" {
			assert.NotContains(t, text, "shared resources", "nothing in TestMain closes anything")
			continue
		}
		assert.Contains(t, text, says)
	}
	isSilent(t, run(t, "shared", []string{"FIXTURE_CLOSE=before"}))
}
