package resultmutex

import "sync"

// Sum runs the tasks at the same time and returns the sum of what they return.
// When it does, no task runs any more.
func Sum(tasks ...func() int) int {
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		result int
	)
	for _, task := range tasks {
		wg.Go(func() {
			n := task()
			mu.Lock()
			defer mu.Unlock()
			result += n
		})
	}
	wg.Wait()
	return result
}
