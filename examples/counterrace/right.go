package counterrace

import (
	"sync"
	"sync/atomic"
)

// Broken checks all links at the same time and returns how many of them are
// broken.
func Broken(links []string, check func(link string) error) int {
	var broken atomic.Int64
	var wg sync.WaitGroup
	for _, link := range links {
		wg.Go(func() {
			if check(link) != nil {
				broken.Add(1)
			}
		})
	}
	wg.Wait()
	return int(broken.Load())
}
