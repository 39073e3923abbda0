package swallowederror

import "sync"

// PricesWrong returns the price of each item, except where there was an error.
func PricesWrong(items []string, ask func(item string) (int, error)) (map[string]int, error) {
	prices := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, item := range items {
		wg.Go(func() {
			price, err := ask(item)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			prices[item] = price
		})
	}
	wg.Wait()
	return prices, nil
}
