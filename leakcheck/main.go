package leakcheck

import (
	"fmt"
	"io"
	"os"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestingM is what [VerifyTestMain] needs of a *testing.M: Run runs the tests
// and returns their exit code.
type TestingM interface{ Run() int }

// VerifyTestMain runs the tests of m, checks that they left no goroutine
// behind, and exits.
//
//	func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }
//
// The report is written to standard error after the tests' own output and
// names the test that leaked where there is evidence. What a test's own
// [Verify] reported is not reported again. The exit code is that of the tests
// when they failed, 1 on a leak, else 0. When tests failed, only what a Verify of
// another test left to this check is reported, see [RunOnFailure]. VerifyTestMain
// panics when m is nil.
func VerifyTestMain(m TestingM, opts ...Option) {
	os.Exit(Run(m, opts...))
}

// Run is [VerifyTestMain] for a TestMain that has more to do before it exits:
// it returns the exit code, after a function given to [Cleanup] was called with
// it. The process still ends within Run when the watchdog finds a test that
// hangs.
func Run(m TestingM, opts ...Option) int {
	if isNil(m) {
		panic("leakcheck.Run: m is nil; pass the *testing.M of TestMain")
	}
	return runMain(m, newConfig(opts).fromEnvironment(), os.Stderr)
}

func runMain(m TestingM, cfg *config, stderr io.Writer) int {
	d := capture.All()
	process.look(d)
	ids := idsOf(d.Goroutines)
	before := func(g *stackparse.Goroutine) bool { return ids[g.ID] }
	if cfg.baseline != nil {
		process.baseline.Store(cfg.baseline)
	}
	process.checksLater.Store(true)
	stop := watch(cfg, before, stderr)
	code := m.Run()
	stop()
	if why := cfg.unable(false); why != "" {
		fmt.Fprintf(stderr, "leakcheck: %s\n", why)
	}
	if m, ok := m.(dropin.Main); ok {
		cfg.heading = m.Heading(code)
	}
	check := code == 0 || cfg.runOnFailure
	if !check { // what the tests' own checks left to this one is looked at all the same
		before, check = func(g *stackparse.Goroutine) bool { return !process.leftOver(g.ID) }, process.suspecting()
	}
	if check && !checkMain(cfg, before, stderr) {
		code = max(code, 1)
	}
	whole := code == 0 && wholeRun()
	if whole {
		printIgnores(stderr)
	}
	if !endBaselines(stderr, whole && repetitions() == 1) {
		code = max(code, 1)
	}
	logInputs(inputs())
	if cfg.cleanup != nil {
		<-callCleanup(cfg.cleanup, code, stderr)
	}
	return code
}

// checkMain checks the whole process once its tests are over, prints what it
// finds and reports whether that is nothing.
func checkMain(cfg *config, before func(*stackparse.Goroutine) bool, stderr io.Writer) (clean bool) {
	err := cfg.problem()
	var found outcome
	if err == nil {
		found, err = checkProcess(cfg, before, "the tests")
	}
	// Where standard error is closed, the exit code still tells.
	if err != nil {
		fmt.Fprintf(stderr, "leakcheck: %s\n", report.Escape(err.Error()))
	}
	if r := found.Report; r != nil {
		r.Notes = append(r.Notes, advice(r)...)
		_, _ = io.WriteString(stderr, string(cfg.heading))
		_ = renderer(os.Stderr).Write(stderr, r)
		publish(nil, found, tell(stderr))
	}
	return found.Report == nil && err == nil
}

// advice says how to learn the test where a finding does not name it, or else
// the line.
func advice(r *report.Report) []string {
	for i := range r.Findings {
		f := &r.Findings[i]
		switch c := f.Example.Creator; {
		case f.Test != "":
		case c != nil && c.Goroutine == 0, len(f.Example.Ancestors) > 0:
			// The runtime's own timers inherit nothing from whoever set them.
			return []string{"for a finding without an owner, a run of the tests in question one by one names the test"}
		default:
			return []string{"for a finding without an owner, leakcheck.Verify(t) at the top of the tests in question names the test; " +
				"so does a run with GODEBUG=tracebackancestors=10"}
		}
	}
	return strangers(r)
}

// callCleanup runs f so that neither a panic nor a Goexit of it changes the
// exit code to come. The channel is closed when f has ended.
func callCleanup(f func(int), code int, stderr io.Writer) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				fmt.Fprintf(stderr, "leakcheck: the function given to Cleanup panicked: %v\n", p)
			}
		}()
		f(code)
	}()
	return done
}

// checkProcess settles what is there beyond before, whoever started it, and
// reports it with the owners that can be found. An empty subject is for a check
// of this very moment. It finds nothing when nothing is left. An error is one of
// a baseline that cannot be written.
func checkProcess(cfg *config, before func(*stackparse.Goroutine) bool, subject string) (outcome, error) {
	self := capture.SelfID()
	s := settler{world: live{}, limit: cfg.wait, most: cfg.longest(), proofs: cfg.provenOnly, pick: func(d capture.Dump) []stackparse.Goroutine {
		idle := idleConns(d.Goroutines)
		var picked []stackparse.Goroutine
		for i := range d.Goroutines {
			g := &d.Goroutines[i]
			if g.ID != self && !idle[g.ID] && !before(g) && !ownOrKnown(g) && !process.settled(g.ID) && !cfg.ignores(g) {
				picked = append(picked, *g)
			}
		}
		return picked
	}}
	left := cfg.count(s.run())
	process.look(s.dump)
	if len(left) == 0 {
		return outcome{}, nil
	}
	judge := owner.NewJudge("", 0, s.dump.Goroutines)
	leaks := make([]report.Leak, len(left))
	for i := range left {
		leaks[i] = report.Leak{Goroutine: left[i], Owner: judge.Of(&left[i], true)}
		if o := &leaks[i].Owner; o.Verdict == owner.Unowned {
			o.Evidence = process.suspected(left[i].ID)
		}
	}
	leaks, out := cfg.sieve(leaks)
	process.excuse(out)
	if len(leaks) == 0 {
		return outcome{}, nil
	}
	r := build(subject, leaks)
	in := atEnd
	if subject == "" {
		in = alone
	}
	leaks, err := cfg.sift(r, leaks, in)
	if len(leaks) == 0 {
		return outcome{}, err
	}
	r.Notes = append(r.Notes, dumpNotes(s.dump)...)
	return outcome{r, s.dump.Goroutines}, err
}
