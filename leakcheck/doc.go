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
// [Find] looks at any moment, and [Take] with [Snapshot.Diff] compares two
// moments.
//
// # What counts as a leak
//
// A goroutine that the test started, or that appeared while it ran, and that
// is still there once the test and its cleanups are over. What the runtime and
// the testing package keep running is left out (see filters.Catalogue), as is
// what was there when the process or the test began, and what was reported
// already: a leak fails one test and costs the next ones nothing.
//
// # How long it waits
//
// The runtime counts the goroutines that it creates. When a test created none,
// the check is one reading of that counter, well under a microsecond. Else the
// goroutines that remain are given time to end: until all of them are proven
// leaked by the runtime (Go 1.27, or 1.26 with
// GOEXPERIMENT=goroutineleakprofile), or are parked with unchanged stacks for
// 250 ms while nothing else runs; up to five seconds while one still runs,
// sleeps or does input or output. [Wait] sets another bound.
//
// # Parallel tests
//
// Verify at the top of a test labels its goroutine (runtime/pprof label
// "leakcheck.test"); the goroutines that it starts inherit the label. What
// carries another test's label is left to that test, and what no evidence
// ties to a test while several run is left to [VerifyTestMain].
//
// # Environment
//
// LEAKCHECK_VERBOSE=1 prints whole stacks. LEAKCHECK_PROOF=off keeps the
// runtime from being asked for a proof.
//
// The package imports the standard library only, without net/http.
package leakcheck
