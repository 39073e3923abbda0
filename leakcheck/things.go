package leakcheck

import (
	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
)

// Descriptors makes [Verify] and [VerifyTestMain] also look for descriptors that
// the test opened and did not close: files, folders, sockets, pipes. They get the
// same time to be closed as goroutines get to end. Descriptors whose description
// in a report contains one of except are left out:
//
//	leakcheck.Verify(t, leakcheck.Descriptors("/var/lib/shop.db"))
//
// The report says what a descriptor leads to: a path, addresses, the other end of a
// pipe. If the heap can be read, the report says which goroutine or variable can
// still use it, and with -memprofilerate=1 on the command line of the test also
// which call opened it. The check ignores descriptors that the runtime and package
// os open for themselves, the standard streams, and connections that net/http keeps
// for reuse.
//
// A descriptor belongs to the process; the system does not say which test opened it.
// A test that runs alone fails for all descriptors that appeared while it ran. A
// parallel test fails only for files below its t.TempDir; its log says if there were
// more, and VerifyTestMain with this option reports the descriptors that are left
// after all tests, with the tests that ran when they appeared. A file that is
// dropped without Close is found as long as the garbage collector has not closed it.
//
// This works on Linux and macOS. Elsewhere the test's log says that descriptors
// were not checked. [Find], [AtExit] and [Baseline] ignore descriptors.
func Descriptors(except ...string) Option {
	resource.Warm()
	given, _ := resource.Descriptors()
	things := &engine.Things{Except: except, Given: given}
	return option(func(c *config) { c.Descriptors = things })
}

// Children makes [Verify] and [VerifyTestMain] also look for child processes that
// the test started: processes that still run, and processes that ended without a
// call of Wait. They get the same time to end as goroutines. Processes whose
// command line contains one of except are left out. For parallel tests and systems
// see [Descriptors].
func Children(except ...string) Option {
	given, _ := resource.Children()
	things := &engine.Things{Except: except, Given: given}
	return option(func(c *config) { c.Children = things })
}
