// Package loglate has a worker that reports what it does to a log; in a test,
// the log is the test's.
//
// The mistake: the worker is given t.Logf, and nobody waits for it before the
// test returns. A goroutine that calls a method of t after that panics: "Log in
// goroutine after TestWork has completed". The panic ends the process while
// another test runs, or after the last one, and whether it does depends on who
// is faster. t.Error, t.Fail and t.Output panic in the same way.
//
// WRONG
//
//	func StartWrong(jobs <-chan string, logf Logf) {
//		go func() {
//			for job := range jobs {
//				logf("did %s", job)
//			}
//		}()
//	}
//
// RIGHT
//
//	return func() {
//		cancel()
//		wg.Wait()
//	}
//
// The stop function ends the worker and waits for it. With t.Cleanup(stop) that happens
// while the test still counts as running. A check finds the goroutine at the end of its
// own test, whether it would have panicked or not. "leakcheck explain log-after-test" is
// about the panic. Neither go vet nor staticcheck finds the mistake.
//
// [StartWrong] is the first way, [Start] the second.
package loglate
