package unbounded

import (
	"errors"
	"sync"
)

// FetchAll fetches the pages, n at the same time and at least one, and returns
// them in the order of urls, with what was wrong.
func FetchAll(n int, urls []string, fetch Fetch) ([]string, error) {
	pages, errs := make([]string, len(urls)), make([]error, len(urls))
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(n, 1) {
		wg.Go(func() {
			for i := range next {
				pages[i], errs[i] = fetch(urls[i])
			}
		})
	}
	for i := range urls {
		next <- i
	}
	close(next)
	wg.Wait()
	return pages, errors.Join(errs...)
}
