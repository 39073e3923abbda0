// Package leakcheck fails a test that leaves goroutines behind, and says which
// test that was, where each goroutine waits, what started it and how to mend
// it.
//
//	func TestFetch(t *testing.T) {
//		leakcheck.Verify(t)
//		...
//	}
//
// [Verify] stands at the top of a test, or is deferred there. [VerifyTestMain]
// checks a whole package once its tests are done:
//
//	func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }
//
// [Run] is the same for a TestMain that has more to do. [Find] looks at any
// moment, and [Take] with [Snapshot.Diff] compares two moments.
//
// # What counts as a leak
//
// A goroutine that the test started, or that appeared while it ran, and that
// is still there once the test and its cleanups are over. What the runtime, the
// testing package and well-known libraries keep running on purpose is left out
// (see filters.Catalogue), as are HTTP connections that are kept for reuse, what
// was there when the process or the test began, and what was reported already: a
// leak fails one test and costs the next ones nothing.
//
// # How long it waits
//
// The runtime counts the goroutines that it creates. When a test created none,
// the check is one reading of that counter, well under a microsecond. Else the
// goroutines that remain are given time to end: until all of them are proven
// leaked by the runtime (Go 1.27, or 1.26 with
// GOEXPERIMENT=goroutineleakprofile), or are parked with unchanged stacks while
// nothing else runs, for 250 ms, or for a second where one receives from a
// channel, which a timer may be about to end; up to five seconds while one still
// runs, sleeps or does input or output, and a second more, so that no verdict
// depends on which side of them a timer falls. [Wait] sets another bound. Where there
// is no proof, the heap of the process often says sooner who could still wake
// them; what nothing in it could wake is unreachable and not waited for.
//
// # Parallel tests
//
// Verify at the top of a test labels its goroutine (runtime/pprof label
// "leakcheck.test"); the goroutines that it starts inherit the label. What
// carries another test's label is left to that test, and what no evidence
// ties to a test while several run is left to [VerifyTestMain].
//
// A go statement in a test's own code counts for that test, whatever label the
// goroutine that ran it had: workers that tests share carry the label of the
// test that started them. What a subtest without a Verify of its own leaves
// behind is its parent's.
//
// # Proofs
//
// A proof is the word of the runtime's garbage collector that nothing that can
// still run reaches what a goroutine waits for, so that it can never go on. It
// is asked for when goroutines outlive a test, never for a clean one. What is
// reachable from a global variable, sleeps, waits for a timer or for input
// cannot be proven: the report says of those only that they are still there.
// [ProvenOnly] leaves those out. The collector does not count what a weak.Pointer
// leads to, so a goroutine that only such a pointer can still wake is called
// proven as well; Go 1.26 and 1.27 end the process when that happens.
//
// # Hung tests
//
// A test that deadlocks itself never reaches its check. [VerifyTestMain]
// watches for that: when nothing has run in the process for two seconds, and a
// test waits for what may never come, it asks the runtime for the proof. Where
// there is none, it reads the heap after one second, and again two seconds
// later. If the test can never go on, it reports which one hangs and what hangs
// with it, and ends the process with exit code 1. Otherwise nothing is touched:
// not a test that waits for a timer, a connection, a child process or a global
// variable, nor a process with a debugger or a synctest bubble. Half a second
// before the alarm of -timeout, it reports what the running tests wait for, proven
// or not. [Watchdog] sets the two seconds or switches it off; a package whose
// tests block on purpose until something outside kills the process needs that.
//
// # Code that leaks already
//
// [Baseline] names a file of known leaks, which pass, so that what is new fails
// from today on. It is written by a run with LEAKCHECK_UPDATE_BASELINE=1 and
// meant to become shorter: [VerifyTestMain] says what can be taken out.
//
// # Descriptors and child processes
//
// [Descriptors] and [Children] have a check look for open descriptors and for child
// processes that outlive the test as well, on Linux and macOS.
//
// # The end of a program
//
// Outside of tests, [AtExit] deferred in main reports the goroutines that main's
// return cuts off at their work.
//
// # Environment
//
// LEAKCHECK_BASELINE=path is [Baseline] for every check of a test or of
// TestMain that was given none. LEAKCHECK_UPDATE_BASELINE=1 writes
// baselines instead of comparing with them. LEAKCHECK_VERBOSE=1 prints whole stacks.
// LEAKCHECK_PROOF=off keeps the runtime from being asked for a proof, and
// LEAKCHECK_HEAP=off the heap from being read where there is none. NO_COLOR
// and CLICOLOR_FORCE decide about colours, which else are for terminals, where
// COLUMNS bounds the lines.
//
// LEAKCHECK_REPORT names a folder for reports; a relative one is below that of
// the package. Each failed check adds a folder of its own to it, named after
// package and test, with report.json and goroutines.txt, the dump with all
// goroutines. With go test -artifacts the same goes to the folder that
// T.ArtifactDir names. The command "leakcheck report -o html" makes a page of
// report.json.
//
// With go test -json or -v, a test that leaked has the attributes
// leakcheck.leaks and leakcheck.proven, numbers of goroutines, and
// leakcheck.causes, their ids; leakcheck.left counts descriptors and child
// processes. Where GITHUB_ACTIONS is true, up to ten
// findings of each package are printed as annotations.
//
// Except for packages of this module it imports the standard library only,
// without net/http.
package leakcheck
