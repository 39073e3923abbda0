// Package leakcheck fails a test that leaves goroutines behind. It reports the
// test, where each goroutine waits, what started it and how to fix the leak.
//
//	func TestFetch(t *testing.T) {
//		leakcheck.Verify(t)
//		...
//	}
//
// Call [Verify] at the top of a test, or defer it there. [VerifyTestMain]
// checks a whole package after its tests:
//
//	func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }
//
// [Run] is VerifyTestMain for a TestMain that has more to do. [Find] checks
// at any moment, and [Take] with [Snapshot.Diff] compares two moments.
//
// # What counts as a leak
//
// A leak is a goroutine that the test started, or that appeared while it ran, and
// that is still there after the test and its cleanups. Goroutines that the runtime,
// the testing package and well-known libraries keep running on purpose are left out
// (see filters.Catalogue). So are HTTP connections that are kept for reuse,
// goroutines that were there when the process or the test began, and goroutines that
// were reported already: a leak fails one test and costs later tests nothing.
//
// # How long it waits
//
// The runtime counts the goroutines that it creates. If a test created none, the
// check is one reading of that counter, well under a microsecond. Otherwise the
// goroutines that remain get time to end. The check ends as soon as the runtime has
// proven all of them to be leaked (Go 1.27, or 1.26 with
// GOEXPERIMENT=goroutineleakprofile), or once all are parked with unchanged stacks
// while nothing else runs, for 250 ms, or for a second if one receives from a
// channel, because a timer may be about to send. It waits for up to five seconds
// while one still runs, sleeps or does input or output, and for a second more, so
// that a timer of five seconds cannot decide the verdict. [Wait] sets another limit.
// Without a proof, the check often reads the heap of the process to find out what
// could still wake a goroutine. If nothing could, the goroutine is unreachable, and
// the check does not wait for it.
//
// # Parallel tests
//
// Verify at the top of a test labels its goroutine (runtime/pprof label
// "leakcheck.test"); the goroutines that it starts inherit the label. A goroutine
// with another test's label belongs to that test. If several tests run and a
// goroutine cannot be attributed to one of them, [VerifyTestMain] reports it.
//
// A go statement in a test's own code counts for that test, whatever label the
// goroutine that ran it had: workers that tests share carry the label of the
// test that started them. A Verify also covers the subtests that have no Verify
// of their own.
//
// # Proofs
//
// A proof means that the runtime's garbage collector found nothing that can still
// run and reaches what a goroutine waits for, so the goroutine can never run again.
// A check asks for a proof only if goroutines outlive a test. There is no proof for
// a goroutine that sleeps, waits for a timer or for input, or waits for something
// that a global variable holds: the report says only that it is still there, and
// [ProvenOnly] leaves it out. The collector does not follow a weak.Pointer, so a
// goroutine that only such a pointer can still wake is called proven as well; Go
// 1.26 and 1.27 end the process when it is woken.
//
// # Hung tests
//
// A test that deadlocks itself never reaches its check. [VerifyTestMain] watches
// for that: when nothing has run in the process for two seconds, and a test waits
// for what may never come, it asks the runtime for the proof. If the runtime
// offers no proof, it reads the heap after one second, and again two seconds
// later. If the test can never go on, it reports the test and the goroutines that
// hang with it, and ends the process with exit code 1. Otherwise the test goes on:
// it may wait for a timer, a connection, a child process or a global variable, or
// the process may have a debugger or a synctest bubble. Half a second before the
// alarm of -timeout, it reports what the running tests wait for, proven or not.
// [Watchdog] sets the two seconds or switches the watchdog off. Switch it off in a
// package whose tests block on purpose until the process is killed.
//
// # Code that leaks already
//
// [Baseline] names a file of known leaks, so that only new ones fail. A run with
// LEAKCHECK_UPDATE_BASELINE=1 writes the file. It is meant to become shorter:
// [VerifyTestMain] says which entries can be removed.
//
// # Descriptors and child processes
//
// With [Descriptors] and [Children] a check also looks for open descriptors and for
// child processes that outlive the test, on Linux and macOS.
//
// # The end of a program
//
// Outside of tests, [AtExit] deferred in main reports the goroutines that main's
// return cuts off at their work.
//
// # Environment
//
// LEAKCHECK_BASELINE=path sets a [Baseline] for every check of a test or of TestMain
// that has none. LEAKCHECK_UPDATE_BASELINE=1 writes baselines instead of comparing
// with them. LEAKCHECK_VERBOSE=1 prints whole stacks. With LEAKCHECK_PROOF=off no
// check asks the runtime for a proof, and with LEAKCHECK_HEAP=off no check reads the
// heap. NO_COLOR and CLICOLOR_FORCE switch colours off and on; by default only a
// terminal gets colours. On a terminal, COLUMNS limits the length of lines.
//
// LEAKCHECK_REPORT names a folder for reports; a relative path is below the
// folder of the package. Each failed check adds a folder of its own to it,
// named after package and test, with report.json and goroutines.txt, the dump
// with all goroutines. With go test -artifacts the same files are written to
// the folder that T.ArtifactDir names. The command "leakcheck report -o html"
// makes a page of report.json.
//
// With go test -json or -v, a test that leaked has the attributes
// leakcheck.leaks and leakcheck.proven, numbers of goroutines, and
// leakcheck.causes, their ids; leakcheck.left counts descriptors and child
// processes. If GITHUB_ACTIONS is true, up to ten findings of each package
// are printed as annotations.
//
// Except for packages of this module it imports the standard library only,
// without net/http.
package leakcheck
