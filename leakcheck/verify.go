package leakcheck

import (
	"os"
	"reflect"
	"sync"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// TB is what a check needs of a test. *testing.T, *testing.B and *testing.F
// implement it. Some of their other methods are used if they are there: Deadline
// bounds the wait, Skipped keeps entries of a [Baseline], Attr and ArtifactDir
// take what programs read of a report.
type TB interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
	Cleanup(func())
}

// Verify fails t if goroutines that the test started outlive it. Call it
// at the top of the test:
//
//	leakcheck.Verify(t)
//
// It then checks after the body, all cleanups and all parallel subtests of the
// test. It may also be deferred (defer leakcheck.Verify(t)); then it checks
// before the cleanups of the test, and has no label to tell parallel tests
// apart.
//
// The failure is reported at the line of the call. Verify does not check a test
// that failed already, see [RunOnFailure]. Verify panics when t is nil, and does
// nothing in a benchmark that testing.Benchmark runs, which has no name.
func Verify(t TB, opts ...Option) {
	if isNil(t) {
		panic("leakcheck.Verify: t is nil; pass the *testing.T of the test that calls it")
	}
	t.Helper()
	if t.Name() == "" {
		return // a benchmark run by testing.Benchmark: a part of its caller's test
	}
	how, heading := thisCall(1), dropin.Heading("")
	if t, ok := t.(dropin.Test); ok {
		how, heading = now(t.CheckNow())
	}
	cfg := newConfig(opts)
	cfg.FromEnvironment()
	c := engine.Begin(t, &cfg.Config, how)
	if err := cfg.Problem(); err != nil {
		t.Errorf("leakcheck: %s", report.Escape(err.Error()))
		return
	}
	// Logged and not failed: an option that cannot be kept, such as ProvenOnly without a
	// proof, is no mistake of the test's.
	if why := c.Unable(); why != "" {
		t.Logf("leakcheck: %s", why)
		return
	}
	if why := cfg.ThingsUnable(); why != "" {
		t.Logf("leakcheck: %s", report.Escape(why))
	}
	// Only from here on is a check sure to end on this goroutine, which counting relies
	// on.
	c.Enter()
	// Cleanups run in the opposite order: that of a call at the top comes last, when
	// the others have stopped what they stop.
	t.Cleanup(func() {
		t.Helper()
		defer c.Leave()
		found, err := c.End()
		if err != nil {
			t.Errorf("leakcheck: %s", report.Escape(err.Error()))
		}
		fail(t, heading, found)
		for _, remark := range found.Unsaid {
			t.Logf("leakcheck: %s", remark)
		}
	})
	// In a deadlock synctest.Test panics on the goroutine of the test around the bubble,
	// and the cleanup above never runs.
	if around := engine.Around(t); around != nil {
		around.Cleanup(func() {
			around.Helper()
			fail(around, heading, c.Deadlock())
		})
	}
}

// fail fails t with what a check has found, if it has.
func fail(t TB, heading dropin.Heading, found engine.Outcome) {
	t.Helper()
	if found.Report == nil {
		return
	}
	printing.Lock()
	defer printing.Unlock()
	t.Errorf("%s%s", heading, renderer(os.Stdout).String(found.Report))
	publish(t, found, func(problem string) { t.Logf("leakcheck: %s", problem) })
}

// printing keeps the reports of parallel tests apart: with -v, package testing
// prints a text line by line.
var printing sync.Mutex

// isNil reports whether t is nil or holds a nil pointer, as an unset field of
// type *testing.T does.
func isNil(t any) bool {
	if t == nil {
		return true
	}
	v := reflect.ValueOf(t)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
