package filters

import (
	"sync"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Class says what a known goroutine means for a leak check.
type Class int

const (
	// Benign goroutines live as long as the process by design and have no way
	// to be stopped, or belong to the test runner. They are ignored.
	Benign Class = iota + 1
	// SlowToStop goroutines end by themselves some time after what they serve
	// was closed. They are waited for.
	SlowToStop
	// MissingClose goroutines stop at a call that was not made. They are
	// reported, with that call.
	MissingClose
)

// String returns the class as it is written in documents.
func (c Class) String() string {
	switch c {
	case Benign:
		return "benign"
	case SlowToStop:
		return "slow to stop"
	case MissingClose:
		return "missing close"
	}
	return "unknown"
}

// Entry is one known goroutine.
type Entry struct {
	ID     string // stable name: "testing/test"
	Module string // "std", or the path of the module that starts it
	Class  Class
	Match  Filter
	Why    string // why it runs, and why its class is right
	Source string // where that can be checked
	Since  string // first release that it was seen in: "go1.26"
	Until  string // last release that has it; "" while current
	Fix    string // for MissingClose: the call to add
}

// Catalogue returns the known goroutines. The slice is the caller's.
func Catalogue() []Entry {
	return append([]Entry(nil), catalogue()...)
}

// IsBenign reports whether an entry of class [Benign] matches g. It is the
// filter that every leak check begins with.
func IsBenign(g *stackparse.Goroutine) bool {
	for i := range catalogue() {
		if e := &catalogue()[i]; e.Class == Benign && e.Match.Match(g) {
			return true
		}
	}
	return false
}

// catalogue is built at its first use, so that a program that links this
// package and never asks pays nothing.
//
// Entries go by the creator where they can: a goroutine that has not run yet
// shows a wrapper of its go statement ("testing.(*T).Run.gowrap1") and none of
// the functions that it will call.
//
// The race detector has no entry because it has no goroutine: its runtime
// works on the threads that the program has (checked by TestRunnerShapes,
// which runs under -race in continuous integration).
var catalogue = sync.OnceValue(func() []Entry {
	return []Entry{
		{
			ID: "runtime/main", Module: "std", Class: Benign, Since: "go1.0",
			Match:  ID(1),
			Why:    "the main goroutine runs package main and, in a test binary, the test runner",
			Source: "runtime/proc.go: main",
		}, {
			ID: "runtime/finalizers", Module: "std", Class: Benign, Since: "go1.25",
			Match:  AnyFunction("runtime.runFinalizers"),
			Why:    "the runtime's goroutine for finalizers; shown while it runs one, started once for the process",
			Source: "runtime/mfinal.go: runFinalizers",
		}, {
			ID: "runtime/cleanups", Module: "std", Class: Benign, Since: "go1.25",
			Match:  AnyFunction("runtime.runCleanups"),
			Why:    "the runtime's goroutines for runtime.AddCleanup; shown while they run one",
			Source: "runtime/mcleanup.go: runCleanups",
		}, {
			ID: "runtime/trace", Module: "std", Class: Benign, Since: "go1.25",
			Match:  CreatedBy("runtime/trace.(*traceMultiplexer).startLocked"),
			Why:    "copies the execution trace to its writer until trace.Stop (go test -trace)",
			Source: "runtime/trace/subscribe.go: startLocked",
		}, {
			ID: "runtime/pprof", Module: "std", Class: Benign, Since: "go1.0",
			Match:  CreatedBy("runtime/pprof.StartCPUProfile"),
			Why:    "copies the CPU profile to its writer until StopCPUProfile (go test -cpuprofile)",
			Source: "runtime/pprof/pprof.go: profileWriter",
		}, {
			ID: "os/signal", Module: "std", Class: Benign, Since: "go1.0",
			Match:  AnyFunction("os/signal.loop"),
			Why:    "hands signals to their channels; started by the first Notify, and signal.Stop does not end it",
			Source: "os/signal/signal_unix.go: loop",
		}, {
			ID: "testing/test", Module: "std", Class: Benign, Since: "go1.7",
			Match: Any(CreatedBy("testing.(*T).Run"), CreatedBy("testing.(*F).Fuzz.func1"),
				CreatedBy("testing/synctest.testingSynctestTest")),
			Why: "the goroutine of a test, subtest, fuzz callback or bubble: running, waiting in T.Run or T.Parallel, " +
				"or in tRunner for its parallel subtests; the runner waits for each",
			Source: "testing/testing.go: tRunner",
		}, {
			ID: "testing/fuzz", Module: "std", Class: Benign, Since: "go1.18",
			Match:  Any(CreatedBy("testing.runFuzzTests"), CreatedBy("testing.runFuzzing"), Package("internal/fuzz")),
			Why:    "the goroutine of a fuzz test, and the engine's own during go test -fuzz",
			Source: "testing/fuzz.go: fRunner",
		}, {
			ID: "testing/benchmark", Module: "std", Class: Benign, Since: "go1.0",
			Match: Any(CreatedBy("testing.(*B).run1"), CreatedBy("testing.(*B).doBench"),
				CreatedBy("testing.(*B).RunParallel")),
			Why:    "the goroutine of a benchmark run, or one that B.RunParallel waits for",
			Source: "testing/benchmark.go: run1, launch, RunParallel",
		}, {
			ID: "testing/example", Module: "std", Class: Benign, Since: "go1.0",
			Match:  CreatedBy("testing.runExample"),
			Why:    "reads the output of an example until it returns",
			Source: "testing/run_example.go: runExample",
		}, {
			ID: "testing/synctest", Module: "std", Class: Benign, Since: "go1.25",
			Match:  CreatedBy("testing/synctest.Test"),
			Why:    "the root goroutine of a bubble; synctest.Test waits for it",
			Source: "testing/synctest/synctest.go: Test",
		}, {
			ID: "testing/alarm", Module: "std", Class: Benign, Since: "go1.1",
			Match:  AnyFunction("testing.(*M).startAlarm.func1"),
			Why:    "prints the stacks when -timeout is over, and ends the process",
			Source: "testing/testing.go: startAlarm",
		},
	}
})
