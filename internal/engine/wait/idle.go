package wait

import (
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// IdleConns returns the goroutines of HTTP connections that are kept for
// reuse: their last response was read and its body closed, and they wait for
// the next request. They belong to a Transport or Server that lives on and are
// no leak of the test that used them last.
//
// A client connection has two goroutines, and only the reading one tells an
// idle connection (it waits for the first byte: IO wait in bufio's Peek) from
// one whose body was not closed (it waits in a select). The writing one looks
// the same in both cases, so it is paired by the receiver, the first argument
// of both functions. On both sides it is net/http's own loop that has to wait:
// a handler that reads from a connection which it took over is below the same
// loop and may wait in a Peek of its own.
//
// A connection of HTTP/2 is idle while it serves no request: each has a
// goroutine of its own on both sides.
func IdleConns(gs []stackparse.Goroutine) map[int64]bool {
	idle := map[int64]bool{}
	addIdleHTTP2(idle, gs)
	addUnstoppable(idle, gs)
	peeking := map[string]bool{}
	for i := range gs {
		g := &gs[i]
		if conn, ok := Receiver(g, "net/http.(*persistConn).readLoop"); ok && peeks(g) {
			peeking[conn] = true
			idle[g.ID] = true
		} else if _, ok := Receiver(g, "net/http.(*conn).serve"); ok && peeks(g) {
			idle[g.ID] = true
		}
	}
	if len(peeking) == 0 {
		return idle
	}
	for i := range gs {
		// A second pass: a dump has no order in which the reading goroutine of a connection
		// comes before the writing one.
		if conn, ok := Receiver(&gs[i], "net/http.(*persistConn).writeLoop"); ok && peeking[conn] {
			idle[gs[i].ID] = true
		}
	}
	return idle
}

// http2Func is a function of net/http's HTTP/2: bundled with prefixed names up
// to Go 1.26, in a package of its own since, and in x/net for older programs.
var http2Func = regexp.MustCompile(
	`^(?:net/http\.\(\*http2|(?:net/http/internal|golang\.org/x/net)/http2\.\(\*)(\w+\)\.\w+)$`)

// http2Call returns the call without package and prefix, "ClientConn).readLoop",
// or "".
func http2Call(fn string) string {
	if m := http2Func.FindStringSubmatch(fn); m != nil {
		return m[1]
	}
	return ""
}

// addIdleHTTP2 adds the goroutines of HTTP/2 connections without a request. A
// client's connection cannot be told from others by its request's goroutine,
// so one request keeps all of them from being idle; a server's connection
// started the goroutines of its requests itself.
func addIdleHTTP2(idle map[int64]bool, gs []stackparse.Goroutine) {
	var clients, servers []*stackparse.Goroutine
	requests, handled := false, map[int64]bool{}
	for i := range gs {
		g := &gs[i]
		if g.Creator == nil || len(g.Frames) == 0 {
			continue
		}
		switch by := http2Call(g.Creator.Func); {
		case by == "ClientConn).roundTrip", by == "ClientConn).RoundTrip":
			requests = true
		case by == "serverConn).scheduleHandler", by == "serverConn).processHeaders":
			handled[g.Creator.Goroutine] = true
		case by == "Transport).newClientConn" && http2Call(outermost(g).Func) == "ClientConn).readLoop":
			clients = append(clients, g)
		case by == "serverConn).serve" && http2Call(outermost(g).Func) == "serverConn).readFrames",
			g.State == "select" && http2Call(g.Frames[0].Func) == "serverConn).serve":
			// A connection that serves and is in another call is blocked by
			// it, for example by the ConnState function of the server.
			servers = append(servers, g)
		}
	}
	for _, g := range clients {
		if !requests && g.State == "IO wait" {
			idle[g.ID] = true
		}
	}
	for _, g := range servers {
		if !handled[g.ID] && !handled[g.Creator.Goroutine] {
			idle[g.ID] = true
		}
	}
}

// outermost returns the call that g, which has one, began with.
func outermost(g *stackparse.Goroutine) *stackparse.Frame { return &g.Frames[len(g.Frames)-1] }

// Receiver returns the first argument of the outermost call of g when that is
// a call of fn.
func Receiver(g *stackparse.Goroutine, fn string) (string, bool) {
	if len(g.Frames) == 0 {
		return "", false
	}
	f := outermost(g)
	first, _, _ := strings.Cut(f.Args, ",")
	return strings.TrimSuffix(first, "?"), f.Func == fn && first != ""
}

// peeks reports whether the outermost function of g itself waits for the first
// byte of a message.
func peeks(g *stackparse.Goroutine) bool {
	n := len(g.Frames)
	if n < 2 || g.Frames[n-2].Func != "bufio.(*Reader).Peek" {
		return false
	}
	// In memory there is no poller: such a connection waits in a select.
	return g.State == "IO wait" || g.State == "select" && slices.ContainsFunc(g.Frames, inMemory)
}

// inMemory reports whether f reads from a connection that no system knows: that of
// an httptest.NewTestServer, or one end of a net.Pipe.
func inMemory(f stackparse.Frame) bool {
	return f.Func == "internal/nettest.(*Conn).Read" || f.Func == "net.(*pipe).Read"
}
