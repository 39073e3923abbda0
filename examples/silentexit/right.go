package silentexit

import "sync"

// Save saves the orders, all at the same time, and returns when that is done.
func Save(orders []string, save func(order string)) {
	var wg sync.WaitGroup
	for _, order := range orders {
		wg.Go(func() { save(order) })
	}
	wg.Wait()
}
