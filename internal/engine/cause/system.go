package cause

import "github.com/leakcheck-go/goroutine/internal/engine/source"

// tests holds what ends a test binary. Only a crash shows a goroutine that runs
// with its calls, so that one in these calls has panicked there.
func tests() []Cause {
	return []Cause{
		{
			ID:     "log-after-test",
			Title:  "using a test that has completed",
			Why:    "the goroutine outlived its test, and t.Log, t.Error, t.Fail and t.Output panic after that",
			Fix:    "wait for the goroutine before the test returns, in a function given to t.Cleanup for example",
			Source: "testing/testing.go: log",
			Since:  "go1.10",
			Match: all(state("running"), in("testing.(*common).log", "testing.(*common).logDepth", "testing.(*common).Fail",
				"testing.(*common).Output", "testing.(*common).destination")),
		},
	}
}

func databases() []Cause {
	return []Cause{
		{
			ID:     "sql-db",
			Title:  "serving an open sql.DB",
			Why:    "the database handle was not closed; many of them suggest that each request opens one",
			Fix:    "open one sql.DB for the whole program, and defer db.Close() in tests",
			Source: "https://pkg.go.dev/database/sql#Open",
			Since:  "go1.10",
			// OpenDB starts the first, and a limit on how long connections live the second.
			Match: at("database/sql.(*DB).connectionOpener", "database/sql.(*DB).connectionCleaner"),
		}, {
			ID:     "sql-rows",
			Title:  "waiting for sql.Rows to be closed",
			Why:    "the rows were neither read to the end nor closed, so their connection is not returned to the pool",
			Fix:    "defer rows.Close() as soon as the error is checked",
			Source: "https://pkg.go.dev/database/sql#Rows.Close",
			Since:  "go1.8",
			Lint:   "sqlclosecheck",
			// It starts awaitDone, which ends with the rows or their context.
			Match: by("database/sql.(*Rows).initContextClose"),
		}, {
			ID:     "sql-tx",
			Title:  "waiting for a transaction to end",
			Why:    "neither Commit nor Rollback was called, so its connection is not returned to the pool",
			Fix:    "defer tx.Rollback() as soon as the error is checked; after a Commit it does nothing",
			Source: "https://pkg.go.dev/database/sql#Tx",
			Since:  "go1.8",
			// It starts awaitDone, which ends with the transaction or its context.
			Match: by("database/sql.(*DB).beginDC"),
		}, {
			ID:     "sql-pool-exhausted",
			Title:  "waiting for a free database connection",
			Why:    "rows or transactions that were not closed hold every connection of the pool",
			Fix:    "close those rows and transactions, and pass a context with a deadline",
			Source: "https://pkg.go.dev/database/sql#DB.SetMaxOpenConns",
			Since:  "go1.2",
			// The select is for a connection that somebody gives back, or the end of the context.
			Match: all(state("select"), at("database/sql.(*DB).conn")),
		}, {
			ID:     "ctx-propagate",
			Title:  "waiting to propagate the end of a context",
			Why:    "a context derived from a custom context was never cancelled",
			Fix:    "defer cancel() where the context is made",
			Source: "https://pkg.go.dev/context#WithCancel",
			Since:  "go1.7",
			Lint:   "go vet (lostcancel)",
			// It starts one for a parent whose type package context does not know.
			Match: by("context.(*cancelCtx).propagateCancel"),
		},
	}
}

func processes() []Cause {
	return []Cause{
		{
			ID:     "exec-copy",
			Title:  "copying the output of a command",
			Why:    "the command, or a process that it started, keeps its end of the pipe open",
			Fix:    "set cmd.WaitDelay, or give the command an *os.File as its output",
			Source: "https://pkg.go.dev/os/exec#Cmd",
			Since:  "go1.20",
			Match: all(in("os/exec.(*Cmd).writerDescriptor.func1", "os/exec.(*Cmd).awaitGoroutines"),
				not(in("io.(*pipe).write", "net.(*conn).Write"))), // there it waits for who takes the output
		}, {
			ID:     "exec-stdin",
			Title:  "copying the input of a command",
			Why:    "the reader given as cmd.Stdin does not end",
			Fix:    "close the other end of that reader, or use cmd.StdinPipe and close it",
			Source: "https://pkg.go.dev/os/exec#Cmd",
			Match:  under("os/exec.(*Cmd).childStdin.func1"), // also in the reader, which may be the user's
		}, {
			ID:     "exec-nowait",
			Title:  "watching the context of a command",
			Why:    "the command was started and Wait was not called",
			Fix:    "call cmd.Wait after every cmd.Start that succeeds",
			Source: "https://pkg.go.dev/os/exec#Cmd.Start",
			Since:  "go1.20",
			// The goroutine of Start hands its result to Wait, over a channel without a buffer.
			Match: in("os/exec.(*Cmd).watchCtx*"),
		}, {
			ID:     "exec-wait",
			Title:  "waiting for a command to end",
			Why:    "the child process still runs",
			Fix:    "start it with exec.CommandContext and a context that ends",
			Source: "https://pkg.go.dev/os/exec#CommandContext",
			// The call depends on the system, and on Linux on whether the kernel has pidfds.
			Match: in("os.(*Process).pidfdWait*", "os.(*Process).blockUntilWaitable", "os.(*Process).wait*",
				"os.(*Process).Wait"),
		}, {
			ID:     "signal-loop",
			Title:  "delivering signals",
			Why:    "package os/signal starts this goroutine once, and it runs until the process ends",
			Fix:    "ignore it: it is no leak",
			Source: "os/signal/signal_unix.go: loop",
			Match:  began("os/signal.loop"),
		}, {
			ID:     "signal-ctx",
			Title:  "waiting for a signal of signal.NotifyContext",
			Why:    "its stop function was not called",
			Fix:    "defer stop()",
			Source: "https://pkg.go.dev/os/signal#NotifyContext",
			Since:  "go1.16",
			Match:  by("os/signal.NotifyContext"),
		}, {
			ID:     "signal-notify",
			Title:  "waiting for a signal",
			Why:    "signal.Stop does not close the channel, so this goroutine waits forever",
			Fix:    "select on ctx.Done() as well, or use signal.NotifyContext",
			Source: "https://pkg.go.dev/os/signal#Stop",
			Match:  all(state("chan receive", "select"), reads(signals)),
		},
	}
}

// signals reports whether a statement waits for a channel that was given to signal.Notify and for
// no context with it.
func signals(s source.Statement) bool {
	return s.Chan == source.Signal || s.Has(source.Signal) && !s.Has(source.Done)
}

func files() []Cause {
	return []Cause{
		{
			ID:     "io-pipe",
			Title:  "waiting for the other end of a pipe",
			Why:    "the other end was neither used nor closed",
			Fix:    "close both ends on every path: defer w.Close() and defer r.Close(), or CloseWithError(err)",
			Source: "https://pkg.go.dev/io#Pipe",
			Match:  all(state("select", "chan receive"), in("io.(*pipe).read", "io.(*pipe).write", "net.(*pipe).*")),
		}, {
			ID:     "stdin",
			Title:  "reading from standard input",
			Why:    "a read of standard input ends only when the other side writes or closes it",
			Fix:    "do not wait for it at the end of the program, and give tests a reader of their own",
			Source: "https://pkg.go.dev/os#File.Read",
			// The dump does not name the file, but the code that reads it may. A file that the poller
			// does not take blocks in a system call.
			Match: all(state("IO wait", "syscall"), in("os.(*File).Read"), mentions("os.Stdin")),
		}, {
			ID:     "os-pipe",
			Title:  "reading from or writing to a file that is a pipe or a device",
			Why:    "the other end is still open and does nothing",
			Fix:    "close the other end, or close this one: that ends the call",
			Source: "https://pkg.go.dev/os#Pipe",
			Since:  "go1.9",
			// A pipe that the poller takes waits for it, others in a system call.
			Match: all(state("IO wait", "syscall"), in("os.(*File).Read", "os.(*File).Write")),
		},
	}
}
