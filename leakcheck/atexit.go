package leakcheck

import (
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
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
	cfg := newConfig(append([]Option{Wait(exitGrace)}, opts...))
	if unwinding() {
		return
	}
	if left := settleExit(cfg); len(left) > 0 {
		file, _ := w.(*os.File)
		_ = renderer(file).Write(w, exitReport(left))
	}
}

// exitGrace is what goroutines get that were told to stop as the last thing that
// main did.
const exitGrace = 100 * time.Millisecond

// settleExit returns what is still at work when the wait is over.
func settleExit(cfg *config) []stackparse.Goroutine {
	self := capture.SelfID()
	end := time.Now().Add(cfg.wait)
	for gap := minGap; ; gap = min(2*gap, maxGap) {
		d := capture.All()
		idle := idleConns(d.Goroutines)
		left := slices.DeleteFunc(d.Goroutines, func(g stackparse.Goroutine) bool {
			return g.ID == self || idle[g.ID] || atInit[g.ID] || byInit(&g) || ownOrKnown(&g) || !atWork(&g) || cfg.ignores(&g)
		})
		if len(left) == 0 || !time.Now().Before(end) {
			return left
		}
		time.Sleep(min(gap, time.Until(end)))
	}
}

func exitReport(left []stackparse.Goroutine) *report.Report {
	leaks := make([]report.Leak, len(left))
	for i := range left {
		leaks[i].Goroutine = left[i]
	}
	r := report.Build("main", leaks, here())
	r.Remark = "cut off at work by the end of the process"
	for i := range r.Findings {
		c := &r.Findings[i].Cause
		c.Why, c.Lint = "main returned without waiting for it", ""
		c.Fix = "wait for it before main returns, with a sync.WaitGroup or an errgroup, or cancel it and then wait"
	}
	return r
}

// atWork reports whether g would do something if the process went on, without
// being given anything new to do.
func atWork(g *stackparse.Goroutine) bool {
	switch {
	case handling(g):
		return true
	case !usersOwn(g):
		return false // a helper of the standard library
	}
	switch g.State {
	case "chan receive", "select":
		return asks(g)
	case "IO wait", "syscall":
		return !slices.Contains(awaitsOthers, cause.Of(g, here()).ID)
	case "chan send", "semacquire", "sleep", "running", "runnable":
		return true
	}
	return strings.HasPrefix(g.State, "sync.") && g.State != "sync.Cond.Wait"
}

// awaitsOthers are the causes of goroutines in input that begins when somebody
// else wants something, and may never.
var awaitsOthers = []string{"stdin", "listener-accept", "udp-read", "http-server", "http-conn-idle", "signal-loop"}

// handling reports whether g is in the middle of an HTTP request, whatever its
// handler waits for.
func handling(g *stackparse.Goroutine) bool {
	return !allStd(g) && slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "net/http.(*conn).serve" || http2Call(f.Func) == "serverConn).runHandler"
	})
}

// usersOwn reports whether g runs the user's code, or was started by it.
func usersOwn(g *stackparse.Goroutine) bool {
	return !allStd(g) || g.Creator != nil && !here().Std(g.Creator.Func, g.Creator.File)
}

func allStd(g *stackparse.Goroutine) bool {
	return !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return !here().Std(f.Func, f.File) })
}

// asks reports whether g waits inside of a call of the standard library that the
// user's code made: for an answer to what it asked for.
func asks(g *stackparse.Goroutine) bool {
	return len(g.Frames) > 0 && here().Std(g.Frames[0].Func, g.Frames[0].File)
}

// unwinding reports whether the calling deferred function runs because of a
// panic or of runtime.Goexit.
func unwinding() bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit" {
			return true
		}
	}
	return false
}
