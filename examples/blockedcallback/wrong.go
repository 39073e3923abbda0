package blockedcallback

import "time"

// NewWrong returns a watch of the value that read returns. When the watch is
// closed at the moment of a value, with CloseWrong, it leaks a goroutine.
func NewWrong(quiet time.Duration, read func() string) *Watch {
	w := &Watch{quiet: quiet, values: make(chan string)}
	w.timer = time.AfterFunc(quiet, func() {
		w.values <- read() // want "at: afterfunc-blocked"
	})
	return w
}

// CloseWrong ends the watch.
func (w *Watch) CloseWrong() { w.timer.Stop() }
