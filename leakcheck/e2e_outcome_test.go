package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// A test that failed had no chance to clean up: its own message stands alone.
func TestE2EFailedTestIsLeftAlone(t *testing.T) {
	t.Parallel()
	for test, message := range map[string]string{
		"TestFatal":          "fatal: my own message",
		"TestFatalDeferred":  "fatal: my own message",
		"TestErrorInCleanup": "cleanup: my own message",
		"TestSubtestFails":   "sub: my own message",
	} {
		out := fails(t, "verify", test)
		assert.Contains(t, out, message)
		assert.NotContains(t, out, "leakcheck:", test)
		assert.Less(t, took(t, out, "FAIL", test), noWait, "%s: nothing is waited for", test)
	}
}

// RunOnFailure asks for both, and the test's own message comes first.
func TestE2ERunOnFailure(t *testing.T) {
	t.Parallel()
	out := fails(t, "verify", "TestFatalRunOnFailure")
	own, ours := strings.Index(out, "fatal: my own message"), strings.Index(out, "leakcheck: 1 goroutine")
	assert.True(t, 0 <= own && own < ours, "%s", out)
}

// What a failed test left behind is nobody else's leak.
func TestE2EFailedTestDoesNotSpoilTheNext(t *testing.T) {
	t.Parallel()
	r := run(t, "verify", nil, "-test.v", only("TestFatal", "TestFatalNext", "TestFatalDeferred", "TestFatalDeferredNext"))
	assert.Equal(t, 1, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
	assert.Less(t, took(t, r.out, "PASS", "TestFatalNext"), noWait)
	assert.Less(t, took(t, r.out, "PASS", "TestFatalDeferredNext"), noWait)
}

// A skipped test may leak as well; its own message comes first. A clean one
// stays skipped.
func TestE2ESkip(t *testing.T) {
	t.Parallel()
	out := fails(t, "verify", "TestSkip")
	own, ours := strings.Index(out, "skip: my own message"), strings.Index(out, "leakcheck: 1 goroutine outlived TestSkip")
	assert.True(t, 0 <= own && own < ours, "%s", out)

	r := run(t, "verify", nil, "-test.v", only("TestSkipClean"))
	assert.Zero(t, r.code)
	assert.Contains(t, r.out, "--- SKIP: TestSkipClean")
	assert.NotContains(t, r.out, "leakcheck:")
}

// A panic ends the process with its own message and trace, as without Verify.
func TestE2EPanic(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"TestPanic", "TestPanicDeferred"} {
		r := run(t, "verify", nil, "-test.v", only(test))
		assert.Equal(t, 2, r.code)
		assert.Contains(t, r.out, "panic: panic: my own message")
		assert.Contains(t, r.out, "testdata/verify."+test+"(", "the trace leads to the panic")
		assert.NotContains(t, r.out, "leakcheck:", test)
		assert.Less(t, took(t, r.out, "FAIL", test), noWait, "%s: the message must not wait", test)
	}
}

// A deferred Verify cannot see what the cleanups are going to end. It says so,
// where it stands, and what to write instead; written so, the test passes.
func TestE2EDeferredTooEarly(t *testing.T) {
	t.Parallel()
	out := fails(t, "verify", "TestDeferredEarly")
	assert.Contains(t, out, marked(t, "verify", "deferred: end")+": leakcheck: 1 goroutine outlived TestDeferredEarly (", "the failure can only stand at the end of the function")
	report := reportOn(t, out, "TestDeferredEarly")
	assert.Contains(t, row(t, report, "started"), marked(t, "verify", "deferred: go"))
	first, _, _ := strings.Cut(report, "\n")
	assert.Contains(t, first, marked(t, "verify", "deferred: defer"))
	_, note, _ := strings.Cut(strings.Join(strings.Fields(report), " "), "note: ")
	golden.Words(t, "note", note)

	r := run(t, "verify", nil, "-test.v", only("TestDeferredMended", "TestDeferredClean"))
	assert.Zero(t, r.code, "%s", r.out)
	assert.Contains(t, r.out, "--- PASS: TestDeferredMended")
	assert.Contains(t, r.out, "--- PASS: TestDeferredClean")
}

// A deferred Verify finds what a Verify at the top finds.
func TestE2EDeferredFinds(t *testing.T) {
	t.Parallel()
	report := reportOn(t, fails(t, "verify", "TestDeferredLeak"), "TestDeferredLeak")
	assert.Contains(t, row(t, report, "at"), marked(t, "verify", "send: wait"))
	assert.Contains(t, row(t, report, "started"), marked(t, "verify", "send: go"))
}

// Verify takes every kind of test, fails the right one, and at its own line.
func TestE2EKinds(t *testing.T) {
	t.Parallel()
	for subject, flags := range map[string][]string{
		"TestPlain":               {only("TestPlain")},
		"TestSub/inner":           {only("TestSub")},
		"BenchmarkLeak":           {"-test.run=^$", "-test.bench=^BenchmarkLeak$", "-test.benchtime=3x"},
		"FuzzLeak/seed#0":         {only("FuzzLeak")},
		"FuzzOuter":               {only("FuzzOuter")},
		"TestSuite/TestB":         {only("TestSuite")},
		"TestSetupSuite/TestLeak": {only("TestSetupSuite")},
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			r := run(t, "kinds", nil, append(flags, "-test.v")...)
			require.Equal(t, 1, r.code, "%s", r.out)
			assert.Contains(t, r.out, marked(t, "kinds", "verify: "+subject)+": leakcheck: 1 goroutine outlived "+subject)
			assert.Contains(t, r.out, "--- FAIL: "+subject)
			assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "%s", r.out)
			report := reportOn(t, r.out, subject)
			assert.Contains(t, row(t, report, "at"), marked(t, "kinds", "wait"))
			assert.Contains(t, row(t, report, "started"), marked(t, "kinds", "go"))
		})
	}
}

// The workers of the benchmark and fuzz runners are not the test's.
func TestE2EKindsClean(t *testing.T) {
	t.Parallel()
	r := run(t, "kinds", nil, "-test.v", only("FuzzClean"), "-test.bench=^BenchmarkClean$", "-test.cpu=1,4", "-test.benchtime=100x")
	assert.Zero(t, r.code, "%s", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
	assert.Contains(t, r.out, "--- PASS: FuzzClean")
	assert.Contains(t, r.out, "BenchmarkClean")
}
