// Package goleak has the functions of go.uber.org/goleak, on top of package
// leakcheck. To move over, change the import path:
//
//	import "github.com/leakcheck-go/goroutine/leakcheck/goleak"
//
// It has all of goleak 1.3.0, and IgnoreCreatedBy and RunOnFailure, which goleak
// has on its main branch. A call means what it means there, at the moment where
// it stands, but for what follows. In new code use package leakcheck itself;
// "leakcheck migrate" rewrites what there is.
//
// # What is the same
//
// VerifyNone checks when it is called, and Find and VerifyTestMain do. A check
// is one of the whole process, so it finds what earlier tests without a check
// have left. An ignore leaves out what has exactly the function that it names.
// IgnoreCurrent leaves out what is there when it is called. A leak makes
// VerifyTestMain exit with code 1, tests that failed with theirs. The texts begin
// with "found unexpected goroutines:" and, in VerifyTestMain, with "goleak: Errors
// on successful test run:".
//
// # What is different
//
// Each point begins with what goleak does.
//
//   - VerifyNone reports what parallel tests are running. Here it leaves out what
//     belongs to another test that has not ended, or to a test that it is a
//     subtest of. A goroutine that cannot be attributed to a test is then left to
//     VerifyTestMain.
//   - A leak fails every later VerifyNone. Here it fails one test, as does what
//     a test ignored or left behind when it failed: later tests do not see it.
//   - VerifyNone checks a test that failed, which had no chance to clean up.
//     Here it does so with RunOnFailure only, and never during a panic.
//   - It waits 0.43 s, however much still moves. Here it waits until what is left
//     is proven to be leaked or stands still, for 250 ms to a second, and up to
//     5 s while something runs, sleeps or does input or output.
//   - Goroutines that init functions started, and those that were there when
//     VerifyTestMain was called, are leaks. Here they are not.
//   - Idle HTTP connections are leaks, and so is what well-known libraries keep
//     running on purpose. Here they are not: see filters.Catalogue.
//   - The report is one stack for each goroutine. Here equal ones are one entry
//     with a count, the test that started them, source lines, the likely mistake
//     and a fix. Only the beginning of the text, named above, is the same.
//   - A stack that it cannot read (more than 100 calls deep in goleak 1.3.0) makes
//     it panic. Here every stack is read.
//   - A name with a * for "any" matches nothing. Here it matches any text without
//     a slash, and ** any text; the * of a pointer receiver is itself.
//   - A name that no goroutine can have is taken without a word. Here
//     VerifyTestMain says so, and at the end of a run of all tests also which
//     ignores matched nothing or match too much. They fail nothing.
//   - With Cleanup, VerifyTestMain never exits, so the process ends with code 0
//     in spite of a leak unless the cleanup function calls os.Exit. Here it
//     exits with 1 after the function returned; without a leak it returns as in
//     goleak. A cleanup function that panics does not change the code.
//   - RunOnFailure makes VerifyNone fail without a check, and VerifyTestMain call
//     every run unsuccessful. Here VerifyNone checks failed tests too, and
//     VerifyTestMain tells the runs apart.
//   - A test that deadlocks itself waits for the alarm of -timeout. Here
//     VerifyTestMain reports it within seconds where the runtime can prove it.
//
// Except for packages of this module it imports the standard library only,
// without net/http.
package goleak
