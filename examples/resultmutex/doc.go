// Package resultmutex adds up what several tasks return, which run at the same
// time.
//
// There is no mistake here. It is how tasks share one result: a sync.Mutex is
// held only for each addition, and a sync.WaitGroup waits for the last task.
// Without the lock an addition can get lost, and the race detector (go test
// -race) says so; without the Wait the result is read too early, while tasks
// still run.
//
// RIGHT
//
//	for _, task := range tasks {
//		wg.Go(func() {
//			n := task()
//			mu.Lock()
//			defer mu.Unlock()
//			result += n
//		})
//	}
//	wg.Wait()
//	return result
//
// The task runs before the lock is taken: under the lock the tasks would run one
// after the other. After Wait no task is left, so that the result can be read
// without the lock. The Go method of a WaitGroup (Go 1.25) calls Add and Done
// itself.
//
// [Sum] is the whole pattern.
package resultmutex
