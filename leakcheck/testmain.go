package leakcheck

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/dropin"
	"github.com/leakcheck-go/goroutine/internal/engine/hung"
	"github.com/leakcheck-go/goroutine/internal/engine/ratchet"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
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
// The report is written to standard error after the tests' own output. It names
// the test that leaked if there is evidence. It does not repeat what a test's own
// [Verify] reported. The exit code is the code of the tests if they failed, 1 on
// a leak, and otherwise 0. If tests failed, it reports only goroutines that a
// Verify of another test left to this check, see [RunOnFailure]. VerifyTestMain
// panics when m is nil.
func VerifyTestMain(m TestingM, opts ...Option) {
	if isNil(m) {
		panic("leakcheck.VerifyTestMain: m is nil; pass the *testing.M of TestMain")
	}
	cfg := newConfig(opts)
	cfg.FromEnvironment()
	cfg.Afterwards = afterwards(cfg, "leakcheck.VerifyTestMain exits, so code after it in TestMain and "+
		"deferred calls do not run")
	os.Exit(runMain(m, cfg, os.Stderr))
}

// Run is [VerifyTestMain] for a TestMain that has more to do before it exits:
// it returns the exit code, after it has called the function of [Cleanup] with
// it. The process still ends within Run if the watchdog finds a test that
// hangs.
func Run(m TestingM, opts ...Option) int {
	if isNil(m) {
		panic("leakcheck.Run: m is nil; pass the *testing.M of TestMain")
	}
	cfg := newConfig(opts)
	cfg.FromEnvironment()
	cfg.Afterwards = afterwards(cfg, "code after leakcheck.Run in TestMain, and deferred calls, run after this check")
	return runMain(m, cfg, os.Stderr)
}

// afterwards says what comes only after the check of all tests: a function given
// to Cleanup, or what the function that calls Run or VerifyTestMain does as well,
// where its source has a call that closes something.
func afterwards(cfg *config, otherwise string) string {
	if cfg.cleanup != nil {
		return "the function given to leakcheck.Cleanup runs after this check"
	}
	// The function of the user's: 0 is this one, 1 is Run or VerifyTestMain.
	_, file, line, _ := runtime.Caller(2)
	lines := source.Here().Lines(file)
	from, to := min(line, len(lines)), min(line, len(lines))
	for from > 0 && !strings.HasPrefix(lines[from-1], "func ") {
		from--
	}
	for to < len(lines) && !strings.HasPrefix(lines[to], "}") {
		to++
	}
	for _, text := range lines[max(0, from-1):to] {
		for _, call := range []string{".Close(", ".Stop(", ".Shutdown(", ".Cancel(", "cancel(", "stop("} {
			if strings.Contains(text, call) {
				return otherwise
			}
		}
	}
	return ""
}

func runMain(m TestingM, cfg *config, stderr io.Writer) int {
	c := engine.BeginMain(&cfg.Config)
	dog := watch(cfg, c, stderr)
	code := m.Run()
	// Before the check, which waits and takes dumps of its own: the watchdog would take
	// that for a test that hangs.
	dog.Stop()
	for _, why := range []string{cfg.Unable(false), cfg.ThingsUnable()} {
		if why != "" {
			fmt.Fprintf(stderr, "leakcheck: %s\n", report.Escape(why))
		}
	}
	if !checkMain(m, c, code, stderr) {
		code = max(code, 1)
	}
	if !endRun(code == 0 && testbin.Whole(), stderr) {
		code = max(code, 1)
	}
	// Last, when it is known which files the checks read: the go command repeats a result
	// only while they stay the same.
	testbin.LogInputs(ratchet.Inputs())
	if cfg.cleanup != nil {
		// It may call os.Exit itself, with this code.
		<-callCleanup(cfg.cleanup, code, stderr)
	}
	return code
}

// checkMain checks the whole process once its tests are over, prints what it
// finds and reports whether that is nothing.
func checkMain(m TestingM, c *engine.Main, code int, stderr io.Writer) (clean bool) {
	found, looked, err := c.End(code == 0)
	if !looked {
		return true
	}
	// Where standard error is closed, the exit code still tells.
	if err != nil {
		fmt.Fprintf(stderr, "leakcheck: %s\n", report.Escape(err.Error()))
	}
	if r := found.Report; r != nil {
		if m, ok := m.(dropin.Main); ok {
			_, _ = io.WriteString(stderr, string(m.Heading(code)))
		}
		_ = renderer(os.Stderr).Write(stderr, r)
		publish(nil, found, tell(stderr))
	}
	return found.Report == nil && err == nil
}

// endRun prints what a whole run of all tests tells about the ignores and the
// baselines of the process, which it updates if requested. It returns
// false where a file cannot be written.
func endRun(whole bool, stderr io.Writer) bool {
	lines, ok := engine.EndRun(whole)
	for _, line := range lines {
		fmt.Fprintf(stderr, "leakcheck: %s\n", report.Escape(line))
	}
	return ok
}

// watch starts the watchdog of the tests of c; nil if there is none.
func watch(cfg *config, c *engine.Main, stderr io.Writer) *hung.Watchdog {
	show := func(r *report.Report, failed []string, dump []stackparse.Goroutine) {
		// Where standard error is closed, the exit code still tells.
		_, _ = io.WriteString(stderr, hung.Text(renderer(os.Stderr).String(r), failed))
		publish(nil, engine.Outcome{Report: r, Dump: dump}, tell(stderr))
	}
	return hung.Watch(&cfg.Config, c.Known, show, func() {
		if cfg.cleanup != nil {
			select {
			case <-callCleanup(cfg.cleanup, 1, stderr):
			case <-time.After(cleanupGrace): // it may need what hangs
			}
		}
		os.Exit(1)
	})
}

// cleanupGrace is what a function given to Cleanup gets while a test hangs.
const cleanupGrace = 5 * time.Second

// callCleanup runs f so that neither a panic nor a Goexit of it changes the
// exit code to come. The channel is closed when f has ended.
func callCleanup(f func(int), code int, stderr io.Writer) <-chan struct{} {
	done := make(chan struct{})
	// A Goexit of f would end the goroutine that has the exit code.
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
