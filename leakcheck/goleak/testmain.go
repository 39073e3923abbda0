package goleak

import (
	"fmt"
	"io"
	"os"

	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestingM is what [VerifyTestMain] needs of a *testing.M.
type TestingM interface {
	Run() int
}

// VerifyTestMain runs the tests of m, checks that they left no goroutine behind,
// and exits: with the code of the tests when they failed, with 1 on a leak, else
// with 0.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
//
// Tests that failed are not checked, see [RunOnFailure]. With [Cleanup], it
// returns when there is no leak, and package testing ends the process with the
// code of the tests. VerifyTestMain panics when m is nil.
func VerifyTestMain(m TestingM, options ...Option) {
	if m == nil {
		panic("goleak.VerifyTestMain: m is nil; pass the *testing.M of TestMain")
	}
	if code, exits := run(m, newConfig(options), os.Stderr); exits {
		os.Exit(code)
	}
}

// run is VerifyTestMain without the exit. It reports whether the process is to exit.
func run(m TestingM, c *config, stderr io.Writer) (code int, exits bool) {
	opts := c.opts
	if c.cleanup != nil {
		opts = append(opts, leakcheck.Cleanup(c.cleanup))
	}
	tests := &tests{m: m, never: c.never, stderr: stderr}
	code = leakcheck.Run(tests, opts...)
	// With Cleanup, goleak returns where there is no leak. A code that the tests did
	// not give is that of a leak.
	return code, c.cleanup == nil || code != tests.code
}

// tests is a testing.M in the words of goleak.
type tests struct {
	m      TestingM
	code   int
	never  []string
	stderr io.Writer
}

// Run runs the tests, and says afterwards which options are of no use.
func (t *tests) Run() int {
	t.code = t.m.Run()
	if t.code == 0 {
		for _, fault := range t.never {
			fmt.Fprintln(t.stderr, fault)
		}
	}
	return t.code
}

// Heading implements dropin.Main.
func (t *tests) Heading(exitCode int) dropin.Heading {
	if exitCode != 0 {
		return "goleak: Errors on unsuccessful test run: " + found
	}
	return "goleak: Errors on successful test run: " + found
}
