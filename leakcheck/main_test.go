package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// VerifyTestMain reports after the tests' own output, names the test, and
// exits with 1 though all tests passed.
func TestVerifyTestMain(t *testing.T) {
	t.Parallel()
	r := run(t, "mains", nil, "-test.run=^(TestLeaks|TestClean)$")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "leakcheck: 1 goroutine outlived the tests")
	assert.Contains(t, r.out, "TestLeaks", "the test is named")
	assert.Less(t, strings.Index(r.out, "PASS"), strings.Index(r.out, "leakcheck:"))
	assert.Less(t, strings.Index(r.out, "output of TestClean"), strings.Index(r.out, "leakcheck:"))

	r = run(t, "mains", nil, "-test.run=^TestClean$")
	assert.Zero(t, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
}

// With the runtime's record of ancestors even a leak that a helper started is
// put to its test.
func TestVerifyTestMainNamesByAncestors(t *testing.T) {
	t.Parallel()
	r := run(t, "mains", []string{"GODEBUG=tracebackancestors=10"}, "-test.run=^TestLeaks$")
	assert.Regexp(t, `owner +.*TestLeaks`, r.out)
}

// No Cleanup hides a leak, and each is told the exit code.
func TestCleanupCannotHideALeak(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"panic", "goexit", "print"} {
		r := run(t, "mains", []string{"MAIN_CLEANUP=" + how}, "-test.run=^TestLeaks$")
		assert.Equal(t, 1, r.code, how)
		assert.Contains(t, r.out, "leakcheck: 1 goroutine", how)
		assert.Equal(t, how == "print", strings.Contains(r.out, "cleanup with 1"), how)
	}
	r := run(t, "mains", []string{"MAIN_CLEANUP=print"}, "-test.run=^TestClean$")
	assert.Contains(t, r.out, "cleanup with 0")
	assert.Zero(t, r.code)
}

// Failing tests keep their exit code and their peace.
func TestFailingTestsAreNotChecked(t *testing.T) {
	t.Parallel()
	r := run(t, "mains", nil, "-test.run=^TestFails$")
	assert.Equal(t, 1, r.code)
	assert.NotContains(t, r.out, "leakcheck:")
	r = run(t, "mains", []string{"MAIN_RUN_ON_FAILURE=1"}, "-test.run=^TestFails$")
	assert.Equal(t, 1, r.code)
	assert.Less(t, strings.Index(r.out, "my own message"), strings.Index(r.out, "leakcheck: 1 goroutine"))
}

// What a Verify reported is not reported again.
func TestReportedOnce(t *testing.T) {
	t.Parallel()
	r := run(t, "mains", []string{"MAIN_RUN_ON_FAILURE=1"}, "-test.run=^TestVerified$")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"), r.out)
}

// Find and Diff see a goroutine come and go. They look at the whole process,
// so this test is not parallel; the others have ended or not begun by then.
func TestFindAndDiff(t *testing.T) {
	current := leakcheck.IgnoreCurrent()
	assert.NoError(t, leakcheck.Find(current, leakcheck.Wait(0)).Err())
	before := leakcheck.Take()
	stop, running := make(chan int), make(chan int)
	done := make(chan int)
	for range 2 {
		go func() {
			running <- 1
			<-stop
			done <- 1
		}()
	}
	<-running
	<-running

	found := leakcheck.Find(current)
	assert.Equal(t, 2, found.Len())
	assert.ErrorContains(t, found.Err(), "2 goroutines are still there")
	assert.Contains(t, found.String(), "+ 2 x blocked receiving from a channel")

	diff := before.Diff(leakcheck.Take())
	assert.Contains(t, diff.String(), "+ 2 x chan receive at main_test.go:")
	back := leakcheck.Take().Diff(before)
	assert.Contains(t, back.String(), "- 2 x chan receive at main_test.go:")

	close(stop)
	<-done
	<-done
	assert.NoError(t, leakcheck.Find(current).Err())
	assert.True(t, before.Diff(before).Empty())
	assert.Empty(t, before.Diff(before).String())
}
