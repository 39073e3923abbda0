package filters

// The runner's and the runtime's goroutines.
//
// Entries go by the creator where they can: a goroutine that has not run yet
// shows a wrapper of its go statement ("testing.(*T).Run.gowrap1") and none of
// the functions that it will call.
//
// The race detector has no entry because it has no goroutine: its runtime
// works on the threads that the program has (checked by TestRunnerShapes,
// which runs under -race in continuous integration).
func runner() []Entry {
	return []Entry{
		{
			ID: "runtime/main", Module: "std", Class: ClassBenign, Since: "go1.0",
			Match:  ID(1),
			Why:    "the main goroutine runs package main and, in a test binary, the test runner",
			Source: "runtime/proc.go: main",
		}, {
			ID: "runtime/finalizers", Module: "std", Class: ClassBenign, Since: "go1.25",
			Match:  AnyFunction("runtime.runFinalizers"),
			Why:    "the runtime's goroutine for finalizers; shown while it runs one, started once for the process",
			Source: "runtime/mfinal.go: runFinalizers",
		}, {
			ID: "runtime/cleanups", Module: "std", Class: ClassBenign, Since: "go1.25",
			Match:  AnyFunction("runtime.runCleanups"),
			Why:    "the runtime's goroutines for runtime.AddCleanup; shown while they run one",
			Source: "runtime/mcleanup.go: runCleanups",
		}, {
			// Its calls are shown because it has no others: a callback of a user that
			// blocks on it is shown instead, as a goroutine without a creator.
			ID: "runtime/javascript", Module: "std", Class: ClassBenign, Since: "go1.12",
			Match:  AnyFunction("runtime.handleEvent"),
			Why:    "under js/wasm, the goroutine that JavaScript calls Go on; it waits until all others do",
			Source: "runtime/lock_js.go: handleEvent",
		}, {
			ID: "runtime/trace", Module: "std", Class: ClassBenign, Since: "go1.25",
			Match:  CreatedBy("runtime/trace.(*traceMultiplexer).startLocked"),
			Why:    "copies the execution trace to its writer until trace.Stop (go test -trace)",
			Source: "runtime/trace/subscribe.go: startLocked",
		}, {
			ID: "runtime/pprof", Module: "std", Class: ClassBenign, Since: "go1.0",
			Match:  CreatedBy("runtime/pprof.StartCPUProfile"),
			Why:    "copies the CPU profile to its writer until StopCPUProfile (go test -cpuprofile)",
			Source: "runtime/pprof/pprof.go: profileWriter",
		}, {
			ID: "os/signal", Module: "std", Class: ClassBenign, Since: "go1.0",
			Match:  AnyFunction("os/signal.loop"),
			Why:    "hands signals to their channels; started by the first Notify, and signal.Stop does not end it",
			Source: "os/signal/signal_unix.go: loop",
		}, {
			ID: "testing/test", Module: "std", Class: ClassBenign, Since: "go1.7",
			Match: Any(CreatedBy("testing.(*T).Run"), CreatedBy("testing.(*F).Fuzz.func1"),
				CreatedBy("testing/synctest.testingSynctestTest")),
			Why: "the goroutine of a test, subtest, fuzz callback or bubble: running, waiting in T.Run or T.Parallel, " +
				"or in tRunner for its parallel subtests; the runner waits for each",
			Source: "testing/testing.go: tRunner",
		}, {
			ID: "testing/fuzz", Module: "std", Class: ClassBenign, Since: "go1.18",
			Match: Any(CreatedBy("testing.runFuzzTests"), CreatedBy("testing.runFuzzing"),
				CreatedBy("internal/fuzz.CoordinateFuzzing"), CreatedBy("internal/fuzz.(*worker).start"),
				CreatedBy("internal/fuzz.(*worker).stop"), CreatedBy("internal/fuzz.(*contextReader).Read")),
			Why:    "the goroutine of a fuzz test, and the engine's own during go test -fuzz",
			Source: "testing/fuzz.go: fRunner",
		}, {
			ID: "testing/benchmark", Module: "std", Class: ClassBenign, Since: "go1.0",
			Match: Any(CreatedBy("testing.(*B).run1"), CreatedBy("testing.(*B).doBench"),
				CreatedBy("testing.(*B).RunParallel")),
			Why:    "the goroutine of a benchmark run, or one that B.RunParallel waits for",
			Source: "testing/benchmark.go: run1, launch, RunParallel",
		}, {
			ID: "testing/example", Module: "std", Class: ClassBenign, Since: "go1.0",
			Match:  CreatedBy("testing.runExample"),
			Why:    "reads the output of an example until it returns",
			Source: "testing/run_example.go: runExample",
		}, {
			ID: "testing/synctest", Module: "std", Class: ClassBenign, Since: "go1.25",
			Match:  CreatedBy("testing/synctest.Test"),
			Why:    "the root goroutine of a bubble; synctest.Test waits for it",
			Source: "testing/synctest/synctest.go: Test",
		}, {
			ID: "testing/alarm", Module: "std", Class: ClassBenign, Since: "go1.1",
			Match:  AnyFunction("testing.(*M).startAlarm.func1"),
			Why:    "prints the stacks when -timeout is over, and ends the process",
			Source: "testing/testing.go: startAlarm",
		},
	}
}
