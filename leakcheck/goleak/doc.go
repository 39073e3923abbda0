// Package goleak has the functions of go.uber.org/goleak, on top of package
// leakcheck. To move over, change the import path:
//
//	import "github.com/leakcheck-go/goroutine/leakcheck/goleak"
//
// It has all of goleak 1.3.0, and IgnoreCreatedBy and RunOnFailure, which goleak
// has on its main branch. A call means the same as in goleak, except for the
// differences below. In new code use package leakcheck itself; "leakcheck
// migrate" rewrites existing code.
//
// # What is the same
//
// VerifyNone, Find and VerifyTestMain check when they are called. A check covers
// the whole process, so it finds goroutines of earlier tests without a check. An
// ignore leaves out goroutines with exactly the function that it names.
// IgnoreCurrent leaves out the goroutines that exist when it is called.
// VerifyTestMain exits with code 1 on a leak, and with the code of the tests if
// they failed. The texts begin with "found unexpected goroutines:" and, in
// VerifyTestMain, with "goleak: Errors on successful test run:".
//
// # What is different
//
// Each point begins with what goleak does.
//
//   - VerifyNone reports the goroutines of parallel tests. Here it leaves out
//     goroutines that belong to another test that has not ended, or to a parent
//     test. VerifyTestMain then reports a goroutine that cannot be attributed to
//     a test.
//   - A leak fails every later VerifyNone. Here it fails one test. Later tests
//     do not see it, nor goroutines that a test ignored or left behind when it
//     failed.
//   - VerifyNone checks a test that failed, though the test had no chance to
//     clean up. Here it does so only with RunOnFailure, and never during a
//     panic.
//   - It waits 0.43 s, whatever goroutines still do. Here it waits until the
//     goroutines that are left are proven to be leaked, or have stood still for
//     250 ms to a second, and up to 5 s while one runs, sleeps or does input or
//     output.
//   - Goroutines that init functions started, and those that were there when
//     VerifyTestMain was called, are leaks. Here they are not.
//   - Idle HTTP connections are leaks, and so are goroutines that well-known
//     libraries keep running on purpose. Here they are not: see
//     filters.Catalogue.
//   - The report has one stack for each goroutine. Here goroutines with equal
//     stacks are one entry with a count, the test that started them, source
//     lines, the likely mistake and a fix. Only the beginning of the text, named
//     above, is the same.
//   - A stack that it cannot read (more than 100 calls deep in goleak 1.3.0) makes
//     it panic. Here every stack is read.
//   - A name with a * for "any" matches nothing. Here * matches any text without
//     a slash, and ** any text; the * of a pointer receiver matches itself.
//   - A name that no goroutine can have is accepted silently. Here
//     VerifyTestMain reports it, and after a run of all tests also the
//     ignores that matched nothing or match too much. None of this fails the
//     run.
//   - With Cleanup, VerifyTestMain never exits, so the process ends with code 0
//     in spite of a leak unless the cleanup function calls os.Exit. Here
//     VerifyTestMain exits with 1 after the function returned; without a leak
//     it returns as in goleak. A cleanup function that panics does not change
//     the code.
//   - With RunOnFailure, VerifyNone fails without a check, and VerifyTestMain
//     calls every run unsuccessful. Here VerifyNone checks failed tests too, and
//     VerifyTestMain calls only failed runs unsuccessful.
//   - A test that deadlocks itself waits for the alarm of -timeout. Here
//     VerifyTestMain reports it within seconds if the runtime can prove it.
//
// Except for packages of this module it imports the standard library only,
// without net/http.
package goleak
