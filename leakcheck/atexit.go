package leakcheck

import (
	"io"
	"os"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// AtExit reports on w the goroutines that the return of main is about to cut
// off at their work: Go ends the process then, without waiting for any of them
// and without a word. It is deferred at the top of main, so that it runs after
// all other deferred calls:
//
//	func main() {
//		defer leakcheck.AtExit(os.Stderr)
//		...
//	}
//
// At work is what runs, sleeps, is in a system call, waits for a lock, for an
// answer from the network or the end of a command, or has a value to send. What
// waits to be given work is not: a worker at the end of a channel, a listener,
// a reader of standard input, a loop over a ticker. Those that have just been
// told to stop are given a tenth of a second, or what [Wait] says, to do so;
// where nothing is at work AtExit returns at once. What gets done in that time is
// not reported, although it is luck without AtExit. The runtime is not asked for a
// proof, which would cost a garbage collection. Of the options [Ignore],
// [IgnoreCurrent] and [Wait] count; a filter that asks for the cause or the test
// leaves nothing out.
//
// It says nothing when main panics or calls runtime.Goexit. A process that ends
// by os.Exit, log.Fatal or a signal runs no deferred calls, and nothing can be
// hooked into its end: AtExit does not see it. Writing the report is best
// effort. AtExit panics when w is nil.
func AtExit(w io.Writer, opts ...Option) {
	if isNil(w) {
		panic("leakcheck.AtExit: w is nil; pass os.Stderr")
	}
	// First in the list, so that a Wait of the caller's wins.
	cfg := newConfig(append([]Option{Wait(exitGrace)}, opts...))
	if unwinding() {
		return
	}
	if found := engine.Exit(&cfg.Config); found.Report != nil {
		file, _ := w.(*os.File)
		_ = renderer(file).Write(w, found.Report)
	}
}

// exitGrace is what goroutines get that were told to stop as the last thing that
// main did.
const exitGrace = 100 * time.Millisecond

// unwinding reports whether the calling deferred function runs because of a
// panic or of runtime.Goexit.
func unwinding() bool {
	why, _ := capture.Unwinding()
	return why != ""
}
