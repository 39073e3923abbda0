package tickerloop

import "time"

// NewWrong returns a value that is fetched again in the background, forever.
func NewWrong(every time.Duration, fetch func() int64) *Fresh {
	f := new(Fresh)
	f.value.Store(fetch())
	go func() { // want "started"
		for range time.Tick(every) { // want "at: ticker-loop"
			f.value.Store(fetch())
		}
	}()
	return f
}
