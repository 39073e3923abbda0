package cause

import (
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// channels holds the causes that the state "chan send", "chan receive" or
// "select" stands for, told apart by the statement where it can be read.
func channels() []Cause {
	return slices.Concat(selects(), operations())
}

// ContextNeverCancelled is the ID of the cause of a wait for a context.
const ContextNeverCancelled = "select-ctx-never-cancelled"

// CancelDropped is that cause, c, where nothing in memory can cancel the
// context any more.
func CancelDropped(c Cause) Cause {
	c.Why = "cancel was dropped: nothing can call it any more"
	c.Fix = "keep cancel and call it: defer cancel() where the context is made"
	return c
}

// selects comes first: a select with one case is in the state of a send or
// receive.
func selects() []Cause {
	return []Cause{
		{
			ID:     "select-single",
			Title:  "blocked in a select with a single case",
			Why:    "the select has a single case, and nobody is left at the other end of its channel",
			Fix:    "add a case <-ctx.Done() to the select",
			Source: "https://go.dev/ref/spec#Select_statements",
			Match: all(state("chan send", "chan receive"), reads(func(s source.Statement) bool {
				// A single case for a context is a wait for that context, which comes next.
				return s.Op == source.Select && len(s.Cases) == 1 && s.Chan != source.Done
			})),
		}, {
			ID:     ContextNeverCancelled,
			Title:  "waiting for a context to end",
			Why:    "it stops when its context ends, and the context was not cancelled",
			Fix:    "defer cancel() where the context is made, or cancel it in Stop or Close",
			Source: "https://pkg.go.dev/context",
			Since:  "go1.7",
			Lint:   "go vet (lostcancel)",
			Match: all(state("select", "chan receive"), reads(func(s source.Statement) bool {
				// A receive has the channel itself, a select has it among its cases.
				return s.Chan == source.Done || s.Has(source.Done)
			})),
		}, {
			ID:     "select-no-exit",
			Title:  "blocked in a select",
			Why:    "none of its cases became ready: no stop signal reached the goroutine",
			Fix:    "add a case <-ctx.Done(), and call cancel (or Stop, Close) before the end",
			Source: "https://go.dev/blog/pipelines",
			Match:  state("select"),
		}, {
			ID:     "select-empty",
			Title:  "parked in select {}",
			Why:    "an empty select never ends",
			Fix:    "wait for a stop signal instead: <-ctx.Done()",
			Source: "https://go.dev/ref/spec#Select_statements",
			Match:  state("select (no cases)"),
		},
	}
}

// operations are sends and receives outside of a select.
func operations() []Cause {
	return []Cause{
		{
			ID:     "chan-semaphore",
			Title:  "waiting for a slot in a channel used as a semaphore",
			Why:    "all slots are taken, and none is released",
			Fix:    "release the slot in a defer right after the send, or send in a select with ctx.Done()",
			Source: "https://go.dev/doc/effective_go#channels",
			Match: all(state("chan send"), reads(func(s source.Statement) bool {
				// Before chan-send-full: such a channel has a buffer, and more room in it would undo the
				// limit.
				return s.Op == source.Send && s.Place
			})),
		}, {
			ID:     "chan-send-full",
			Title:  "blocked sending on a channel with a buffer",
			Why:    "more is sent than the buffer holds, and nobody receives any more",
			Fix:    "make room for every send (make(chan T, n)), or send in a select with ctx.Done()",
			Source: "https://go.dev/blog/pipelines",
			Match: all(state("chan send"), reads(func(s source.Statement) bool {
				return s.Op == source.Send && s.Chan == source.Buffered
			})),
		}, {
			ID:     "chan-send",
			Title:  "blocked sending on a channel",
			Why:    "the receiver returned early or is stuck, or there are more sends than receives",
			Fix:    "make room for every send (make(chan T, n)), or send in a select with ctx.Done()",
			Source: "https://go.dev/doc/go1.26#goroutineleak-profiles",
			Match:  state("chan send"),
		}, {
			ID:     "chan-range",
			Title:  "blocked in a range over a channel",
			Why:    "the loop ends when the channel is closed, and nobody closed it",
			Fix:    "close the channel after the last send: defer close(ch) in the sender, or once all senders are done",
			Source: "https://go.dev/blog/pipelines",
			Match: all(state("chan receive"), reads(func(s source.Statement) bool {
				return s.Op == source.Range
			})),
		}, {
			ID:     "chan-recv",
			Title:  "blocked receiving from a channel",
			Why:    "nobody sends any more and nobody closed the channel",
			Fix:    "close the channel where the sending ends (defer close(ch)), or select on ctx.Done() as well",
			Source: "https://go.dev/blog/pipelines",
			Match:  state("chan receive"),
		}, {
			ID:     "chan-nil-send",
			Title:  "blocked sending on a nil channel",
			Why:    "the channel was never made; such a send blocks forever",
			Fix:    "make the channel before the goroutine starts",
			Source: "https://go.dev/ref/spec#Send_statements",
			// The runtime has states of their own for nil channels.
			Match: state("chan send (nil chan)"),
		}, {
			ID:     "chan-nil-recv",
			Title:  "blocked receiving from a nil channel",
			Why:    "the channel was never made, or is context.Background().Done(), which is nil",
			Fix:    "make the channel, or pass a context that can be cancelled",
			Source: "https://go.dev/ref/spec#Receive_operator",
			Match:  state("chan receive (nil chan)"),
		},
	}
}

// callbacks holds the goroutines that a timer or a context starts to call a
// function. They have no creator of the user's own.
func callbacks() []Cause {
	return []Cause{
		{
			ID:     "afterfunc-blocked",
			Title:  "blocked in a function that time.AfterFunc or context.AfterFunc called",
			Why:    "the function waits for something that never happens",
			Fix:    "do not block in such a function: give its channel room, or select with a default or ctx.Done()",
			Source: "https://pkg.go.dev/time#AfterFunc",
			Since:  "go1.21",
			// What runs may be at work, as it should.
			Match: all(by("time.goFunc", "context.(*afterFuncCtx).cancel*"), not(state("running", "runnable"))),
		},
	}
}
