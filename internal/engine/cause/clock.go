package cause

import "github.com/leakcheck-go/goroutine/internal/engine/source"

// clock holds the loops that time drives. The runtime cannot prove them leaked:
// the clock will wake them again, all but the one whose ticker was stopped.
// Only the source tells a ticker's channel from another.
func clock() []Cause {
	ticks := func(s source.Statement) bool { return s.Chan == source.Ticker && s.Op != source.Select }
	return []Cause{
		{
			ID:     "ticker-stopped",
			Title:  "waiting for a ticker that was stopped",
			Why:    "Stop does not close the ticker's channel, so the loop waits forever",
			Fix:    "end the loop by a second channel: select on ticker.C and ctx.Done()",
			Source: "https://pkg.go.dev/time#Ticker.Stop",
			// Before the others: whether the loop can be left does not matter where no tick comes.
			Match: all(state("chan receive"), reads(func(s source.Statement) bool { return ticks(s) && s.Stopped })),
		}, {
			ID:     "ticker-loop",
			Title:  "in a loop over a ticker",
			Why:    "the loop has no way out, so it runs until the process ends",
			Fix:    "select on ticker.C and ctx.Done(), and cancel the context",
			Source: "https://pkg.go.dev/time#Tick",
			Match:  all(state("chan receive"), reads(func(s source.Statement) bool { return ticks(s) && !s.Ends })),
		}, {
			ID:     "time-after-loop",
			Title:  "in a loop over time.After",
			Why:    "the loop has no way out, so it runs until the process ends",
			Fix:    "select on a ticker's channel and ctx.Done(), and cancel the context",
			Source: "https://pkg.go.dev/time#After",
			Match: all(state("chan receive"), reads(func(s source.Statement) bool {
				return s.Chan == source.After && s.Op != source.Select && !s.Ends
			})),
		}, {
			ID:     "timer-wait",
			Title:  "waiting for a timer or ticker",
			Why:    "its timer has not fired or its loop has not ended, and no stop signal reaches it",
			Fix:    "select on the timer's channel and ctx.Done(), and cancel the context",
			Source: "https://pkg.go.dev/time#Timer",
			Match: all(state("chan receive"), reads(func(s source.Statement) bool {
				return s.Chan.Timer() && s.Op != source.Select
			})),
		}, {
			ID:     "ticker-select",
			Title:  "in a loop over a timer or ticker",
			Why:    "no case ends the loop, or the stop signal never came",
			Fix:    "add a case <-ctx.Done(), and call cancel (or Stop, Close) before the end",
			Source: "https://pkg.go.dev/time#Ticker",
			Match: all(state("select"), reads(func(s source.Statement) bool {
				// It is not asked whether the loop ends: the stop signal that would end it did not come.
				return s.Has(source.Ticker) || s.Has(source.After)
			})),
		}, {
			ID:     "sleep-loop",
			Title:  "sleeping",
			Why:    "it waits in time.Sleep, which no stop signal can interrupt",
			Fix:    "wait with a timer and ctx.Done() in one select",
			Source: "https://pkg.go.dev/time#Sleep",
			Match:  state("sleep"),
		},
	}
}

// states holds the causes of the states that are left.
func states() []Cause {
	return []Cause{
		{
			ID:     "io-wait",
			Title:  "waiting for input or output",
			Why:    "the connection, listener or pipe was not closed and has no deadline",
			Fix:    "close it at the end (defer x.Close()), or set a deadline",
			Source: "https://pkg.go.dev/net#Conn",
			Match:  state("IO wait"),
		}, {
			ID:     "syscall",
			Title:  "in a system call",
			Why:    "the call, such as a wait for a child process or a read of a file, does not return",
			Fix:    "end what it waits for: kill the child, close the file",
			Source: "runtime/runtime2.go: _Gsyscall",
			// After os/exec, os and net, which know what the call waits for.
			Match: state("syscall"),
		}, {
			ID:     "iter-pull",
			Title:  "suspended in an iterator",
			Why:    "iter.Pull was called and its stop function was not",
			Fix:    "defer stop() after iter.Pull",
			Source: "https://pkg.go.dev/iter#Pull",
			Since:  "go1.23",
			// The state of the goroutine that iter.Pull makes while nobody asks it for a value.
			Match: state("coroutine"),
		}, {
			ID:     "busy-loop",
			Title:  "still running",
			Why:    "its loop has no exit, or its work is not finished",
			Fix:    "give the loop a stop signal, and wait for the goroutine before the end",
			Source: "runtime/runtime2.go: _Grunning",
			Match:  state("running", "runnable"),
		},
	}
}

// notes holds what is worth knowing apart from the cause.
var notes = []Cause{
	{
		ID:     "library",
		Title:  "of a library that nobody stopped",
		Why:    "the value that the library made was not closed",
		Fix:    "call Close, or the method that stops it, on the value that the library's function returned",
		Source: "https://pkg.go.dev/io#Closer",
		Since:  "go1.0",
		Match:  func(*Look) bool { return false }, // a report makes one entry of several goroutines
	},
	{
		ID:     "labels",
		Title:  "carries pprof labels",
		Why:    "it was started by the work that set these labels, such as a request",
		Fix:    "look for the code that sets them with pprof.Do or pprof.SetGoroutineLabels",
		Source: "https://pkg.go.dev/runtime/pprof#Do",
		Since:  "go1.26",
		Match:  func(l *Look) bool { return len(l.Labels) > 0 },
	}, {
		ID:     "locked-thread",
		Title:  "is locked to an operating system thread",
		Why:    "while it is stuck, no other goroutine can use its thread",
		Fix:    "end the goroutine: the thread ends with it, or call runtime.UnlockOSThread before it waits",
		Source: "https://pkg.go.dev/runtime#LockOSThread",
		Since:  "go1.0",
		Match:  func(l *Look) bool { return l.LockedToThread },
	},
}
