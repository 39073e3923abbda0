// Package hook is what "leakcheck test" links into the test binaries of packages
// that have no leak checks. The command puts it, with all that it imports, among
// the packages of the standard library, and replaces options.go by the options
// of its command line (see package inject). Nothing imports it in this module.
//
// The tests must not notice it: it reads nothing from the environment and
// leaves nothing there, runs no goroutine while a test runs, opens no file that
// package testing would record for the go command, and prints nothing if
// nothing leaks.
package hook

import (
	"flag"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
	"github.com/leakcheck-go/goroutine/internal/testrun/own"
)

// points are the functions that package testing calls where they are set.
// The command gives package testing a variable of this type, and has it called
// on lines that are there.
type points struct {
	// Test is called at the start of each test, subtest and input of a fuzz
	// target, on the goroutine that runs it, with the *testing.T and the
	// function that is about to run. Fuzzing says that this is one of many
	// generated inputs.
	Test func(t, fn any, fuzzing bool)

	// Over is called at the end of each parallel test, after its cleanups, when the
	// next one may run and before it is reported.
	Over func(t any)

	// Bench is called at the start of each run of a benchmark, with the
	// *testing.B and the function that is about to run.
	Bench func(b, fn any)

	// Example is called at the end of each example.
	Example func(name string, ok bool)

	// Run is called at the start of M.Run. It returns what is called at its end
	// with the exit code, and returns the one that counts.
	Run func() (end func(code int) int)
}

// at are the points of package testing. What the command links in sets it.
var at = &points{}

// The streams of the process, however its tests change those of package os.
var stdout, stderr = os.Stdout, os.Stderr

// connect is called before the code of the tests can change anything, such as the
// current folder, and before package testing records which files are read.
// Events is for findRole.
func connect(events bool) {
	exe, err := os.Executable()
	if err != nil {
		exe = ""
	}
	now := time.Now()
	p := &process{exe: exe, leaky: map[string]bool{}, took: map[string]time.Duration{}, began: now, last: now}
	p.args = slices.Clone(os.Args[1:])
	p.dir, _ = syscall.Getwd() // os.Getwd reads the environment, which package testing may note
	p.role, p.mark = findRole(events, os.Args[1:], exe)
	if p.mark == "" && !opts.Also {
		p.own = own.InBinary(".", exe)
	}
	p.both = p.mark == "" && opts.Both && own.InBinary(".", exe) != ""
	at.Run = p.run
}

// The command adds the call.
var _ = connect

// run is called by M.Run before the tests and returns what is called after them.
func (p *process) run() (end func(int) int) {
	nothing := func(code int) int { return code }
	if listing() {
		return nothing
	}
	if p.own != "" {
		p.tell(&frame.Message{Own: p.own})
		return nothing
	}
	if p.role == root {
		p.mark = makeMark(p.exe)
	}
	if tested != nil {
		*tested = true // a helper that gets here has a check of its own
	}
	p.begin()
	if starting != nil && p.role == root && p.mark != "" {
		*starting = p.starts
	}
	switch p.role {
	case worker:
		at.Test = p.input
		return nothing
	case helper:
		at.Test = p.name
	default:
		at.Test, at.Over, at.Bench, at.Example = p.test, p.over, p.bench, p.example
	}
	return func(code int) int {
		at.Test, at.Over, at.Bench, at.Example = nil, nil, nil, nil
		return p.end(code)
	}
}

// listing reports whether the process only lists its tests.
func listing() bool {
	if !flag.Parsed() {
		flag.Parse() // as M.Run is about to do
	}
	return testbin.Flag("list") != ""
}

// testOf is the test that package testing hands over.
func testOf(t any) checked {
	switch t := t.(type) {
	case *testing.T:
		return t
	case *testing.F:
		return t
	case *testing.B:
		return t
	}
	return nil
}
