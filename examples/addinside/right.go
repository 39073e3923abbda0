package addinside

import "sync"

// Sums returns the checksum of each file. It waits for its places in limit.
func Sums(limit chan struct{}, files []string, sum func(string) string) []string {
	sums := make([]string, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			sums[i] = sum(file)
		})
	}
	wg.Wait()
	return sums
}
