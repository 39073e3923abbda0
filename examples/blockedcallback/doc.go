// Package blockedcallback watches a value that changes often, such as a
// configuration that somebody edits, and hands it on once it has been quiet for
// a while. Each change sets the timer of a time.AfterFunc back.
//
// The mistake: the callback sends the value on a channel and waits until somebody
// takes it. The timer's Stop keeps a callback from being started, but does not end
// one that runs. When the watch is closed at that moment, the receiver of the values
// is gone, and the callback waits in its own goroutine for as long as the process
// lives. It happens only now and then, so it is rarely seen in a test and adds up in
// a service.
//
// WRONG
//
//	w.timer = time.AfterFunc(quiet, func() {
//		w.values <- read()
//	})
//	...
//	func (w *Watch) CloseWrong() { w.timer.Stop() }
//
// RIGHT
//
//	w.timer = time.AfterFunc(quiet, func() {
//		select {
//		case w.values <- read():
//		case <-w.done:
//		}
//	})
//	...
//	func (w *Watch) Close() {
//		w.timer.Stop()
//		close(w.done)
//	}
//
// The callback waits for the end of the watch as well, so Close ends one that
// runs. A callback that only has to say that the time is over needs only a
// channel with room for one. Neither go vet nor staticcheck finds the mistake.
//
// [NewWrong] is the first way, [New] the second.
package blockedcallback
