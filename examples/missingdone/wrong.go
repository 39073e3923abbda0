package missingdone

import (
	"context"
	"sync"
)

// CheckWrong checks all addresses and returns when that is done or ctx is. It
// leaks a goroutine when one of the checks fails.
func CheckWrong(ctx context.Context, addrs []string, check func(string) error) error {
	var wg sync.WaitGroup
	for _, addr := range addrs {
		wg.Add(1)
		go func() {
			if err := check(addr); err != nil {
				return
			}
			wg.Done()
		}()
	}
	done := make(chan struct{})
	go func() { // want "started"
		wg.Wait() // want "at: wg-wait"
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
