package source

import (
	"go/ast"
	"go/token"
)

// loopOf returns the outermost loop of the function fn that n is in, or is,
// where it is a loop itself. It is nil if there is none.
func loopOf(fn, n ast.Node) (loop ast.Stmt) {
	ast.Inspect(fn, func(m ast.Node) bool {
		if m == nil || m.Pos() > n.Pos() || n.End() > m.End() {
			return false
		}
		switch m := m.(type) {
		case *ast.FuncLit:
			if m != fn {
				loop = nil // a loop around the literal is not the literal's
			}
		case *ast.ForStmt:
			if loop == nil {
				loop = m
			}
		case *ast.RangeStmt:
			if loop == nil {
				loop = m
			}
		}
		return true
	})
	return loop
}

// ends reports whether the loop that n waits in can be left: by its condition,
// which a range over anything but n's own channel has too, or by a statement in
// it that is not dead, which is never reached. What ends the process leaves no loop.
func ends(loop ast.Stmt, n ast.Node, dead func(ast.Node) bool) bool {
	var body *ast.BlockStmt
	switch l := loop.(type) {
	case *ast.ForStmt:
		if l.Cond != nil && name(l.Cond) != "true" {
			return true
		}
		body = l.Body
	case *ast.RangeStmt:
		if l != n {
			return true
		}
		body = l.Body
	default:
		return true // it is no loop
	}
	found := false
	var around []ast.Node // statements in the body that a break could be of
	ast.Inspect(body, func(m ast.Node) bool {
		if m != nil && dead(m) {
			return false
		}
		switch m := m.(type) {
		case nil:
			around = around[:len(around)-1] // Inspect says so when the children of a node are done
			return true
		case *ast.FuncLit:
			return false // it returns from itself
		case *ast.ReturnStmt:
			found = true
		case *ast.BranchStmt:
			found = found || leaves(m, around)
		case *ast.CallExpr:
			found = found || name(m.Fun) == "runtime.Goexit"
		}
		around = append(around, m)
		return true
	})
	return found
}

// leaves reports whether the statement leaves all that is around it.
func leaves(b *ast.BranchStmt, around []ast.Node) bool {
	switch b.Tok {
	case token.GOTO:
		return true // to wherever
	case token.BREAK:
		for _, n := range around {
			switch n := n.(type) {
			case *ast.LabeledStmt:
				// The label is of a statement within the loop.
				if b.Label != nil && n.Label.Name == b.Label.Name {
					return false
				}
			case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
				if b.Label == nil {
					return false
				}
			}
		}
		return true
	}
	return false
}
