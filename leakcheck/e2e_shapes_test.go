package leakcheck_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// blames asserts that a run failed subject, and nothing else, for the one leak
// that the fixture marks: at its Verify, with the place of the wait and of the
// go statement.
func blames(t *testing.T, r result, fixture, subject string) {
	t.Helper()
	require.Equal(t, 1, r.code, "%s", r.out)
	assert.Contains(t, r.out, marked(t, fixture, "verify: "+subject)+": leakcheck: 1 goroutine outlived "+subject)
	assert.Contains(t, r.out, "--- FAIL: "+subject)
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), "one report in\n%s", r.out)
	report := reportOn(t, r.out, subject)
	assert.Regexp(t, `^`+marked(t, fixture, "wait")+` +<-ch `, row(t, report, "at"))
	assert.Regexp(t, `^`+marked(t, fixture, "go")+` +go func\(\) \{ `, row(t, report, "started"))
}

// isSilent asserts that a run passed and leakcheck printed nothing.
func isSilent(t *testing.T, r result) {
	t.Helper()
	assert.Zero(t, r.code, "%s", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
}

// Whatever the shape of a test, its leak fails it and none of its neighbours,
// in any order and with any number of processors.
func TestE2EShapes(t *testing.T) {
	t.Parallel()
	for subject, why := range map[string]string{
		"TestLoop/2":                     "subtests of a loop share the line of their Verify",
		"TestLoopParallel/2":             "they run at the same time",
		"TestLoopWhole":                  "the subtests have no check of their own",
		"TestLoopNested/b/x":             "each level has one, and the innermost reports",
		"TestLoopSameName/same_name#01":  "the runner changed the name",
		"TestShort":                      "-short was not asked for",
		"TestSetenvLeak":                 "the environment names another GOROOT, and changes what a dump shows",
		"TestChdirLeak":                  "the source is no longer where it was relative to the process",
		"TestCleanupLeak":                "a cleanup leaks",
		"TestTwice":                      "two checks report once",
		"TestSkipNowLeak":                "a test that skips itself is over as well",
		"TestSkipSub/leaks":              "another subtest skips itself",
		"TestPanicCaughtLeak":            "the panic is over",
		"TestRunInGoroutine/sub":         "the parent's goroutine did not start the subtest",
		"TestSuiteless/TestMethod/inner": "a subtest of a table of methods",
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			top, _, _ := strings.Cut(subject, "/")
			r := run(t, "shapes", nil, "-test.v", only(top))
			require.NotEmpty(t, why)
			blames(t, r, "shapes", subject)
			assert.NotContains(t, r.out, "note:", why)
		})
	}
}

// Their clean twins, as one process.
func TestE2EShapesClean(t *testing.T) {
	t.Parallel()
	clean := []string{"TestLoopClean", "TestSetenvClean", "TestChdirClean", "TestCleanupAfter", "TestCleanupBefore",
		"TestCleanupOfCleanup", "TestCleanupOfParent", "TestTwiceClean", "TestPanicCaughtClean", "TestRowThird", "TestAfterFatal"}
	for _, flags := range [][]string{
		{"-test.count=3", "-test.cpu=1,4", "-test.shuffle=on"},
		{"-test.parallel=1"},
		{"-test.short", "-test.failfast"},
		{"-test.timeout=0"},
	} {
		r := run(t, "shapes", nil, append(flags, "-test.v", only(clean...))...)
		isSilent(t, r)
		for _, test := range clean {
			assert.Contains(t, r.out, "--- PASS: "+test+" ", "%v", flags)
		}
	}
	r := run(t, "shapes", nil, "-test.v", only("TestSkipNowClean"))
	isSilent(t, r)
	assert.Contains(t, r.out, "--- SKIP: TestSkipNowClean ")
	r = run(t, "shapes", nil, "-test.v", "-test.short", only("TestShort"))
	isSilent(t, r)
	assert.Contains(t, r.out, "--- PASS: TestShort ")
}

// A parent that defers its check waits for its parallel subtests, too.
func TestE2EDeferredByParent(t *testing.T) {
	t.Parallel()
	blames(t, run(t, "shapes", nil, "-test.v", only("TestLoopDeferred")), "shapes", "TestLoopDeferred")
}

// A check that is open while serial tests run is not theirs.
func TestE2EPaused(t *testing.T) {
	t.Parallel()
	for _, parallel := range []string{"1", "3"} {
		r := run(t, "shapes", nil, "-test.v", "-test.parallel="+parallel, only("TestPaused.*"))
		blames(t, r, "shapes", "TestPausedLeak")
		assert.Contains(t, r.out, "--- PASS: TestPausedClean")
		assert.Contains(t, r.out, "--- PASS: TestPausedSerial")
	}
}

// A closer that is registered before the check runs after it.
func TestE2ECleanupTooLate(t *testing.T) {
	t.Parallel()
	out := fails(t, "shapes", "TestCleanupTooLate")
	assert.Contains(t, out, marked(t, "shapes", "verify: TestCleanupTooLate")+": leakcheck: 1 goroutine outlived TestCleanupTooLate")
}

// A name is text from outside, and it is the name that go test prints.
func TestE2EOddNames(t *testing.T) {
	t.Parallel()
	out := fails(t, "shapes", "TestLoopOddName")
	for _, name := range []string{`TestLoopOddName/a:_b_---_FAIL:_{x}_"y"`, `TestLoopOddName/é\x1b[31m`} {
		assert.Contains(t, out, "    --- FAIL: "+name+" (")
		assert.Equal(t, "labelled by "+name, row(t, reportOn(t, out, name), "owner"))
	}
	assert.Equal(t, 2, strings.Count(out, "leakcheck:"), "%s", out)
}

// -failfast ends a run after the first leak, as after any failure.
func TestE2EFailFast(t *testing.T) {
	t.Parallel()
	r := run(t, "shapes", nil, "-test.v", "-test.failfast", only("TestRow.*"))
	blames(t, r, "shapes", "TestRowFirst")
	assert.NotContains(t, r.out, "TestRowSecond")

	r = run(t, "shapes", nil, "-test.v", only("TestRow.*"))
	assert.Equal(t, 2, strings.Count(r.out, "leakcheck:"), "%s", r.out)
	assert.Contains(t, r.out, "--- PASS: TestRowThird")
}

// Of four runs in one process two leak, each on its own.
func TestE2EEverySecondRun(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-test.count=4"}, {"-test.cpu=1,2,3,4"}, {"-test.count=2", "-test.cpu=4,1", "-test.shuffle=1"}} {
		r := run(t, "shapes", nil, append(flags, "-test.v", only("TestEverySecond"))...)
		assert.Equal(t, 1, r.code)
		assert.Equal(t, 2, strings.Count(r.out, marked(t, "shapes", "verify: TestEverySecond")+": leakcheck: 1 goroutine outlived TestEverySecond"), "%s", r.out)
		assert.Equal(t, 2, strings.Count(r.out, "--- FAIL: TestEverySecond"))
		assert.Equal(t, 2, strings.Count(r.out, "--- PASS: TestEverySecond"))
	}
}

// A test that failed or panicked has its own message, at its own place, at
// once. The goroutines that it left are nobody else's.
func TestE2EOwnMessageAlone(t *testing.T) {
	t.Parallel()
	for test, want := range map[string]struct {
		code    int
		message string
	}{
		"TestFatalInHelper":      {1, marked(t, "shapes", "fatal: here") + ": fatal: my own message"},
		"TestFailNowInGoroutine": {1, "goroutine: my own message"},
		"TestPanicInSub":         {2, "panic: panic: my own message"},
		"TestPanicInCleanup":     {2, "panic: panic: my own message"},
		"TestPanicInParallelSub": {2, "panic: panic: my own message"},
	} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			r := run(t, "shapes", nil, "-test.v", only(test))
			assert.Equal(t, want.code, r.code)
			assert.Contains(t, r.out, want.message)
			assert.NotContains(t, r.out, "leakcheck:")
			assert.Less(t, took(t, r.out, "FAIL", test), noWait)
		})
	}
	r := run(t, "shapes", nil, "-test.v", only("TestFatalInHelper", "TestFailNowInGoroutine", "TestAfterFatal", "TestRowThird"))
	assert.NotContains(t, r.out, "leakcheck:")
	assert.Less(t, took(t, r.out, "PASS", "TestRowThird"), noWait)
}

// The check of a test that calls runtime.Goexit still reports, and the runner
// has the last word.
func TestE2EGoexit(t *testing.T) {
	t.Parallel()
	r := run(t, "shapes", nil, "-test.v", only("TestGoexit"))
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.out, "panic: test executed panic(nil) or runtime.Goexit")
	assert.Contains(t, r.out, "--- FAIL: TestGoexit")
	assert.LessOrEqual(t, strings.Count(r.out, "leakcheck:"), 1)
}

// go test -json gives each line of output to a test: a report belongs, line by
// line, to the test that leaked, also while others run.
func TestE2EJSON(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json", "-t", "-p", "shapes", binary(t, "shapes"),
		"-test.v=test2json", only("TestLoop", "TestLoopParallel", "TestRowThird"))
	cmd.Dir = filepath.Join("testdata", "shapes")
	cmd.Env = steady.Env()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	output, outcome := map[string]string{}, map[string]string{}
	require.NoError(t, gotest.Read(stdout, func(e *gotest.Event) {
		switch e.Action {
		case "output":
			output[e.Test] += e.Output
		case "pass", "fail":
			outcome[e.Test] = e.Action
		}
	}))
	assert.Error(t, cmd.Wait())
	for _, parent := range []string{"TestLoop", "TestLoopParallel"} {
		assert.Equal(t, "fail", outcome[parent+"/2"])
		report := reportOn(t, output[parent+"/2"], parent+"/2")
		for _, name := range []string{"at", "started", "owner", "cause", "fix", "ignore"} {
			assert.NotEmpty(t, row(t, report, name))
		}
	}
	for test, text := range output {
		assert.Equal(t, strings.HasSuffix(test, "/2"), strings.Contains(text, "leakcheck:"), "%q has in its output\n%s", test, text)
	}
	assert.Equal(t, "pass", outcome["TestRowThird"])
}
