package source

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Endless reports whether the source shows that a goroutine with these calls can
// never end: one of them is in a loop that nothing leaves, and no function
// around recovers from a panic. What such a loop waits for does not matter. With
// ticks the goroutine is in a select of which only the timers can ever be ready:
// then nothing that the other cases do leaves the loop.
func (t *Tree) Endless(calls []stackparse.Frame, ticks bool) bool {
	for _, f := range slices.Backward(calls) {
		if t.Std(f.Func, f.File) {
			continue
		}
		fn, s := t.around(f.File, f.Line)
		if fn == nil || recovers(fn) {
			return false // it may end in a way that this text does not show
		}
		// The select is where the innermost call waits.
		if s.endless(fn, f.Line, ticks && len(calls) > 0 && f == calls[0]) {
			return true
		}
	}
	return false
}

// Weak reports whether the source shows that a goroutine with these calls holds
// something by a weak pointer. Once that is collected, it ends by itself when it is
// woken next, by a ticker for example.
func (t *Tree) Weak(calls []stackparse.Frame) bool {
	return slices.ContainsFunc(calls, func(f stackparse.Frame) bool {
		return !t.Std(f.Func, f.File) &&
			(t.Mentions(f.File, f.Line, "weak.Pointer") || t.Mentions(f.File, f.Line, "weak.Make"))
	})
}

// around returns the innermost function at a line of file that begins on an
// earlier line.
func (t *Tree) around(file string, line int) (fn ast.Node, s *syntax) {
	s = t.syntax(file)
	if s == nil {
		return nil, nil
	}
	s.inspect(line, func(n ast.Node) {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			fn = n
		}
	})
	// If it begins on this line, the call may be in it or around it.
	if fn == nil || s.line(fn.Pos()) == line {
		return nil, nil
	}
	return fn, s
}

// endless reports whether the line is in a loop of fn that nothing leaves. With
// ticks it is that of a select.
func (s *syntax) endless(fn ast.Node, line int, ticks bool) bool {
	_, outer := s.function(fn)
	dead := never
	if sel, ok := s.waiting(line, "select").(*ast.SelectStmt); ok && ticks {
		dead = scope{s, fn, outer}.unready(sel)
	}
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if n == nil || found || !s.within(n, line) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == fn // the loops of another function are not around the line
		case *ast.ForStmt:
			// Init runs once, before the loop.
			found = !ends(n, n, dead) && !exits(n.Body, dead) && (n.Init == nil || line > s.line(n.For))
		case *ast.RangeStmt:
			// Nothing closes the channel of a ticker, not even Stop.
			look := scope{s, fn, outer}
			found = outer != nil && look.chanOf(n.X) == Ticker && !ends(n, n, dead) && !exits(n.Body, dead)
		}
		return true
	})
	return found
}

// never is for code that can all be reached.
func never(ast.Node) bool { return false }

// unready returns what reports whether a case waits for a channel that sel waits
// for as well, and that is no timer's. Where no channel of sel is seen to be a
// timer's, each may be, such as a parameter.
func (c scope) unready(sel *ast.SelectStmt) func(ast.Node) bool {
	names := map[string]bool{}
	all := cases(sel)
	for _, e := range all {
		if !c.chanOf(e).Timer() {
			names[name(e)] = true
		}
	}
	if !slices.ContainsFunc(all, func(e ast.Expr) bool { return c.chanOf(e).Timer() }) {
		names = nil
	}
	delete(names, "") // what has no name is compared with nothing
	return func(n ast.Node) bool { return names[name(channelOf(n))] }
}

// exits reports whether a call in the loop, except for what is dead, may end the
// goroutine.
func exits(body *ast.BlockStmt, dead func(ast.Node) bool) bool {
	ending := func(word string) bool {
		// Fatalf, Fatalln, Panicf and SkipNow begin with one of these, whatever logger they are of.
		return slices.ContainsFunc([]string{"Goexit", "Fatal", "FailNow", "Skip", "Panic"},
			func(start string) bool { return strings.HasPrefix(word, start) })
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && (name(call.Fun) == "panic" || ending(last(name(call.Fun))))
		return !found && n != nil && !dead(n)
	})
	return found
}

// recovers reports whether a function, or one that it defers by a name that says
// so, recovers from a panic.
func recovers(fn ast.Node) bool {
	return gosyntax.Has(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return name(n.Fun) == "recover"
		case *ast.DeferStmt:
			// Its body may be in another package, so the name has to do.
			deferred := strings.ToLower(last(name(n.Call.Fun)))
			return strings.Contains(deferred, "recover") || strings.Contains(deferred, "panic")
		}
		return false
	})
}
