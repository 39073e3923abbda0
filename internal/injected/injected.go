// Package injected is what the test files call into that the command adds leak
// checks to. The command puts it, with package leakcheck and all that imports,
// below the module that is tested, and replaces options.go by the options of
// its command line. Nothing imports it in this module.
package injected

import (
	"os"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Verify is [leakcheck.Verify] with the command's options.
func Verify(t leakcheck.TB) {
	t.Helper()
	leakcheck.Verify(t, options()...)
}

// exitCode is what the last Run returned. Run and Exit are called by TestMain,
// one after the other.
var exitCode int

// Run stands for m.Run() and adds the check of the whole package.
func Run(m leakcheck.TestingM) int {
	exitCode = leakcheck.Run(m, options()...)
	return exitCode
}

// Exit is deferred at the top of TestMain. A TestMain that returns leaves the
// exit code to package testing, which knows nothing of leaks. When TestMain
// calls os.Exit itself, or panics before Run is done, Exit has no say.
func Exit() {
	if exitCode == 0 {
		return
	}
	if p := recover(); p != nil {
		panic(p)
	}
	os.Exit(exitCode)
}
