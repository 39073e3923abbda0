package hook

import (
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/hung"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// checked is what a check needs of a test, a benchmark or a fuzz target.
type checked interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Fail()
	Failed() bool
	Skipped() bool
	Cleanup(func())
	Output() io.Writer
}

// process is what is known of the tests of this process, from the call of M.Run
// on.
type process struct {
	role role
	exe  string // the binary; "" where that is not known

	// The arguments and the folder that the process began with: tests change both.
	args []string
	dir  string

	own   string // the leak checker that the tests use themselves
	both  bool   // they use one, and are checked by ours as well
	mark  string // the folder for the findings of helpers; "" for none
	cfg   *engine.Config
	tests *engine.Unasked
	dog   *hung.Watchdog

	functions sync.Map // the functions of tests, by test
	target    any      // the fuzz target that this worker runs

	mu    sync.Mutex
	ran   frame.Tests
	leaky map[string]bool // the tests that a check failed

	began    time.Time
	took     map[string]time.Duration // the time of the tests at the top, without their checks
	strange  []string                 // those to run once more, see again
	examples []string                 // that passed
	last     time.Time                // when a test or an example ended last
	taken    []string                 // files of helpers that were read

	late sync.Map // the time of tests whose check was put off, by test

	childDirs map[string]string // the folders of the processes that tests started, by test
	shared    []string          // the keys there that stand for several tests
}

// test is called at the start of each test, subtest and fuzz target. The check of
// a test takes place at its end, when its subtests are over, too: tests that ask
// for no check may start in one subtest what another one stops.
func (p *process) test(t, fn any, _ bool) {
	tt := testOf(t)
	if tt == nil || tt.Name() == "" { // the runner of all tests is a test to package testing
		return
	}
	top := !strings.Contains(tt.Name(), "/")
	if top {
		start := time.Now()
		var took time.Duration
		tt.Cleanup(func() { // runs after the check, or after that was put off
			if p.tests.PutOff(tt) {
				p.late.Store(tt, took)
			} else {
				p.count(tt, took)
			}
		})
		// Runs before the check: what that waits for is not waited for once more.
		defer tt.Cleanup(func() { took = time.Since(start) })
		if starting != nil {
			tt.Cleanup(func() { p.children(tt, fn) })
			p.functions.Store(tt, fn)
		}
	}
	if opts.PerPackage {
		label(tt.Name())
		return
	}
	p.check(tt, fn)
}

// over is called when a parallel test is over and the next one may run.
func (p *process) over(t any) {
	tt := testOf(t)
	if tt == nil || !p.tests.Over(tt) {
		return
	}
	if took, ok := p.late.LoadAndDelete(tt); ok {
		p.count(tt, took.(time.Duration))
	}
}

// name labels a test whose check is that of the whole process.
func (p *process) name(t, _ any, _ bool) {
	if tt := testOf(t); tt != nil && tt.Name() != "" {
		label(tt.Name())
	}
}

// label marks the goroutine of a test, and so those that it will start.
func label(test string) { capture.SetTest(stackparse.Goroutine{}, test) }

// check begins the check of t, or of a part of it.
func (p *process) check(t checked, fn any) {
	if p.cfg.Problem() != nil {
		return // the check of the package says so once
	}
	if !strings.Contains(t.Name(), "/") {
		p.functions.Store(t, fn)
	}
	p.tests.Begin(t)
}

// report fails a test because of what its check found.
func (p *process) report(tb engine.TB, found engine.Outcome, err error) {
	t, ok := tb.(checked)
	if !ok {
		return
	}
	fn, _ := p.functions.Load(t)
	if err != nil {
		p.fail(t, fn, "leakcheck: "+report.Escape(err.Error()))
	}
	if found.Report != nil {
		p.found(t, fn, p.text(found.Report))
		p.hand(found.Report)
	}
}

// bench begins the check of one run of a benchmark. One that testing.Benchmark
// runs has no name: it is a part of the test that calls it.
func (p *process) bench(b, fn any) {
	if tt := testOf(b); tt != nil && tt.Name() != "" && !opts.PerPackage {
		p.check(tt, fn)
	}
}

// example records how an example ended. It has no check of its own: what it
// leaves behind is found at the end of the package.
func (p *process) example(name string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok {
		p.ran.Failed = append(p.ran.Failed, name)
		return
	}
	p.ran.Examples++
	p.examples = append(p.examples, name)
	p.took[name] += p.lap()
}

// lap is the time since the last test or example ended. The caller holds the lock.
func (p *process) lap() time.Duration {
	last := p.last
	p.last = time.Now()
	return p.last.Sub(last)
}

// count records how a test at the top ended, and how long it took.
func (p *process) count(t checked, took time.Duration) {
	p.functions.Delete(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[t.Name()] += took
	p.lap()
	switch {
	case p.leaky[t.Name()], t.Failed() && p.leakyInput(t):
		p.ran.Checked++
	case t.Failed():
		p.ran.Failed = append(p.ran.Failed, t.Name())
	case t.Skipped():
		p.ran.Skipped++
	default:
		p.ran.Checked++
	}
}

// leakyInput reports whether the fuzz target t failed because an input leaks.
func (p *process) leakyInput(t checked) bool {
	if _, ok := t.(*testing.F); !ok {
		return false
	}
	r := p.fuzzed()
	return r != nil && strings.HasPrefix(r.Subject+"/", t.Name()+"/")
}

// failing are the running tests at the top that have failed.
func (p *process) failing() []string {
	var names []string
	p.functions.Range(func(t, _ any) bool {
		if t := t.(checked); t.Failed() {
			names = append(names, t.Name())
		}
		return true
	})
	return names
}

// fail fails a test with a text.
func (p *process) fail(t checked, fn any, text string) {
	p.say(t, fn, text)
	t.Fail()
}

// found prints the report on what a test left, and fails the test unless that is
// for the command to decide.
func (p *process) found(t checked, fn any, text string) {
	p.say(t, fn, text)
	if !opts.Tell {
		t.Fail()
	}
}

// say prints a text under the line of the function that was run. Reports of
// parallel tests are kept apart: with -v, package testing prints a text line by
// line.
func (p *process) say(t checked, fn any, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaky[t.Name()] = true
	if !opts.Quiet {
		fmt.Fprintf(t.Output(), "%s: %s\n", place(fn), strings.TrimSuffix(text, "\n"))
	}
}

// place is the file and line of a function, as package testing names files.
func place(fn any) string {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return "?"
	}
	f := runtime.FuncForPC(v.Pointer())
	file, line := f.FileLine(f.Entry())
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// tell prints a message to the command, if that reads what this process prints.
// An error has nowhere to go.
func (p *process) tell(m *frame.Message) {
	if p.role != root {
		return
	}
	if text, err := frame.Encode(m); err == nil {
		_, _ = stdout.Write(text)
	}
}
