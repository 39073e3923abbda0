package goleak

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// found begins the text about leaks, as it does in goleak: logs are searched
// for it.
const found = "found unexpected goroutines:\n"

// TestingT is what [VerifyNone] needs of a test. *testing.T, *testing.B and
// *testing.F implement it; the methods that they have beyond it are used too.
type TestingT interface {
	Error(args ...any)
}

// Find gives the goroutines of the process that are neither known (see
// filters.Catalogue) nor ignored time to end, and returns an error that describes
// those that remain, or nil. An error that leaks made is a *leakcheck.Error in
// the sense of errors.As; its text begins with "found unexpected goroutines:".
// What failed a test already is not found again. [Cleanup] and [RunOnFailure] are
// errors here, as they are in goleak.
func Find(options ...Option) error {
	c := newConfig(options)
	switch {
	case c.cleanup != nil:
		return errors.New("goleak.Find: Cleanup is for VerifyNone and VerifyTestMain")
	case c.runOnFailure:
		return errors.New("goleak.Find: RunOnFailure is for VerifyNone and VerifyTestMain")
	}
	return find(c)
}

func find(c *config) error {
	if err := leakcheck.Find(c.opts...).Err(); err != nil {
		return fmt.Errorf(found+"%w", err)
	}
	return nil
}

// VerifyNone fails t when there are goroutines that should have ended, at the
// moment of the call. It is mostly deferred at the top of a test:
//
//	defer goleak.VerifyNone(t)
//
// Functions given to t.Cleanup run after that. Where these end what the test
// started, the first line of the test has to be
//
//	t.Cleanup(func() { goleak.VerifyNone(t) })
//
// What another test runs is left to that test. For a t that is not of
// package testing it looks at the whole process, as [Find] does.
func VerifyNone(t TestingT, options ...Option) {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	c := newConfig(options)
	if c.cleanup != nil {
		defer c.cleanup(0)
	}
	// A name that package testing did not give belongs to no test that a goroutine
	// could be put to.
	if tb, ok := t.(tester); ok && isTest(tb.Name()) {
		leakcheck.Verify(&now{tester: tb}, c.opts...)
	} else if err := find(c); err != nil {
		t.Error(err)
	}
}

// tester is what the tests of package testing have beyond TestingT.
type tester interface {
	leakcheck.TB
	Error(args ...any)
	Attr(key, value string)
	ArtifactDir() string
}

// isTest reports whether a name is one that package testing gives, which
// frameworks with tests of their own kind do not.
func isTest(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	test := strings.HasPrefix(top, "Test") || strings.HasPrefix(top, "Benchmark") || strings.HasPrefix(top, "Fuzz")
	return test && !strings.ContainsAny(name, " \t")
}

// now is a test for which leakcheck.Verify checks at once.
type now struct{ tester }

// CheckNow implements dropin.Test.
func (n *now) CheckNow() dropin.Now {
	// There the remark below would be wrong: what the other cleanups end has ended.
	if inCleanup() {
		return dropin.Now{Heading: found}
	}
	return dropin.Now{Heading: found, Note: "VerifyNone checked before the t.Cleanup functions ran; if one of " +
		"them ends these goroutines, " +
		"write t.Cleanup(func() { goleak.VerifyNone(t) }) as the first line of the test, or leakcheck.Verify(t)"}
}

// inCleanup reports whether a function given to Cleanup is running.
func inCleanup() bool {
	// runCleanup is below the function given to Cleanup, a few frames up from here.
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); strings.HasPrefix(f.Function, "testing.(*common).runCleanup") {
			return true
		}
	}
	return false
}

// Cleanup calls f.
func (n *now) Cleanup(f func()) {
	n.Helper()
	// leakcheck.Verify registers its check here. Called at once, it looks where goleak
	// does.
	f()
}

// Errorf is by the method of goleak's TestingT, which a user's type may have
// replaced.
func (n *now) Errorf(format string, args ...any) {
	n.Helper()
	n.Error(fmt.Sprintf(format, args...))
}

// Deadline is the test's, where it has one.
func (n *now) Deadline() (time.Time, bool) {
	// Benchmarks have none, so tester has none, and embedding that passes none on.
	if t, ok := n.tester.(interface{ Deadline() (time.Time, bool) }); ok {
		return t.Deadline()
	}
	return time.Time{}, false
}
