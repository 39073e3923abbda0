package leakcheck_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func itoa(n int) string { return strconv.Itoa(n) }

// The main job: the report names the function, both lines and the cause, the
// failure stands at the line of Verify, and what comes after pays nothing.
func TestBlockedSend(t *testing.T) {
	t.Parallel()
	r := run(t, "leaks", nil, "-test.v", "-test.run=^(TestSend|TestEmpty.)$")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, line(t, "leaks", "verify")+": leakcheck: 1 goroutine outlived TestSend")
	assert.Regexp(t, `at +`+line(t, "leaks", "send")+` +ch <- 1 +leaks\.blockedSend\.func1`, r.out)
	assert.Regexp(t, `started +`+line(t, "leaks", "go")+` +go func\(\) \{ +leaks\.blockedSend`, r.out)
	assert.Contains(t, r.out, `ignore   leakcheck.Ignore(filters.CreatedBy("github.com/leakcheck-go/goroutine/leakcheck/testdata/leaks.blockedSend"))`)
	assert.Less(t, duration(t, r.out, "TestSend"), time.Second, "well under a second for one that never ends")
	for _, test := range []string{"TestEmpty1", "TestEmpty2", "TestEmpty3"} {
		assert.Contains(t, r.out, "--- PASS: "+test)
		assert.Less(t, duration(t, r.out, test), 100*time.Millisecond, "a leak costs later tests no wait")
	}
}

// One kind of leak is one entry, however many goroutines it has.
func TestManyAreOneEntry(t *testing.T) {
	t.Parallel()
	out := failing(t, "TestMany")
	assert.Contains(t, out, "+ 20000 x blocked sending on a channel")
	assert.LessOrEqual(t, reportLines(t, out), 10)
	assert.Less(t, duration(t, out, "TestMany"), 20*time.Second)
}

// The runtime's elision of deep stacks and printed ancestors broke peers.
func TestDeepStack(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{nil, {"GODEBUG=tracebackancestors=8"}, {"LEAKCHECK_VERBOSE=1"}} {
		out := failing(t, "TestDeep", env...)
		assert.Contains(t, out, "1 goroutine outlived TestDeep", env)
		assert.Contains(t, out, "leaks.deep", env)
	}
	assert.Contains(t, failing(t, "TestDeep"), "301 more", "what was elided is counted")
	assert.Contains(t, failing(t, "TestDeep", "LEAKCHECK_VERBOSE=1"), "frames elided...")
}

// Labels may hold anything, and may claim another test; run requires that no
// control character comes through.
func TestHostileLabels(t *testing.T) {
	t.Parallel()
	for _, env := range [][]string{nil, {"GODEBUG=tracebackancestors=8"}, {"LEAKCHECK_VERBOSE=1"}} {
		out := failing(t, "TestHostileLabels", env...)
		assert.Contains(t, out, "1 goroutine outlived TestHostileLabels", env)
		assert.NotContains(t, out, "\u202e", "marks that turn text around are escaped")
	}
	assert.Contains(t, failing(t, "TestHostileLabels", "LEAKCHECK_VERBOSE=1"), `"a\x1b[31m\"]:"`)
}

// A test that fails by itself has its say, first and alone.
func TestOwnMessageFirst(t *testing.T) {
	t.Parallel()
	out := failing(t, "TestFatal")
	assert.Contains(t, out, "my own message")
	assert.NotContains(t, out, "leakcheck:")

	out = failing(t, "TestFatalRunOnFailure")
	assert.Less(t, strings.Index(out, "my own message"), strings.Index(out, "leakcheck: 1 goroutine"))

	out = failing(t, "TestSkip")
	assert.Less(t, strings.Index(out, "my own message"), strings.Index(out, "leakcheck: 1 goroutine"))

	r := run(t, "leaks", nil, "-test.run=^TestPanic$")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.out, "panic: my own message")
	assert.NotContains(t, r.out, "leakcheck:")
}

// What a failed test leaves is nobody else's.
func TestFailedTestIsExcused(t *testing.T) {
	t.Parallel()
	r := run(t, "leaks", nil, "-test.v", "-test.run=^(TestFatal|TestEmpty.)$")
	assert.Contains(t, r.out, "--- PASS: TestEmpty3", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
}

// A deferred Verify looks before the cleanups, and has to say so.
func TestDeferredSaysSo(t *testing.T) {
	t.Parallel()
	out := failing(t, "TestDeferred")
	assert.Contains(t, out, "Verify deferred at "+line(t, "leaks", "deferred"))
	assert.Contains(t, out, "note: the deferred Verify looked before the functions given to t.Cleanup ran")
	assert.Contains(t, strings.Join(strings.Fields(out), " "), "write leakcheck.Verify(t) as the first line of the test")
}

// The ignore line of a report, pasted, leaves out what it was printed for.
func TestIgnoreLineWorks(t *testing.T) {
	t.Parallel()
	r := run(t, "leaks", nil, "-test.run=^TestIgnored$")
	assert.Zero(t, r.code, r.out)
}

// Six parallel tests, each with a great-grandchild whose parents are gone.
func TestParallelTestsAreToldApart(t *testing.T) {
	t.Parallel()
	out := failing(t, "TestSix", "GOMAXPROCS=4")
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		assert.Contains(t, out, "1 goroutine outlived TestSix/"+name)
	}
	assert.Equal(t, 6, strings.Count(out, "leakcheck:"), out)
}

// Labels are the evidence for what dead parents started; they must be there
// whatever GODEBUG says, and GODEBUG must be the test's own again afterwards.
func TestLabelsDespiteGodebug(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"GODEBUG=", "GODEBUG=tracebacklabels=0", "GODEBUG=tracebacklabels=1"} {
		out := failing(t, "TestSetenv", env)
		assert.Contains(t, out, "owner    labelled by TestSetenv", env)
		assert.Contains(t, out, "GODEBUG=http2debug=0\n", env)
	}
}

// Every kind of test has a door to Verify.
func TestKindsOfTests(t *testing.T) {
	t.Parallel()
	assert.Contains(t, failing(t, "TestSuite"), "1 goroutine outlived TestSuite/TestMethod")
	assert.Contains(t, failing(t, "FuzzSend"), "1 goroutine outlived FuzzSend/seed#0")
	r := run(t, "leaks", nil, "-test.run=^$", "-test.bench=Send", "-test.benchtime=1x")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "1 goroutine outlived BenchmarkSend")
}

// No false alarm, however the tests are run.
func TestQuiet(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-test.v", "-test.bench=.", "-test.benchtime=10x"},
		{"-test.count=3", "-test.cpu=1,4", "-test.shuffle=on", "-test.short", "-test.skip=Sleeper|Timer"},
		{"-test.parallel=1", "-test.timeout=50s", "-test.skip=Sleeper|Timer"},
	} {
		r := run(t, "quiet", nil, args...)
		assert.Zero(t, r.code, "%s: %s", args, r.out)
		assert.NotContains(t, r.out, "leakcheck:", args)
	}
}

// -count and -cpu repeat a test in one process: each run has its own leak.
func TestRepeatedRuns(t *testing.T) {
	t.Parallel()
	r := run(t, "leaks", nil, "-test.run=^TestSend$", "-test.count=3", "-test.cpu=1,4", "-test.shuffle=on")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, 6, strings.Count(r.out, "1 goroutine outlived TestSend"), r.out)
}

// Misuse is refused where it is written, with the right way to write it.
func TestMisuse(t *testing.T) {
	t.Parallel()
	for want, misuse := range map[string]func(){
		"pass the *testing.T":               func() { leakcheck.Verify(nil) },
		"t is nil":                          func() { leakcheck.Verify((*testing.T)(nil)) },
		"write Wait(0)":                     func() { leakcheck.Wait(-time.Second) },
		"option 1 is nil; leave it out":     func() { leakcheck.Find(nil) },
		"the function is nil; leave":        func() { leakcheck.Cleanup(nil) },
		"pass at least one filter":          func() { leakcheck.Ignore() },
		"is the zero Filter":                func() { leakcheck.Ignore(filters.Filter{}) },
		"pass the *testing.M of TestMain":   func() { leakcheck.Run(nil) },
		`write the function that called it`: func() { filters.TopFunction("runtime.gopark") },
	} {
		assert.Contains(t, panicText(misuse), want)
	}
}

func panicText(f func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	f()
	return "no panic"
}
