package source

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Endless reports whether the source shows that a goroutine with these calls can
// never end: one of them is in a loop that nothing leaves, and no function
// around recovers from a panic. What such a loop waits for does not matter.
func (t *Tree) Endless(calls []stackparse.Frame) bool {
	for _, f := range slices.Backward(calls) {
		if t.Std(f.Func, f.File) {
			continue
		}
		fn, s := t.around(f.File, f.Line)
		if fn == nil || recovers(fn) {
			return false // it may end in a way that this text does not show
		}
		if s.endless(fn, f.Line) {
			return true
		}
	}
	return false
}

// around returns the innermost function at a line of file that begins on an
// earlier line: of one that is a single line nothing tells whether the call is in
// it or around it.
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
	if fn == nil || s.line(fn.Pos()) == line {
		return nil, nil
	}
	return fn, s
}

// endless reports whether the line is in a loop of fn that nothing leaves.
func (s *syntax) endless(fn ast.Node, line int) bool {
	_, outer := s.function(fn)
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if n == nil || found || !s.within(n, line) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == fn
		case *ast.ForStmt:
			// Init runs once, before the loop.
			found = !ends(n, n) && !exits(n.Body) && (n.Init == nil || line > s.line(n.For))
		case *ast.RangeStmt:
			look := scope{s, fn, outer}
			found = outer != nil && look.chanOf(n.X) == Ticker && !ends(n, n) && !exits(n.Body)
		}
		return true
	})
	return found
}

// exits reports whether a call in the loop may end the goroutine.
func exits(body *ast.BlockStmt) bool {
	return calls(body, func(fn string) bool {
		return fn == "panic" || slices.ContainsFunc([]string{"Goexit", "Fatal", "FailNow", "Skip", "Panic"}, func(word string) bool {
			return strings.HasPrefix(last(fn), word)
		})
	})
}

// recovers reports whether a function, or one that it defers by a name that says
// so, recovers from a panic.
func recovers(fn ast.Node) bool {
	return calls(fn, func(called string) bool {
		called = strings.ToLower(last(called))
		return strings.Contains(called, "recover") || strings.Contains(called, "panic")
	})
}

func calls(n ast.Node, is func(fn string) bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && is(name(call.Fun))
		return !found
	})
	return found
}
