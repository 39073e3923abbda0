package swallowederror

import (
	"errors"
	"fmt"
	"sync"
)

// Prices returns the price of each item, and what was wrong if there is none.
func Prices(items []string, ask func(item string) (int, error)) (map[string]int, error) {
	prices := map[string]int{}
	errs := make([]error, len(items))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, item := range items {
		wg.Go(func() {
			price, err := ask(item)
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", item, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			prices[item] = price
		})
	}
	wg.Wait()
	return prices, errors.Join(errs...)
}
