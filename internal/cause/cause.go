// Package cause explains, from the state of a goroutine, what it waits for,
// what most likely went wrong and how to mend it.
package cause

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Cause explains one way in which goroutines get stuck. Its ID is a stable
// name; its texts are written to stand in a report, one line each.
type Cause struct {
	ID    string
	Title string // what the goroutine does: "blocked sending on a channel"
	Why   string // the likely mistake
	Fix   string // what to write instead
}

// Of returns the cause of g. A state that the table does not know is named as
// it is printed.
func Of(g *stackparse.Goroutine) Cause {
	for _, f := range g.Frames {
		if c, ok := byFunction[f.Func]; ok {
			return c
		}
		if f.Func == "sync.(*RWMutex).Lock" {
			return byState["sync.RWMutex.Lock"]
		}
	}
	if c, ok := byState[g.State]; ok {
		return c
	}
	return Cause{ID: "other", Title: "in state " + strings.TrimSpace(g.State)}
}

// byState is keyed by the runtime's wait reasons (runtime/runtime2.go:
// waitReasonStrings) and statuses.
var byState = map[string]Cause{
	"chan send": {"chan-send", "blocked sending on a channel",
		"the receiver is gone: it returned early, or there are more sends than receives",
		"make room for every send (make(chan T, n)), or select on ctx.Done() beside the send"},
	"chan receive": {"chan-recv", "blocked receiving from a channel",
		"nobody sends any more and nobody closed the channel",
		"close the channel where the sending ends (defer close(ch)), or select on ctx.Done() as well"},
	"select": {"select-no-exit", "blocked in a select",
		"no case of it became ready: no stop signal reached the goroutine",
		"add a case <-ctx.Done(), and call cancel (or Stop, Close) before the end"},
	"chan send (nil chan)": {"chan-nil-send", "blocked sending on a nil channel",
		"the channel was never made; such a send blocks for ever",
		"make the channel before the goroutine starts"},
	"chan receive (nil chan)": {"chan-nil-recv", "blocked receiving from a nil channel",
		"the channel was never made, or is context.Background().Done(), which is nil",
		"make the channel, or pass a context that can be cancelled"},
	"select (no cases)": {"select-empty", "parked in select {}",
		"an empty select never ends",
		"wait for a stop signal instead: <-ctx.Done()"},
	"sync.Mutex.Lock": {"mutex-lock", "waiting to lock a sync.Mutex",
		"whoever holds the lock never unlocks it, or this goroutine holds it already",
		"defer mu.Unlock() right after Lock, and take several locks in one order"},
	"sync.RWMutex.RLock": {"rw-recursive", "waiting to read-lock a sync.RWMutex",
		"a writer holds it or waits for it; a second RLock in one goroutine deadlocks with that writer",
		"do not read-lock twice in one call chain; defer the unlock"},
	"sync.RWMutex.Lock": {"rw-writer", "waiting to lock a sync.RWMutex",
		"a reader or writer never unlocks it",
		"defer mu.RUnlock() and mu.Unlock() right after the lock"},
	"sync.WaitGroup.Wait": {"wg-wait", "waiting for a sync.WaitGroup",
		"a Done is missing, or one of those it waits for is stuck itself",
		"start the goroutines with wg.Go(f), or make defer wg.Done() their first line"},
	"sync.Cond.Wait": {"cond-wait", "waiting for a sync.Cond",
		"no Signal or Broadcast came after the wait began",
		"Broadcast at shutdown and test the condition in a loop, or use a channel"},
	"sleep": {"sleep-loop", "sleeping",
		"it polls with time.Sleep and is never told to stop",
		"wait with a timer and ctx.Done() in one select"},
	"IO wait": {"io-wait", "waiting for input or output",
		"the connection, listener or pipe was not closed and has no deadline",
		"close it at the end (defer x.Close()), or set a deadline"},
	"syscall": {"syscall", "in a system call",
		"the call, such as a wait for a child process or a read of a file, does not return",
		"end what it waits for: kill the child, close the file"},
	"coroutine": {"iter-pull", "suspended in an iterator",
		"iter.Pull was called and its stop function was not",
		"defer stop() after iter.Pull"},
	"running":  busy,
	"runnable": busy,
}

var busy = Cause{"busy-loop", "still running",
	"its loop has no exit, or its work is not finished",
	"give the loop a stop signal, and wait for the goroutine before the end"}

// byFunction holds causes that a function on the stack tells better than the
// state does.
var byFunction = map[string]Cause{
	"net.(*netFD).accept": {"listener-accept", "waiting for connections",
		"the listener or server was not closed",
		"close it at the end: defer ln.Close(), srv.Close() or srv.Shutdown(ctx)"},
	"net/http.(*persistConn).writeLoop": httpConn,
	"net/http.(*persistConn).readLoop":  httpConn,
	"database/sql.(*DB).connectionOpener": {"sql-db", "serving an open sql.DB",
		"the database handle was not closed",
		"defer db.Close()"},
	"os/signal.NotifyContext.func1": {"signal-ctx", "waiting for a signal of signal.NotifyContext",
		"its stop function was not called",
		"defer stop()"},
}

// httpConn is for connections in use: those that idle are no leak and are left
// out before.
var httpConn = Cause{"http-body-not-closed", "holding an HTTP client connection",
	"the body of a response was not closed, or not yet read to its end",
	"defer resp.Body.Close() as soon as the error is checked"}
