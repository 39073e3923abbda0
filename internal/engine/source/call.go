package source

import (
	"go/ast"
	"go/token"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// CallLine returns the line where a function of file calls callee, a full name,
// when that call returns to the given line. For a goroutine's ancestors the runtime
// prints where calls return to, which is often the next statement, or the head
// of the loop that the call ends. The second result is false where no such call
// is found.
func (t *Tree) CallLine(file string, line int, callee string) (int, bool) {
	fn := stackparse.ParseFunc(callee)
	s := t.syntax(file)
	// No call names a closure.
	if s == nil || fn.Name == "" || fn.Closure != "" {
		return 0, false
	}
	calls := s.calls(line, fn.Name)
	if len(calls) == 0 {
		return 0, false
	}
	fun := calls[s.returning(calls, line)].Fun
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		return s.line(sel.Sel.Pos()), true // of a chain over several lines
	}
	return s.line(fun.Pos()), true
}

// callSite is a call, and whether something is done with what it returns.
type callSite struct {
	*ast.CallExpr
	used bool
}

// calls returns the calls of what has the name, in the declaration around a line.
func (s *syntax) calls(line int, called string) []callSite {
	var found []callSite
	for _, d := range s.file.Decls {
		if !s.within(d, line) {
			continue
		}
		alone := map[ast.Expr]bool{} // calls that are a statement
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ExprStmt:
				alone[n.X] = true
			case *ast.CallExpr:
				if gosyntax.LastName(n.Fun) == called {
					found = append(found, callSite{n, !alone[n]})
				}
			}
			return true
		})
	}
	return found
}

// returning returns the index of the call that returns to a line.
func (s *syntax) returning(calls []callSite, line int) int {
	best, loop := 0, s.loopAt(line)
	for i, c := range calls {
		start, end := s.line(c.Pos()), s.line(c.End())
		switch {
		case c.used && start <= line && line <= end:
			return i // what it returns is used there
		case end < line, loop != nil && loop.Pos() <= c.Pos() && c.End() <= loop.End():
			best = i // the last one that can
		}
	}
	return best
}

// loopAt returns the loop whose head is on a line, or nil.
func (s *syntax) loopAt(line int) (loop ast.Node) {
	s.inspect(line, func(n ast.Node) {
		var at token.Pos
		switch n := n.(type) {
		case *ast.ForStmt:
			at = n.For
		case *ast.RangeStmt:
			at = n.For
		default:
			return
		}
		if s.line(at) == line {
			loop = n
		}
	})
	return loop
}
