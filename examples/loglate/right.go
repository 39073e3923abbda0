package loglate

import (
	"context"
	"sync"
)

// Start starts a worker that logs the jobs that it gets. When stop returns it has
// ended, and logs nothing any more.
func Start(jobs <-chan string, logf Logf) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case job, ok := <-jobs:
				if !ok {
					return
				}
				logf("did %s", job)
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
