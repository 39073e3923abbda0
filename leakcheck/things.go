package leakcheck

import (
	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/resource"
)

// Descriptors has [Verify] and [VerifyTestMain] look for descriptors as well that
// the test opened and did not close: files, folders, sockets, pipes. They get the
// same time to be closed as goroutines to end. Those whose description in a report
// holds one of except are left out:
//
//	leakcheck.Verify(t, leakcheck.Descriptors("/var/lib/shop.db"))
//
// The report says what a descriptor leads to: a path, addresses, the other end of a
// pipe. If the heap can be read, the report says which goroutine or variable can
// still use it, and with -memprofilerate=1 on the command line of the test also
// which call opened it. Left out are descriptors that the runtime and package os
// open for themselves, the standard streams, and connections that net/http keeps for
// reuse.
//
// A descriptor belongs to the process; the system does not say which test opened it.
// A test that runs alone answers for all that appeared meanwhile. A parallel test
// fails only for files below its t.TempDir; its log says where there was more, and
// VerifyTestMain with this option reports what is left when all tests are over,
// naming the tests that ran when it appeared. A file that is dropped without Close
// is found as long as the garbage collector has not closed it.
//
// Linux and macOS tell what a process has open. Elsewhere the test's log says that
// nothing was looked at. [Find], [AtExit] and [Baseline] ignore descriptors.
func Descriptors(except ...string) Option {
	resource.Warm()
	given, _ := resource.Descriptors()
	things := &engine.Things{Except: except, Given: given}
	return option(func(c *config) { c.Descriptors = things })
}

// Children has [Verify] and [VerifyTestMain] look for child processes as well that
// the test started: those that still run, and those that ended and that nobody
// called Wait for. They get the same time to end as goroutines. Those whose command
// line holds one of except are left out. What [Descriptors] says of parallel tests
// and of systems holds for child processes, too.
func Children(except ...string) Option {
	given, _ := resource.Children()
	things := &engine.Things{Except: except, Given: given}
	return option(func(c *config) { c.Children = things })
}
