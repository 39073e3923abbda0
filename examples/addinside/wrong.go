package addinside

import "sync"

// SumsWrong returns the checksum of each file. A file that has to wait for its
// place in limit has none, and its goroutine is left behind.
func SumsWrong(limit chan struct{}, files []string, sum func(string) string) []string {
	sums := make([]string, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		go func() { // want "started"
			limit <- struct{}{} // want "at: chan-semaphore"
			defer func() { <-limit }()
			wg.Add(1)
			defer wg.Done()
			sums[i] = sum(file)
		}()
	}
	wg.Wait()
	return sums
}
