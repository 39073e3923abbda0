package leakcheck_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// quick has the watchdog of the fixture look early: the tests that hang do so
// forever, and those that do not have something to show against it.
var quick = []string{"FIXTURE_QUIET=200ms"}

// hungTests are the tests of testdata/hung that deadlock, what their report
// has to say first, and the mark of the line where they wait.
var hungTests = []struct {
	flag, test, says, mark string
}{
	{"run", "TestReceive", "blocked receiving from a channel", "receive: wait"},
	{"run", "TestDoubleLock", "waiting to lock a sync.Mutex", "double: wait"},
	{"run", "TestCycle", "waiting to lock a sync.Mutex", "cycle: wait"},
	{"run", "TestWaitGroup", "waiting for a sync.WaitGroup", "group: wait"},
	{"run", "TestSubtests/stuck", "parked in select {}", "subtest: wait"},
	{"run", "TestParallelHung", "blocked receiving from a channel", "parallel: wait"},
	{"run", "TestCleanup", "blocked receiving from a channel", "cleanup: wait"},
	{"run", "FuzzHung", "blocked receiving from a channel", "fuzz: wait"},
	{"run", "Example_hung", "blocked receiving from a channel", "example: wait"},
	{"bench", "BenchmarkHung", "blocked receiving from a channel", "bench: wait"},
}

// A test that deadlocks itself is reported and ends the process: the runtime
// proves it, or else the heap shows it.
func TestE2EHung(t *testing.T) {
	t.Parallel()
	rows := hungTests
	if !steady.Full() {
		rows = rows[:3]
	}
	for _, row := range rows {
		t.Run(row.test, func(t *testing.T) {
			t.Parallel()
			flags := []string{"-test.run=^" + strings.ReplaceAll(row.test, "/", "$/^") + "$", "-test.timeout=50s"}
			if row.flag == "bench" {
				flags = []string{"-test.run=^$", "-test.bench=^" + row.test + "$"}
			}
			r := run(t, "hung", quick, flags...)
			subject := row.test
			assert.Equal(t, 1, r.code, "%s", r.out)
			assert.Contains(t, "\n"+r.out, "\n--- FAIL: "+row.test+" (hung)\n    leakcheck: "+subject+" ")
			assert.NotContains(t, r.out, "goroutine 1 [", "no wall of stacks")
			if row.test != "Example_hung" { // whose standard output is not the process's
				assert.Contains(t, r.out, "cleanup got 1\n")
			}
			assert.Contains(t, r.out, "+ 1 x "+row.says)
			assert.Contains(t, r.out, marked(t, "hung", row.mark)+" ")
		})
	}
}

// What ends by itself is left alone, though nothing runs for longer than the
// watchdog waits.
func TestE2EHungSlow(t *testing.T) {
	t.Parallel()
	r := run(t, "hung", quick, "-test.v", "-test.run=^TestSlow")
	assert.Zero(t, r.code, "%s", r.out)
	assert.NotContains(t, r.out, "leakcheck:")
	assert.Equal(t, 9, strings.Count(r.out, "--- PASS: TestSlow"))
}

// A deadlock that the garbage collector cannot prove, since a global variable
// holds the channel, is explained before the alarm; so is one whose watchdog
// is switched off not.
func TestE2EHungUnproven(t *testing.T) {
	t.Parallel()
	r := run(t, "hung", quick, only("TestReachable"), "-test.timeout=8s")
	assert.Equal(t, 2, r.code)
	assert.Regexp(t, `leakcheck: TestReachable .*-timeout .*\n  \+ 1 x `+title(t, "chan-recv")+`\n`, r.out)
	assert.Contains(t, r.out, "panic: test timed out after 8s")
	assert.NotContains(t, r.out, "leakcheck.watch\n  ", "our own goroutine is not theirs")

	r = run(t, "hung", []string{"FIXTURE_QUIET=0s"}, only("TestReachable"), "-test.timeout=2s")
	assert.Equal(t, 2, r.code)
	assert.NotContains(t, r.out, "leakcheck:", "switched off")
}

// What reads the output of go test learns which test failed.
func TestE2EHungJSON(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	cmd := exec.Command("go", "tool", "test2json", "-t", "-p", "hung", binary(t, "hung"),
		"-test.v=test2json", only("TestSlowSleep", "TestReceive"), "-test.timeout=8s")
	cmd.Dir = filepath.Join("testdata", "hung")
	cmd.Env = append(steady.Env(), quick...)
	out, err := cmd.Output()
	require.Error(t, err, "%s", out)
	failed, said := "", ""
	require.NoError(t, gotest.Read(bytes.NewReader(out), func(e *gotest.Event) {
		if e.Action == "fail" && e.Test != "" {
			failed += e.Test
		}
		if e.Test == "TestReceive" {
			said += e.Output
		}
	}))
	assert.Equal(t, "TestReceive", failed)
	assert.Contains(t, said, "leakcheck: TestReceive ")
}
