package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// gleak rewrites a use of gleak. All of a package are rewritten or none,
// since they share snapshots:
//
//	good := Goroutines()                                      good := leakcheck.IgnoreCurrent()
//	var good []Goroutine                                      var good leakcheck.Option
//	Eventually(Goroutines).ShouldNot(HaveLeaked(good))        Expect(leakcheck.Find(good).Err()).NotTo(HaveOccurred())
func (u *use) gleak() (site, bool) {
	s, ok := site{}, true
	switch call := u.call(); {
	case u.name == "Goroutine":
		s = u.snapshotType()
	case u.name == "HaveLeaked" && call != nil:
		s = u.haveLeaked(call)
	case u.name == "Goroutines":
		if ok = !u.isSubject(); ok {
			s = u.snapshot(call)
		}
	default:
		if ok = !u.inHaveLeaked(); ok {
			s = u.left("it is used outside of HaveLeaked; write the option of leakcheck.Find that it stands for")
		}
	}
	s.shared = true
	return s, ok
}

// snapshotType rewrites the type of snapshots.
func (u *use) snapshotType() site {
	array, ok := u.above[0].(*ast.ArrayType)
	if !ok || array.Len != nil {
		return u.left("leakcheck keeps snapshots as options; take a leakcheck.Option")
	}
	s := u.site(array)
	s.edits = []edit{{array.Pos(), array.End(), u.leakcheck("Option")}}
	return s
}

// snapshot rewrites a call of Goroutines that is stored in a variable.
func (u *use) snapshot(call *ast.CallExpr) site {
	if call == nil {
		return u.left("it is passed to another matcher than HaveLeaked; change it by hand")
	}
	var names []ast.Expr
	switch n := u.above[1].(type) {
	case *ast.AssignStmt:
		names = n.Lhs
	case *ast.ValueSpec:
		for _, id := range n.Names {
			names = append(names, id)
		}
	}
	if len(names) != 1 {
		return u.left("its result is not stored in a variable; change it by hand")
	}
	id, ok := names[0].(*ast.Ident)
	if !ok || !u.onlyForHaveLeaked(id) {
		return u.left("the snapshot is used for more than HaveLeaked; leakcheck.Take and its Diff compare two")
	}
	s := u.site(call)
	s.call = true
	s.edits = []edit{{u.expr.Pos(), u.expr.End(), u.leakcheck("IgnoreCurrent")}}
	return s
}

// onlyForHaveLeaked reports whether a variable is only assigned to, and passed
// to HaveLeaked or IgnoringGoroutines. An option cannot be ranged over, counted
// or printed as a slice of goroutines can.
func (u *use) onlyForHaveLeaked(id *ast.Ident) bool {
	obj := u.object(id)
	if obj == nil {
		return false
	}
	only := true
	for _, f := range u.pkg.files {
		ast.PreorderStack(f.tree, nil, func(n ast.Node, stack []ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if ok && u.pkg.info.Uses[id] == obj && !f.forHaveLeaked(id, stack[len(stack)-1]) {
				only = false
			}
			return only
		})
	}
	return only
}

func (u *use) object(id *ast.Ident) types.Object {
	if obj := u.pkg.info.Defs[id]; obj != nil {
		return obj
	}
	return u.pkg.info.Uses[id]
}

func (f *file) forHaveLeaked(id *ast.Ident, above ast.Node) bool {
	switch above := above.(type) {
	case *ast.AssignStmt:
		return slices.Contains(above.Lhs, ast.Expr(id))
	case *ast.CallExpr:
		_, name := f.checkerName(above.Fun)
		return name == "HaveLeaked" || name == "IgnoringGoroutines"
	}
	return false
}

// isHaveLeaked reports whether n is a call of HaveLeaked.
func (u *use) isHaveLeaked(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	return ok && u.checks(call, "HaveLeaked")
}

// inHaveLeaked reports whether u stands in the arguments of HaveLeaked, whose
// site decides about it.
func (u *use) inHaveLeaked() bool { return slices.ContainsFunc(u.above, u.isHaveLeaked) }

// isSubject reports whether an assertion with HaveLeaked looks at Goroutines, or
// u stands in HaveLeaked. The site of HaveLeaked decides about it then.
func (u *use) isSubject() bool {
	return u.inHaveLeaked() || slices.ContainsFunc(u.above, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && len(call.Args) == 1 && u.isHaveLeaked(call.Args[0])
	})
}

// assertion is Eventually(Goroutines).WithTimeout(d).ShouldNot(matcher).
type assertion struct {
	whole   *ast.CallExpr
	matcher *ast.SelectorExpr // ....ShouldNot
	subject *ast.CallExpr     // Eventually(Goroutines)
	wait    string            // an option for leakcheck.Find, or ""
}

// assertionOf takes the assertion around HaveLeaked apart, or says why that
// cannot be.
func (u *use) assertionOf() (a assertion, why string) {
	const form = "it is not in the form Eventually(Goroutines).ShouldNot(HaveLeaked(...)); change it by hand"
	whole, ok := u.above[1].(*ast.CallExpr)
	if !ok || len(whole.Args) != 1 {
		return a, form
	}
	a.whole = whole
	a.matcher, ok = whole.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"ShouldNot", "NotTo", "ToNot"}, a.matcher.Sel.Name) {
		return a, form
	}
	inner, _ := a.matcher.X.(*ast.CallExpr)
	for inner != nil {
		switch gosyntax.LastName(inner.Fun) {
		case "WithTimeout", "Within":
			if len(inner.Args) == 1 {
				a.wait = u.leakcheck("Wait") + "(" + u.text(inner.Args[0]) + ")"
			}
		case "WithPolling", "ProbeEvery":
		case "Eventually", "Expect":
			a.subject = inner
			return a, u.checkSubject(&a)
		default:
			return a, form
		}
		sel, _ := inner.Fun.(*ast.SelectorExpr)
		if sel == nil {
			return a, form
		}
		inner, _ = sel.X.(*ast.CallExpr)
	}
	return a, form
}

// checkSubject says why a's subject is not Goroutines alone. Expect looks once.
func (u *use) checkSubject(a *assertion) string {
	if len(a.subject.Args) != 1 {
		return "Eventually has a timeout among its arguments; write it as .WithTimeout(d)"
	}
	arg, once := a.subject.Args[0], gosyntax.LastName(a.subject.Fun) == "Expect"
	if call, ok := arg.(*ast.CallExpr); ok && once {
		arg = call.Fun
		a.wait = u.leakcheck("Wait") + "(0)"
	} else if ok || once {
		return "its subject is not Goroutines; change it by hand"
	}
	if c, name := u.checkerName(arg); c != u.checker || name != "Goroutines" {
		return "its subject is not Goroutines; change it by hand"
	}
	return ""
}

// haveLeaked rewrites a whole assertion. Find does the waiting itself, so that
// Eventually becomes Expect.
func (u *use) haveLeaked(call *ast.CallExpr) site {
	a, why := u.assertionOf()
	if why != "" {
		return u.left("%s", why)
	}
	if gomega := u.names[gomegaPath]; gomega == "" || gomega == "_" {
		return u.left("the file does not import gomega, for HaveOccurred; change it by hand")
	}
	var options []string
	for _, arg := range call.Args {
		option, why := u.gleakOption(arg)
		if why != "" {
			return u.left("%s", why)
		}
		options = append(options, option)
	}
	if a.wait != "" {
		options = append(options, a.wait)
	}
	subject := u.leakcheck("Find") + "(" + strings.Join(options, ", ") + ").Err()"
	s := u.site(a.whole)
	s.call = true
	s.edits = []edit{
		{nameOf(a.subject.Fun).Pos(), a.subject.Fun.End(), "Expect"},
		{a.subject.Args[0].Pos(), a.subject.Args[0].End(), subject},
		{a.subject.End(), a.matcher.X.End(), ""},
		{a.matcher.Sel.Pos(), a.matcher.Sel.End(), "NotTo"},
		{call.Pos(), call.End(), u.qualified(gomegaPath, "HaveOccurred") + "()"},
	}
	return s
}

func nameOf(fun ast.Expr) *ast.Ident {
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		return sel.Sel
	}
	return fun.(*ast.Ident)
}

// gleakOption returns the option of leakcheck.Find for an argument of HaveLeaked,
// or why there is none.
func (u *use) gleakOption(arg ast.Expr) (option, why string) {
	switch arg := arg.(type) {
	case *ast.BasicLit:
		return u.gleakIgnore("top", "TopFunction", arg)
	case *ast.Ident:
		if arg.Name != "nil" {
			return arg.Name, "" // a snapshot, which is rewritten where it is made
		}
	case *ast.CallExpr:
		c, name := u.checkerName(arg.Fun)
		switch {
		case c != u.checker:
		case name == "Goroutines":
			return u.leakcheck("IgnoreCurrent") + "()", ""
		case len(arg.Args) != 1:
		case name == "IgnoringTopFunction":
			return u.gleakIgnore("top", "TopFunction", arg.Args[0])
		case name == "IgnoringCreator":
			return u.gleakIgnore("created-by", "CreatedBy", arg.Args[0])
		case name == "IgnoringGoroutines":
			return u.gleakOption(arg.Args[0])
		case name == "IgnoringInBacktrace":
			return "", "IgnoringInBacktrace looks for a part of a name; name the whole function with filters.AnyFunction"
		}
	}
	return "", u.text(arg) + " has no counterpart in leakcheck; write a filter for it"
}

// gleakIgnore translates a name as gleak writes it: "pkg.F", "pkg..." for all
// names that begin with "pkg.", and "pkg.F [state]".
func (u *use) gleakIgnore(term, constructor string, e ast.Expr) (option, why string) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", u.text(e) + " is not a string literal, and its ending may have a special meaning; change " +
			"it by hand"
	}
	name, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "", u.text(e) + " cannot be read"
	}
	name, state, hasState := strings.Cut(name, " [")
	if prefix, ok := strings.CutSuffix(name, "..."); ok && !hasState {
		name = prefix + ".**"
	}
	quoted := strconv.Quote(name)
	if why := deadName(term, &ast.BasicLit{Kind: token.STRING, Value: quoted}); why != "" {
		return "", "its name can match nothing: " + why
	}
	filter := u.filter(constructor) + "(" + quoted + ")"
	if state = strings.Trim(state, "[]"); state != "" {
		filter = u.filter("All") + "(" + filter + ", " + u.filter("State") + "(" + strconv.Quote(state+"*") + "))"
	}
	return u.leakcheck("Ignore") + "(" + filter + ")", ""
}
