package blockedcallback

import "time"

// New returns a watch of the value that read returns.
func New(quiet time.Duration, read func() string) *Watch {
	w := &Watch{quiet: quiet, values: make(chan string), done: make(chan struct{})}
	w.timer = time.AfterFunc(quiet, func() {
		select {
		case w.values <- read():
		case <-w.done:
		}
	})
	return w
}

// Close ends the watch.
func (w *Watch) Close() {
	w.timer.Stop()
	close(w.done)
}
