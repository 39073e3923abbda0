// Package missingdone checks several addresses at the same time.
//
// The mistake: a task that fails returns before it calls Done, so that Wait
// waits forever. Here it waits in a goroutine, because the caller has a time
// limit: the caller goes on, and the goroutine stays.
//
// WRONG
//
//	go func() {
//		if err := check(addr); err != nil {
//			return
//		}
//		wg.Done()
//	}()
//
// RIGHT
//
//	wg.Go(func() { errs <- check(addr) })
//
// The Go method of a WaitGroup (Go 1.25) calls Done when the function returns,
// in whatever way. If you call Done yourself, defer it in the first line.
//
// [CheckWrong] is the first way, [Check] the second.
package missingdone
