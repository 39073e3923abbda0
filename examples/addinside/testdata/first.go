// Package first has the form of the mistake that go vet finds: Add is the first
// statement of the goroutine.
package first

import "sync"

// Each calls work for each of the files at the same time.
func Each(files []string, work func(string)) {
	var wg sync.WaitGroup
	for _, file := range files {
		go func() {
			wg.Add(1)
			defer wg.Done()
			work(file)
		}()
	}
	wg.Wait()
}
