package missingdone

import (
	"context"
	"errors"
	"sync"
)

// Check checks all addresses and returns when that is done or ctx is, with what
// was wrong by then.
func Check(ctx context.Context, addrs []string, check func(string) error) error {
	var wg sync.WaitGroup
	errs := make(chan error, len(addrs)) // room for all: nobody waits to send
	for _, addr := range addrs {
		wg.Go(func() { errs <- check(addr) })
	}
	go func() {
		wg.Wait()
		close(errs)
	}()
	var all []error
	for {
		select {
		case err, more := <-errs:
			if !more {
				return errors.Join(all...)
			}
			all = append(all, err)
		case <-ctx.Done():
			return errors.Join(append(all, ctx.Err())...)
		}
	}
}
