package unbounded

import (
	"errors"
	"sync"
)

// Fetch gets the page at a URL.
type Fetch func(url string) (string, error)

// FetchAllWrong fetches the pages, all at the same time, and returns them in the
// order of urls, with what was wrong.
func FetchAllWrong(urls []string, fetch Fetch) ([]string, error) {
	pages, errs := make([]string, len(urls)), make([]error, len(urls))
	var wg sync.WaitGroup
	for i := range urls {
		wg.Go(func() { pages[i], errs[i] = fetch(urls[i]) })
	}
	wg.Wait()
	return pages, errors.Join(errs...)
}
