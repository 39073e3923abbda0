package filters

import (
	"slices"
	"time"
)

// standardLibrary are goroutines that a program makes the standard library
// start, and that stop at a call that is often forgotten. Those that are there
// without a program's doing are in runner.go.
func standardLibrary() []Entry {
	return slices.Concat(standardDatabase(), standardHTTP(), standardOther())
}

func standardDatabase() []Entry {
	return []Entry{
		{
			ID: "database-sql/db", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  Any(CreatedBy("database/sql.OpenDB"), CreatedBy("database/sql.(*DB).startCleanerLocked")),
			Why:    "opens connections of a DB, or closes those that are too old, until the DB is closed",
			Source: "database/sql/sql.go: OpenDB, startCleanerLocked",
			Fix:    "db.Close()",
		}, {
			ID: "database-sql/tx", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  CreatedBy("database/sql.(*DB).beginDC"),
			Why:    "waits for the end of a transaction, or of its context",
			Source: "database/sql/sql.go: beginDC",
			Fix:    "tx.Commit() or tx.Rollback(), which may be deferred",
		}, {
			ID: "database-sql/rows", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  CreatedBy("database/sql.(*Rows).initContextClose"),
			Why:    "waits for the end of a result, or of its context; its connection is in use until then",
			Source: "database/sql/sql.go: initContextClose",
			Fix:    "rows.Close(), which may be deferred",
		},
	}
}

func standardHTTP() []Entry {
	return []Entry{
		{
			ID: "net-http/client-conn", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match: CreatedBy("net/http.(*Transport).dialConn"),
			Why: "reads from and writes to a client's connection, which is kept for later requests, " +
				"or is in use until the response's body is closed",
			Source: "net/http/transport.go: dialConn",
			Fix:    "response.Body.Close() after each request, and client.CloseIdleConnections() at the end",
		}, {
			ID: "net-http/http2-client", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match: Any(CreatedBy("net/http.(*http2Transport).newClientConn"),
				CreatedBy("net/http/internal/http2.(*Transport).newClientConn")),
			Why: "reads a client's HTTP/2 connection, which is kept for later requests " +
				"(go1.27 moved it to net/http/internal/http2)",
			Source: "net/http/h2_bundle.go: newClientConn; net/http/internal/http2/transport.go: newClientConn",
			Fix:    "response.Body.Close() after each request, and client.CloseIdleConnections() at the end",
		}, {
			ID: "net-http/server-idle", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match: Any(
				All(CreatedBy("net/http.(*Server).Serve"), AnyFunction("net/http.(*connReader).Read"),
					Not(AnyFunction("net/http.serverHandler.ServeHTTP"))),
				All(CreatedBy("net/http.(*Server).Serve"), Any(TopFunction("net/http.(*http2serverConn).serve"),
					TopFunction("net/http/internal/http2.(*serverConn).serve"))),
				CreatedBy("net/http.(*http2serverConn).serve"),
				CreatedBy("net/http/internal/http2.(*serverConn).serve")),
			Why:    "waits for the next request on a connection that a client keeps open; no handler is running on it",
			Source: "net/http/server.go: Serve, (*conn).serve; net/http/h2_bundle.go: (*http2serverConn).serve",
			Fix:    "server.Close() or server.Shutdown(ctx), or close the client's idle connections",
		}, {
			ID: "net-http/httptest", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match: CreatedBy("net/http/httptest.(*Server).goServe"),
			Why: "accepts connections of a test server until it is closed; one of NewTestServer (go1.27) has two, " +
				"and a function given to t.Cleanup closes it",
			Source: "net/http/httptest/server.go: goServe",
			Fix:    "server.Close()",
		}, {
			ID: "net-http/timeout", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  Any(CreatedBy("net/http.setRequestCancel"), AnyFunction("net/http.awaitLegacyCancel")),
			Why:    "waits for the timeout of a client with a transport of its own, until the response's body is closed",
			Source: "net/http/client.go: setRequestCancel; net/http/transport.go: awaitLegacyCancel",
			Fix:    "response.Body.Close()",
		},
	}
}

func standardOther() []Entry {
	return []Entry{
		{
			ID: "os-signal/notify-context", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  CreatedBy("os/signal.NotifyContext"),
			Why:    "waits for a signal that cancels a context",
			Source: "os/signal/signal.go: NotifyContext",
			Fix:    "the stop function that NotifyContext returned",
		}, {
			ID: "os-exec/command", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  CreatedBy("os/exec.(*Cmd).Start"),
			Why:    "copies the output of a command, or waits for the end of its context, until Wait returns",
			Source: "os/exec/exec.go: (*Cmd).Start",
			Fix:    "cmd.Wait(), after ending the process if it does not end by itself",
		}, {
			ID: "context/parent", Module: "std", Class: ClassMissingClose, Since: "go1.26",
			Match:  CreatedBy("context.(*cancelCtx).propagateCancel"),
			Why:    "waits for the end of a parent context that is not of package context",
			Source: "context/context.go: propagateCancel",
			Fix:    "the cancel function of the context",
		}, {
			ID: "net/lookup", Module: "std", Class: ClassSlowToStop, Since: "go1.26",
			Match: Any(CreatedBy("net.doBlockingWithCtx[...]"), CreatedBy("net.lookupProtocol"),
				CreatedBy("net.(*Resolver).lookupIP")),
			Why:    "waits for the system's resolver (by cgo, and on Windows), which no context interrupts",
			Source: "net/cgo_unix.go: doBlockingWithCtx; net/lookup_windows.go: lookupProtocol, lookupIP",
			Linger: 30 * time.Second,
		},
	}
}
