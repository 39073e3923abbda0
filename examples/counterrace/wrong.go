package counterrace

import "sync"

// BrokenWrong checks all links at the same time and returns how many of them are
// broken, or fewer.
func BrokenWrong(links []string, check func(link string) error) int {
	broken := 0
	var wg sync.WaitGroup
	for _, link := range links {
		wg.Go(func() {
			if check(link) != nil {
				broken++
			}
		})
	}
	wg.Wait()
	return broken
}
