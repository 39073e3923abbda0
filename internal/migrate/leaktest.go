package migrate

import "go/ast"

// leaktest rewrites a use of leaktest. Check takes its snapshot where it
// stands, as Verify does, and the function that it returns looks at the end:
//
//	defer leaktest.Check(t)()      t.Cleanup(leaktest.Check(t))
func (u *use) leaktest() site {
	call := u.call()
	wait := ""
	switch {
	case call == nil:
		return u.left("it has no counterpart; write leakcheck.Verify(t) at the top of the test")
	case u.name == "CheckTimeout" && len(call.Args) == 2:
		wait = ", " + u.leakcheck("Wait") + "(" + u.text(call.Args[1]) + ")"
	case u.name == "CheckContext":
		return u.left("Verify waits for a time and not for a context; write leakcheck.Verify(t, leakcheck.Wait(d)) at the " +
			"top of the test")
	case u.name != "Check" || len(call.Args) != 1:
		return u.left("it is not known; write leakcheck.Verify(t) at the top of the test")
	}
	whole := u.atEnd(call)
	switch {
	case whole == nil:
		return u.left("the function that it returns is not called by defer or t.Cleanup directly; write " +
			"leakcheck.Verify(t) at the top of the test")
	case !u.isTest(call.Args[0]):
		return u.left("%s is not known to be a test of package testing, which leakcheck.Verify needs", u.text(call.Args[0]))
	}
	s := u.site(whole)
	s.call = true
	s.edits = []edit{{whole.Pos(), whole.End(), u.leakcheck("Verify") + "(" + u.text(call.Args[0]) + wait + ")"}}
	return s
}

// atEnd returns the statement that has the function which check returns called
// at the end of the test, or nil.
func (u *use) atEnd(check *ast.CallExpr) ast.Node {
	outer, ok := u.above[1].(*ast.CallExpr)
	if !ok {
		return nil
	}
	switch stmt := u.above[2].(type) {
	case *ast.DeferStmt:
		if outer.Fun == check && len(outer.Args) == 0 {
			return stmt
		}
	case *ast.ExprStmt:
		if sel, ok := outer.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Cleanup" && len(outer.Args) == 1 &&
			u.isTest(sel.X) {
			return stmt
		}
	}
	return nil
}
