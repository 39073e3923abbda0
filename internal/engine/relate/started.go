package relate

import (
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Start is where a goroutine was started by code that somebody wrote for the
// purpose. The Go methods of a WaitGroup and an errgroup hide it: they have the
// go statement, and the dump names them.
type Start struct {
	Func string // the function with the go statement or the call of Go; "" where it is not known
	File string // as printed; "" where the place is not known
	Line int
	Runs string // the function that the goroutine was started to run; "" where it has not begun
}

// Started returns where g was started. What looks through a Go method needs
// the source for the line, and for the function where it was not given as a
// function literal. A nil tree reads no source.
func Started(g *stackparse.Goroutine, tree *source.Tree) Start {
	c := g.Creator
	if c == nil {
		return Start{Runs: outermost(g, len(g.Frames))}
	}
	if !StartsMember(c.Func) {
		return Start{Func: c.Func, File: c.File, Line: c.Line, Runs: outermost(g, len(g.Frames))}
	}
	var s Start
	n := len(g.Frames)
	for n > 0 && strings.HasPrefix(g.Frames[n-1].Func, c.Func+".") {
		n-- // sync.(*WaitGroup).Go.func1
	}
	if s.Runs = outermost(g, n); s.Runs == "" {
		return s
	}
	f := &g.Frames[n-1]
	if fn, line, ok := tree.Literal(f); ok {
		s.Func, s.File, s.Line = fn, f.File, line
	} else if around := source.Declared(f.Func); around != f.Func {
		s.Func = around
	}
	return s
}

func outermost(g *stackparse.Goroutine, n int) string {
	if n == 0 {
		return ""
	}
	return g.Frames[n-1].Func
}
