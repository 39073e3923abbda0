package cause

// The two goroutines of an HTTP/1 client connection. The writer waits the same
// way whether the connection is idle or not; a [Classifier] gives it the cause
// of its reader.
const (
	connReader = "net/http.(*persistConn).readLoop"
	connWriter = "net/http.(*persistConn).writeLoop"
	dialConn   = "net/http.(*Transport).dialConn"
)

// httpClient goes by how the reader of a connection waits: for the next
// response in "IO wait", and in a select for the caller to finish with the
// body of the last one.
func httpClient() []Cause {
	return []Cause{
		{
			ID:     "http-body-not-closed",
			Title:  "holding an HTTP client connection",
			Why:    "the body of a response was not closed, or not yet read to its end",
			Fix:    "defer resp.Body.Close() as soon as the error is checked",
			Source: "https://pkg.go.dev/net/http#Client.Do",
			Lint:   "bodyclose",
			// Between two responses the reader waits in "IO wait": the select is for the caller, whose
			// last Read or Close of the body wakes it.
			Match: all(state("select"), at(connReader)),
		}, {
			ID:     "http-idle-conn",
			Title:  "keeping an HTTP client connection open",
			Why:    "it is idle, or waits for a response; many of them suggest a new Transport for each request",
			Fix:    "share one http.Client, and call its CloseIdleConnections at the end of a test or program",
			Source: "https://pkg.go.dev/net/http#Client.CloseIdleConnections",
			// dialConn starts both goroutines of a connection.
			Match: by(dialConn),
		}, {
			ID:     "http2-client",
			Title:  "reading from an HTTP/2 client connection",
			Why:    "connections are kept open for the next request",
			Fix:    "share one http.Client, and call its CloseIdleConnections at the end of a test or program",
			Source: "https://pkg.go.dev/net/http#Client.CloseIdleConnections",
			Since:  "go1.6",
			// The package is bundled into net/http, a folder of it since Go 1.27, and there by itself.
			Match: by("net/http.(*http2Transport).newClientConn", "net/http/internal/http2.(*Transport).newClientConn",
				"golang.org/x/net/http2.(*Transport).newClientConn"),
		}, {
			ID:     "http-roundtrip-stuck",
			Title:  "waiting for an HTTP response",
			Why:    "the server does not answer, and the request has no deadline",
			Fix:    "set http.Client.Timeout, or use http.NewRequestWithContext with a context that ends",
			Source: "https://pkg.go.dev/net/http#Client",
			Lint:   "noctx",
			// A Transport of golang.org/x/net/http2 waits on behalf of the one of net/http. A body can
			// stop in its middle as well.
			Match: all(state("select", "chan receive", "IO wait"),
				inside([]string{"golang.org/x/net/http2"}, "net/http.(*Transport).roundTrip", "net/http.(*bodyEOFSignal).Read")),
		},
	}
}

func httpServer() []Cause {
	return []Cause{
		{
			ID:     "httptest-close",
			Title:  "closing an httptest.Server",
			Why:    "Close waits for a handler that runs",
			Fix:    "select on r.Context().Done() in the handler, or end what it waits for before srv.Close()",
			Source: "https://pkg.go.dev/net/http/httptest#Server.Close",
			Since:  "go1.6",
			// The state was "semacquire" until Go 1.23.
			Match: all(state("sync.WaitGroup.Wait", "semacquire"), in("net/http/httptest.(*Server).Close")),
		}, {
			ID:     "http-shutdown",
			Title:  "shutting down an http.Server",
			Why:    "Shutdown waits for a handler that runs, and its context has no deadline",
			Fix:    "select on r.Context().Done() in the handler, and shut down with context.WithTimeout and then Close",
			Source: "https://pkg.go.dev/net/http#Server.Shutdown",
			Since:  "go1.8",
			Match:  all(state("select"), at("net/http.(*Server).Shutdown")),
		}, {
			ID:     "httptest-server",
			Title:  "serving an httptest.Server",
			Why:    "the server was not closed",
			Fix:    "defer srv.Close() right after httptest.NewServer, or t.Cleanup(srv.Close) in a helper",
			Source: "https://pkg.go.dev/net/http/httptest#Server.Close",
			Since:  "go1.6",
			// Before http-server: this goroutine is in the Serve of an http.Server as well.
			Match: began("net/http/httptest.(*Server).goServe.func1"),
		}, {
			ID:     "http-server",
			Title:  "serving HTTP",
			Why:    "neither Shutdown nor Close of the http.Server was called",
			Fix:    "call srv.Shutdown at the end, with a context that has not ended yet",
			Source: "https://pkg.go.dev/net/http#Server.Shutdown",
			Match:  all(state("IO wait"), in(accept), under("net/http.(*Server).Serve")), // also on a listener of the user's own
		}, {
			ID:     "http-conn-idle",
			Title:  "keeping an HTTP server connection for the next request",
			Why:    "the client keeps its connection open, and the server was not closed",
			Fix:    "call srv.Shutdown(ctx) at the end, set srv.IdleTimeout, and close idle clients first",
			Source: "https://pkg.go.dev/net/http#Server",
			Match: or(
				by("net/http.(*http2serverConn).serve", "net/http/internal/http2.(*serverConn).serve"),
				at("net/http.(*http2serverConn).serve", "net/http/internal/http2.(*serverConn).serve"),
				// The user's own code may be there as a connection that wraps another.
				// The server of httptest.NewTestServer waits in a select.
				all(state("IO wait", "select"), by("net/http.(*Server).Serve"), not(under(serveHTTP)),
					or(std, under("net/http.(*connReader).Read"))),
			),
		},
	}
}

const (
	// serveHTTP is on the stack as long as a handler runs.
	serveHTTP = "net/http.serverHandler.ServeHTTP"
	// accept is where a listener of package net waits.
	accept = "net.(*netFD).accept"
)

// handlers holds what comes after all that a handler may wait in: a mutex, a
// database or another request tell more than that a handler waits.
func handlers() []Cause {
	return []Cause{
		{
			ID:     "http-handler-stuck",
			Title:  "in an HTTP handler that does not return",
			Why:    "the handler waits for something other than the end of its request",
			Fix:    "select on r.Context().Done() as well: it is closed when the client goes away",
			Source: "https://pkg.go.dev/net/http#Request.Context",
			Since:  "go1.7",
			Match: func(l *Look) bool {
				// A server watches for the end of its client from another goroutine while a handler runs.
				blocked := state("select", "chan receive", "chan send", "sleep", "IO wait")
				return blocked(l) && under(serveHTTP)(l) || by("net/http.(*connReader).startBackgroundRead")(l)
			},
		},
	}
}

// conns holds the waits for connections that the user's own code makes.
func conns() []Cause {
	return []Cause{
		{
			ID:     "listener-accept",
			Title:  "waiting for connections",
			Why:    "the listener was not closed",
			Fix:    "close it at the end: defer ln.Close()",
			Source: "https://pkg.go.dev/net#Listener",
			// After http-server, which accepts in the same call.
			Match: in(accept),
		}, {
			ID:     "tls-hijack",
			Title:  "reading from a connection that was taken over from an HTTP server",
			Why:    "Shutdown neither closes hijacked connections, such as websockets, nor waits for them",
			Fix:    "close them in a function registered with srv.RegisterOnShutdown",
			Source: "https://pkg.go.dev/net/http#Server.Shutdown",
			Since:  "go1.8",
			// A client's connection looks the same except for where it was started.
			// A handler that reads the body of its request has not taken the connection over.
			Match: all(state("IO wait"), not(in("net/http.(*body).Read", "net/http.(*connReader).backgroundRead")), or(
				mentions(".Hijack"), startedWhere(".Hijack"),
				all(websocket, or(under(serveHTTP), startedWhere(".Upgrade"), startedWhere("websocket.Accept"))),
			)),
		}, {
			ID:     "udp-read",
			Title:  "waiting for a datagram",
			Why:    "the connection was not closed and has no deadline",
			Fix:    "close it at the end (defer conn.Close()), or call SetReadDeadline before each read",
			Source: "https://pkg.go.dev/net#PacketConn",
			Match: all(state("IO wait"), in("net.(*UDPConn).Read*", "net.(*IPConn).Read*", "net.(*UnixConn).ReadFrom*",
				"net.(*UnixConn).ReadMsgUnix")),
		}, {
			ID:     "conn-read",
			Title:  "waiting for data of a connection",
			Why:    "the peer sends nothing, and the connection was not closed and has no deadline",
			Fix:    "close it at the end (defer conn.Close()), or call SetReadDeadline before each read",
			Source: "https://pkg.go.dev/net#Conn",
			// The cause http-handler-stuck, which comes later, explains the wait of a
			// handler.
			Match: all(state("IO wait"), in("net.(*conn).Read"), not(under(serveHTTP))),
		},
	}
}
