package migrate

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// goleak rewrites a use of goleak.
func (u *use) goleak() (site, bool) {
	call := u.call()
	switch {
	case u.name == "Option" && call == nil:
		s := u.site(u.expr)
		s.edits, s.shared = []edit{{u.expr.Pos(), u.expr.End(), u.leakcheck("Option")}}, true
		return s, true
	case u.name == "TestingM" && call == nil:
		s := u.site(u.expr)
		s.edits = []edit{{u.expr.Pos(), u.expr.End(), u.leakcheck("TestingM")}}
		return s, true
	case u.name == "TestingT":
		return u.left("leakcheck.Verify needs more of a test than Error; take a testing.TB"), true
	case call == nil:
		return u.left("it is used as a value; change it by hand"), true
	case call.Ellipsis.IsValid() && len(call.Args) == 0:
		return u.left("it is not known; change it by hand"), true
	}
	switch u.name {
	case "VerifyNone":
		return u.verifyNone(call), true
	case "VerifyTestMain":
		return u.verifyTestMain(call), true
	case "Find":
		return u.find(call), true
	}
	if u.isArgument(call) {
		return site{}, false // its call rewrites it
	}
	s := u.site(call)
	s.shared = true
	if s.edits, s.why = u.option(u.name, call); u.name == "Cleanup" {
		s.why = "leakcheck.Cleanup is only for VerifyTestMain, and the source does not show where this option goes; " +
			"change it by hand"
	}
	return s, true
}

// isArgument reports whether an option stands directly in the call of a check.
func (u *use) isArgument(option *ast.CallExpr) bool {
	outer, ok := u.above[1].(*ast.CallExpr)
	if !ok || !slices.Contains(outer.Args, ast.Expr(option)) {
		return false
	}
	return u.checks(outer, "VerifyNone", "VerifyTestMain", "Find")
}

// checks reports whether a call is of one of these functions of u's checker.
func (u *use) checks(call *ast.CallExpr, names ...string) bool {
	c, name := u.checkerName(call.Fun)
	return c == u.checker && slices.Contains(names, name)
}

// option returns the edits that make an option of goleak one of leakcheck, or
// why there are none.
func (f *file) option(name string, call *ast.CallExpr) ([]edit, string) {
	terms := map[string][2]string{
		"IgnoreTopFunction": {"top", "TopFunction"},
		"IgnoreAnyFunction": {"any", "AnyFunction"},
		"IgnoreCreatedBy":   {"created-by", "CreatedBy"},
	}
	if term, ok := terms[name]; ok && len(call.Args) == 1 {
		if why := deadName(term[0], call.Args[0]); why != "" {
			return nil, "its name can match nothing: " + why
		}
		fun := f.leakcheck("Ignore") + "(" + f.filter(term[1])
		return []edit{{call.Fun.Pos(), call.Fun.End(), fun}, {call.End(), call.End(), ")"}}, ""
	}
	if name == "IgnoreCurrent" || name == "Cleanup" || name == "RunOnFailure" {
		return []edit{{call.Fun.Pos(), call.Fun.End(), f.leakcheck(name)}}, ""
	}
	return nil, "it is not known; change it by hand"
}

// options adds to s the edits of the options of a call, from the given argument
// on. Those named by drop are taken out. An option that does not stand in the call
// itself, but is in a variable, makes the site a shared one: the variable's own
// site has to be rewritten with it.
func (u *use) options(s *site, call *ast.CallExpr, from int, drop string) {
	for i, arg := range call.Args {
		if i < from || s.why != "" {
			continue
		}
		option, _ := arg.(*ast.CallExpr)
		c, name := (*checker)(nil), ""
		if option != nil {
			c, name = u.checkerName(option.Fun)
		}
		switch {
		case c != u.checker:
			s.shared = true
			if path := u.mentionsPackage(arg); path != "" {
				s.why = "its options come from package " + path + "; change both by hand"
			}
		case name == drop && i > 0:
			s.edits = append(s.edits, edit{call.Args[i-1].End(), arg.End(), ""})
		default:
			var edits []edit
			edits, s.why = u.option(name, option)
			s.edits = append(s.edits, edits...)
		}
	}
}

// mentionsPackage returns the path of a package that e names something of.
func (u *use) mentionsPackage(e ast.Expr) string {
	found := ""
	ast.Inspect(e, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && found == "" {
			if path, ok := u.packageOf(sel.X); ok && checkers[path] != u.checker {
				found = path
			}
		}
		return true
	})
	return found
}

// hasOption reports whether an option stands in the call itself.
func (u *use) hasOption(call *ast.CallExpr, option string) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		c, ok := arg.(*ast.CallExpr)
		return ok && u.checks(c, option)
	})
}

// find rewrites goleak.Find(...), which returns an error.
func (u *use) find(call *ast.CallExpr) site {
	s := u.site(call)
	s.call = true
	if u.hasOption(call, "Cleanup") || u.hasOption(call, "RunOnFailure") {
		return u.left("Find returns an error for Cleanup and RunOnFailure; remove them")
	}
	s.edits = []edit{{u.expr.Pos(), u.expr.End(), u.leakcheck("Find")}, {call.End(), call.End(), ".Err()"}}
	u.options(&s, call, 0, "")
	return s
}

func (u *use) verifyTestMain(call *ast.CallExpr) site {
	if u.hasOption(call, "Cleanup") && !u.last() {
		return u.left("with Cleanup goleak returns, and leakcheck.VerifyTestMain exits; write code := leakcheck.Run(m), " +
			"then the rest, then os.Exit(code)")
	}
	s := u.site(call)
	s.call = true
	s.edits = []edit{{u.expr.Pos(), u.expr.End(), u.leakcheck("VerifyTestMain")}}
	u.options(&s, call, 1, "IgnoreCurrent") // VerifyTestMain does so by itself
	return s
}

// last reports whether the call is the last statement of its function.
func (u *use) last() bool {
	for i, n := range u.above {
		if stmt, ok := n.(ast.Stmt); ok && i+2 < len(u.above) {
			block, ok := u.above[i+1].(*ast.BlockStmt)
			_, decl := u.above[i+2].(*ast.FuncDecl)
			return ok && decl && block.List[len(block.List)-1] == stmt
		}
	}
	return false
}

// verifyNone rewrites a check of one test. Deferred as the first statement of a
// test it becomes a Verify that is not deferred; deferred elsewhere, one that is.
// As a statement it becomes a Find, since it looks where it stands.
func (u *use) verifyNone(call *ast.CallExpr) site {
	switch {
	case len(call.Args) == 0:
		return u.left("it has no arguments")
	case u.hasOption(call, "Cleanup"):
		return u.left("leakcheck.Verify calls no cleanup function; pass it to t.Cleanup before leakcheck.Verify(t)")
	}
	t := call.Args[0]
	stmt := u.above[1]
	switch stmt := stmt.(type) {
	case *ast.DeferStmt:
		if !u.isTest(t) {
			return u.left("%s is not known to be a test of package testing, which leakcheck.Verify needs", u.text(t))
		}
		return u.verify(call, stmt)
	case *ast.ExprStmt:
		if outer := u.firstCleanup(t); outer != nil {
			return u.verify(call, outer)
		}
		return u.findHere(call, stmt)
	}
	return u.left("it is neither deferred nor a statement; change it by hand")
}

// verify makes a Verify of the statement that has the check run at the end.
//
// At the top of a test there is nothing before the check that it could miss, so
// there it loses its defer: then it also comes after the cleanups and tells
// parallel tests apart. Further down, a Verify that is not deferred would leave
// out what the statements above it have started, which goleak reports.
func (u *use) verify(call *ast.CallExpr, stmt ast.Stmt) site {
	s := u.site(stmt)
	s.call = true
	_, deferred := stmt.(*ast.DeferStmt)
	if first := u.isFirst(stmt); first || !deferred {
		s.edits = append(s.edits, edit{stmt.Pos(), u.expr.Pos(), ""})
		if call.End() < stmt.End() {
			s.edits = append(s.edits, edit{call.End(), stmt.End(), ""})
		}
		u.options(&s, call, 1, "IgnoreCurrent") // Verify at the top does so by itself
	} else {
		u.options(&s, call, 1, "")
	}
	s.edits = append(s.edits, edit{u.expr.Pos(), u.expr.End(), u.leakcheck("Verify")})
	return s
}

// findHere makes a Find of a check that is a statement. A Verify there would look
// at the end of the test instead. The test may be of any type that has Error.
func (u *use) findHere(call *ast.CallExpr, stmt ast.Stmt) site {
	s := u.site(stmt)
	s.call = true
	t, begin := call.Args[0], call.Rparen
	if len(call.Args) > 1 {
		begin = call.Args[1].Pos()
	}
	s.edits = []edit{
		{stmt.Pos(), begin, "if err := " + u.leakcheck("Find") + "("},
		{call.End(), call.End(), ".Err(); err != nil {\n" + u.text(t) + ".Error(err)\n}"},
	}
	u.options(&s, call, 1, "")
	if u.hasOption(call, "RunOnFailure") {
		s.why = "Find always checks; remove RunOnFailure"
	}
	return s
}

// firstCleanup returns the statement t.Cleanup(func() { check }) when that is the
// first of the test t and u is the check, or nil.
func (u *use) firstCleanup(t ast.Expr) ast.Stmt {
	if len(u.above) < 6 {
		return nil
	}
	body, _ := u.above[2].(*ast.BlockStmt)
	fn, _ := u.above[3].(*ast.FuncLit)
	outer, _ := u.above[4].(*ast.CallExpr)
	stmt, _ := u.above[5].(*ast.ExprStmt)
	if body == nil || fn == nil || outer == nil || stmt == nil || len(body.List) != 1 {
		return nil
	}
	sel, _ := outer.Fun.(*ast.SelectorExpr)
	if sel == nil || sel.Sel.Name != "Cleanup" || u.text(sel.X) != u.text(t) || !u.isTest(t) || !u.isFirst(stmt) {
		return nil
	}
	return stmt
}

// isFirst reports whether stmt is the first statement of a test, except for those
// that start nothing.
func (u *use) isFirst(stmt ast.Stmt) bool {
	at := slices.Index(u.above, ast.Node(stmt))
	if at < 0 || at+2 >= len(u.above) {
		return false
	}
	body, ok := u.above[at+1].(*ast.BlockStmt)
	if !ok || !isTestFunc(u.above[at+2:]) {
		return false
	}
	for _, before := range body.List {
		if before == stmt {
			return true
		}
		if !u.startsNothing(before) {
			return false
		}
	}
	return false
}

// isTestFunc reports whether the function at above[0] is a test: by its name, or
// as an argument of t.Run.
func isTestFunc(above []ast.Node) bool {
	switch fn := above[0].(type) {
	case *ast.FuncDecl:
		for _, prefix := range []string{"Test", "Benchmark", "Fuzz"} {
			if strings.HasPrefix(fn.Name.Name, prefix) {
				return fn.Recv == nil
			}
		}
	case *ast.FuncLit:
		call, ok := above[1].(*ast.CallExpr)
		if !ok {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Run" || sel.Sel.Name == "Fuzz")
	}
	return false
}

// startsNothing reports whether stmt is t.Parallel() or t.Helper(), or defines
// something without a call.
func (u *use) startsNothing(stmt ast.Stmt) bool {
	switch stmt := stmt.(type) {
	case *ast.ExprStmt:
		call, ok := stmt.X.(*ast.CallExpr)
		if !ok || len(call.Args) > 0 {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Parallel" || sel.Sel.Name == "Helper") && u.isTest(sel.X)
	case *ast.AssignStmt, *ast.DeclStmt:
		calls := false
		ast.Inspect(stmt, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				calls = true
			case *ast.UnaryExpr:
				calls = calls || n.Op == token.ARROW
			case *ast.FuncLit:
				return false
			}
			return !calls
		})
		return !calls
	}
	return false
}
