package goleak_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// buildSuite builds the test binary of testdata/suite once for the process.
var buildSuite = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "goleak")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "suite.test.exe")
	out, err := exec.Command("go", "test", "-c", "-ldflags=-w", "-o", path, "./testdata/suite").CombinedOutput()
	if err != nil {
		err = errors.New(string(out))
	}
	return path, err
})

func TestMain(m *testing.M) {
	// The suite mostly waits, so more of it fits than there are processors.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	code := m.Run()
	if path, _ := buildSuite(); path != "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// runSuite runs the given tests of testdata/suite, with its TestMain in the
// given mode, and returns the output and the exit code.
func runSuite(t *testing.T, mode string, tests ...string) (string, int) {
	t.Helper()
	path, err := buildSuite()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), path, "-test.v", "-test.parallel=4", "-test.timeout=1m", "-test.run", "^("+strings.Join(tests, "|")+")$")
	if slices.Contains(tests, "Benchmark") {
		cmd.Args = []string{path, "-test.run=^$", "-test.bench=.", "-test.benchtime=1x"}
	}
	cmd.Dir = filepath.Join("testdata", "suite")
	cmd.Env = append(steady.Env(), "SUITE_MAIN="+mode)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
		require.NoError(t, err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// failed returns the tests that failed, without those that failed because of a
// subtest only.
func failed(out string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`).FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(names, func(sub string) bool { return strings.HasPrefix(sub, name+"/") })
	})
}

// lineOf is the line of the suite that has a text, as a position in a report.
func lineOf(t *testing.T, text string) string {
	t.Helper()
	code, err := os.ReadFile("testdata/suite/suite_test.go")
	require.NoError(t, err)
	before, _, ok := strings.Cut(string(code), text)
	require.True(t, ok, text)
	return "suite_test.go:" + strconv.Itoa(strings.Count(before, "\n")+1) + ":"
}

// TestVerifyNone runs tests that leak or do not.
func TestVerifyNone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why  string
		run  []string
		fail []string
	}{
		{"what ends by itself is waited for", []string{"TestClean"}, nil},
		{"so is what sleeps, for longer than goleak does", []string{"TestSlow"}, nil},
		{"a leak fails the test", []string{"TestLeak"}, []string{"TestLeak"}},
		{"a leak fails one test", []string{"TestLeak", "TestAfter"}, []string{"TestLeak"}},
		{"it looks when it is called", []string{"TestMiddle"}, []string{"TestMiddle"}},
		{"it may be called often", []string{"TestTwice"}, nil},
		{"what a test without a check left counts", []string{"TestUnchecked", "TestSerial"}, []string{"TestSerial"}},
		{"a failed test had no chance to clean up, and costs the next one nothing", []string{"TestFails", "TestSerial"}, []string{"TestFails"}},
		{"ignores take exact names and wildcards", []string{"TestIgnores"}, []string{"TestIgnores/othertop", "TestIgnores/othername", "TestIgnores/never"}},
		{"what was there is left out by IgnoreCurrent", []string{"TestCurrent"}, []string{"TestCurrent/after"}},
		{"what the parent runs is the parent's", []string{"TestParent"}, nil},
		{"a deferred check comes before cleanups", []string{"TestCleanupTooLate"}, []string{"TestCleanupTooLate"}},
		{"one in the first cleanup comes last", []string{"TestCleanupFirst"}, nil},
		{"and finds leaks", []string{"TestCleanupLeak"}, []string{"TestCleanupLeak"}},
		{"parallel tests are told apart", []string{"TestParallel"}, []string{"TestParallel/leaks"}},
		{"a test that waits for its turn is not over", []string{"TestPaused", "TestSerial"}, nil},
		{"a suite may check in its teardown", []string{"TestTearDown"}, []string{"TestTearDown/TestLeaks"}},
		{"benchmarks are tests", []string{"Benchmark"}, []string{"BenchmarkLeak"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			out, code := runSuite(t, "", tt.run...)
			assert.ElementsMatch(t, tt.fail, failed(out), out)
			assert.Equal(t, len(tt.fail) > 0, code != 0, out)
			for _, name := range tt.fail {
				if name != "TestFails" {
					assert.Contains(t, out, "goroutine outlived "+name, out)
				}
			}
		})
	}
}

// The failure stands where goleak's does, begins with its words, and names the
// owner.
func TestVerifyNoneReport(t *testing.T) {
	t.Parallel()
	out, _ := runSuite(t, "", "TestLeak")
	assert.Contains(t, out, lineOf(t, "} // TestLeak ends")+" found unexpected goroutines:\n        leakcheck: 1 goroutine outlived TestLeak\n")
	assert.Contains(t, out, "note: VerifyNone checked")

	out, _ = runSuite(t, "", "TestMiddle")
	assert.Contains(t, out, lineOf(t, "goleak.VerifyNone(t) // in the middle")+" found unexpected goroutines:\n")
	assert.Contains(t, out, "failed at the call: true")

	out, _ = runSuite(t, "", "TestUnchecked", "TestSerial")
	assert.Regexp(t, `owner .* TestSerial `, out)

	out, _ = runSuite(t, "", "TestUncheckedGo", "TestSerial")
	assert.Regexp(t, `owner .* TestUncheckedGo\n`, out)

	out, _ = runSuite(t, "", "TestCleanupLeak")
	assert.NotContains(t, out, "note: VerifyNone looked", "it looked last")
}

// A failed test is checked when asked for; a panic is not kept waiting.
func TestVerifyNoneOnFailure(t *testing.T) {
	t.Parallel()
	out, _ := runSuite(t, "", "TestFails")
	assert.NotContains(t, out, "outlived")
	out, _ = runSuite(t, "", "TestFailsChecked")
	assert.Contains(t, out, "goroutine outlived TestFailsChecked")
	out, code := runSuite(t, "", "TestPanics")
	assert.Equal(t, 2, code)
	assert.Contains(t, out, "panic: on purpose")
	assert.NotContains(t, out, "outlived")
}

func TestVerifyTestMain(t *testing.T) {
	t.Parallel()
	const (
		success = "goleak: Errors on successful test run: found unexpected goroutines:\nleakcheck: 1 goroutine outlived the tests"
		failure = "goleak: Errors on unsuccessful test run: found unexpected goroutines:\nleakcheck: 1 goroutine outlived the tests"
		goesOn  = "TestMain goes on"
	)
	tests := []struct {
		why, mode, test string
		code            int
		has             string
		hasNot          []string
	}{
		{"a clean run exits", "plain", "TestClean", 0, "PASS", []string{"goleak", goesOn}},
		{"a leak is reported after the tests", "plain", "TestUnchecked", 1, success, []string{goesOn}},
		{"what a test reported is not reported again", "plain", "TestLeak", 1, "outlived TestLeak", []string{"outlived the tests"}},
		{"failed tests are not checked", "plain", "TestFails", 1, "on purpose", []string{"outlived"}},
		{"but with RunOnFailure", "failure", "TestUnchecked", 1, success, nil},
		{"an ignored leak is none", "ignore", "TestUnchecked", 0, "PASS", []string{"outlived"}},
		{"with Cleanup it returns", "cleanup", "TestClean", 0, "cleanup with 0\n" + goesOn, nil},
		{"but not after a leak, which would be lost", "cleanup", "TestUnchecked", 1, "cleanup with 1", []string{goesOn}},
		{"a failure is known to package testing", "cleanup", "TestFails", 1, "cleanup with 1\n" + goesOn, nil},
		{"the cleanup function may exit", "exit", "TestUnchecked", 41, success, []string{goesOn}},
		{"a panic of it hides nothing", "panic", "TestUnchecked", 1, success, nil},
		{"names that nothing has are pointed out", "never", "TestClean", 0, `goleak: IgnoreTopFunction("wait") can match nothing: `, []string{"outlived"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			out, code := runSuite(t, tt.mode, tt.test)
			assert.Equal(t, tt.code, code, out)
			assert.Contains(t, out, tt.has)
			for _, text := range tt.hasNot {
				assert.NotContains(t, out, text)
			}
		})
	}
	t.Run("a failed run with RunOnFailure", func(t *testing.T) {
		t.Parallel()
		out, code := runSuite(t, "failure", "TestUnchecked", "TestStops")
		assert.Equal(t, 1, code, out)
		assert.Contains(t, out, failure)
	})
}
