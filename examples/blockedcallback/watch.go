package blockedcallback

import "time"

// Watch hands on a value once it has been quiet for a while. It has to be
// closed.
type Watch struct {
	quiet  time.Duration
	timer  *time.Timer
	values chan string
	done   chan struct{}
}

// Changed tells that the value has changed: the time of quiet begins again.
func (w *Watch) Changed() { w.timer.Reset(w.quiet) }

// Values is where the values come.
func (w *Watch) Values() <-chan string { return w.values }
