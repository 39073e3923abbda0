// Package hook is what "leakcheck test" links into the test binaries of packages
// that have no leak checks. The command puts it, with all that it imports, among
// the packages of the standard library, and replaces options.go by the options
// of its command line (see package inject). Nothing imports it in this module.
//
// The tests are not to notice it: it reads nothing from the environment and
// leaves nothing there, runs no goroutine while a test runs, opens no file that
// package testing would note for the go command, and prints nothing where
// nothing leaks.
package hook

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/leakcheck-go/goroutine/internal/testrun/point"
)

// settings are the options of the command line.
type settings struct {
	perPackage, provenOnly, noProof bool
	ignore                          []string // expressions of package filters
	baseline                        string   // absolute path
	update                          bool     // the baseline is to be written
	own                             []string // packages that are left to their own checks
	tell                            bool     // what is found fails no test: the command decides
	failed                          bool     // tests that failed are checked as well
}

// The streams of the process, however its tests change those of package os.
var stdout, stderr = os.Stdout, os.Stderr

func init() {
	point.Run = run
}

// run is called by M.Run before the tests and returns what is called after them.
func run(importPath string) (end func(int) int) {
	if slices.Contains(options.own, importPath) || listing() {
		return func(code int) int { return code }
	}
	p := newProcess()
	if p.role == worker {
		point.Test = p.input
		return func(code int) int { return code }
	}
	point.Test, point.Bench = p.test, p.bench
	if p.role == helper {
		point.Test, point.Bench = p.name, nil
	}
	return func(code int) int {
		point.Test, point.Bench = nil, nil
		return p.end(code)
	}
}

// listing reports whether the process only lists its tests.
func listing() bool {
	if !flag.Parsed() {
		flag.Parse() // as M.Run is about to do
	}
	f := flag.Lookup("test.list")
	return f != nil && f.Value.String() != ""
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
