package leakcheck

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// idleConns returns the goroutines of HTTP connections that are kept for
// reuse: their last response was read and its body closed, and they wait for
// the next request. They belong to a Transport or Server that lives on and are
// no leak of the test that used them last.
//
// A client connection has two goroutines, and only the reading one tells an
// idle connection (it waits for the first byte: IO wait in bufio's Peek) from
// one whose body was not closed (it waits in a select). The writing one looks
// the same in both cases, so it is paired by the receiver, the first argument
// of both functions.
func idleConns(gs []stackparse.Goroutine) idSet {
	var idle idSet
	peeking := map[string]bool{}
	add := func(id int64) {
		if idle == nil {
			idle = idSet{}
		}
		idle[id] = true
	}
	for i := range gs {
		g := &gs[i]
		if conn, ok := receiver(g, "net/http.(*persistConn).readLoop"); ok && peeks(g) {
			peeking[conn] = true
			add(g.ID)
		} else if _, ok := receiver(g, "net/http.(*conn).serve"); ok && peeks(g) {
			add(g.ID)
		}
	}
	if len(peeking) == 0 {
		return idle
	}
	for i := range gs {
		if conn, ok := receiver(&gs[i], "net/http.(*persistConn).writeLoop"); ok && peeking[conn] {
			add(gs[i].ID)
		}
	}
	return idle
}

// receiver returns the first argument of the outermost call of g when that is
// a call of fn.
func receiver(g *stackparse.Goroutine, fn string) (string, bool) {
	if len(g.Frames) == 0 {
		return "", false
	}
	f := &g.Frames[len(g.Frames)-1]
	first, _, _ := strings.Cut(f.Args, ",")
	return strings.TrimSuffix(first, "?"), f.Func == fn && first != ""
}

// peeks reports whether g waits for the first byte of a message.
func peeks(g *stackparse.Goroutine) bool {
	return g.State == "IO wait" && slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "bufio.(*Reader).Peek"
	})
}
