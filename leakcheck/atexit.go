package leakcheck

import (
	"io"
	"os"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// AtExit writes to w a report of the goroutines that are still working when
// main returns: the process then ends silently, without waiting for them.
// Defer it at the top of main, so that it runs after all other deferred calls:
//
//	func main() {
//		defer leakcheck.AtExit(os.Stderr)
//		...
//	}
//
// A goroutine is at work if it runs, sleeps, is in a system call, waits for a lock,
// for an answer from the network or for the end of a command, or has a value to
// send. A goroutine that waits for work is not: a worker at the end of a channel, a
// listener, a reader of standard input, a loop over a ticker. Goroutines that have
// just been told to stop get a tenth of a second to do so, or the time that [Wait]
// sets; if none is at work, AtExit returns at once. It does not report work that is
// done in that time, although without AtExit the process may end earlier. It does
// not ask the runtime for a proof, which would cost a garbage collection. It uses
// the options [Ignore], [IgnoreCurrent] and [Wait]; a filter that asks for the
// cause or the test matches nothing.
//
// It reports nothing when main panics or calls runtime.Goexit. A process that
// ends by os.Exit, log.Fatal or a signal runs no deferred calls, so AtExit is
// not called. Writing the report is best effort. AtExit panics when w is nil.
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
