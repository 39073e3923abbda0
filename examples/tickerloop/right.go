package tickerloop

import "time"

// New returns a value that is fetched again in the background until Close.
func New(every time.Duration, fetch func() int64) *Fresh {
	f := &Fresh{stop: make(chan struct{}), done: make(chan struct{})}
	f.value.Store(fetch())
	go func() {
		defer close(f.done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f.value.Store(fetch())
			case <-f.stop:
				return
			}
		}
	}()
	return f
}

// Close ends the fetching, and returns when it has ended.
func (f *Fresh) Close() {
	close(f.stop)
	<-f.done
}
