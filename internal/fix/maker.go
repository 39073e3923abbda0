package fix

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// closing are methods that end what a value started, the usual ones first. They have
// no parameters.
var closing = []string{"Close", "Stop", "Shutdown", "GracefulStop", "Release", "Terminate", "Cancel", "Quit", "Wait"}

// maker closes the value that a function of the chain made, where its caller drops
// it: w := Watch(ctx) starts a goroutine, and the type of w has a method Close. So it
// does with one whose method the goroutine runs: go srv.Start().
func (f *finder) maker() {
	f.closeMaker()
	for i := range f.leak.Spawn {
		callee, caller := &f.leak.Chain[i], f.at(i+1)
		if caller == nil || callee.literals() > 0 || callee.receiver() == "" {
			continue
		}
		for _, method := range f.closers(callee) {
			f.closeReceiver(caller, callee, method)
		}
	}
}

// closeMaker closes what started the goroutine when it was made, or when a method of
// it was called.
func (f *finder) closeMaker() {
	for i := f.leak.Spawn; i+1 < len(f.leak.Chain); i++ {
		callee, caller := &f.leak.Chain[i], f.at(i+1)
		if caller == nil || callee.literals() > 0 {
			continue
		}
		for _, method := range f.closers(callee) {
			if f.closeMade(i+1, callee, method) {
				return
			}
		}
	}
}

// closeMade closes what the call at i of the chain made, or was made on.
func (f *finder) closeMade(i int, callee *Call, method string) bool {
	before := len(f.found)
	if on := callee.receiver(); on != "" {
		f.closeReceiver(f.at(i), callee, method)
		if len(f.found) > before {
			return true
		}
	}
	v := f.holder(i)
	if v == nil {
		f.closeUnnamed(i, callee, method)
		return len(f.found) > before
	}
	if v.closed() {
		return false
	}
	f.close(v, v.name+"."+method)
	f.closeEach(v, method)
	return len(f.found) > before
}

// closeReceiver closes what a method is called on at p.
func (f *finder) closeReceiver(p *place, callee *Call, method string) {
	for _, c := range nodes[*ast.CallExpr](p) {
		if _, sel := methodCall(c, callee.name()); sel != nil {
			f.closeOrigin(p, sel.X, method)
		}
	}
}

// closed reports whether a value is closed where it is, or is for others to close.
func (v *value) closed() bool {
	fate := v.fate()
	closes := func(c *ast.CallExpr) bool {
		return slices.Contains(closing, gosyntax.LastName(c.Fun)) && gosyntax.LastName(c.Fun) != "Wait"
	}
	return v.name == "_" || fate.kept ||
		slices.ContainsFunc(fate.deferred, func(m string) bool { return slices.Contains(closing, m) }) ||
		slices.ContainsFunc(fate.calls, closes)
}

// closeUnnamed closes what a call made that is a statement of its own: New().
func (f *finder) closeUnnamed(i int, callee *Call, method string) {
	p := f.at(i)
	fn, _ := f.declaration(callee)
	if p == nil || fn == nil || fn.Type.Results.NumFields() != 1 {
		return
	}
	for _, s := range nodes[*ast.ExprStmt](p) {
		c, ok := s.X.(*ast.CallExpr)
		if ok && gosyntax.LastName(c.Fun) == callee.name() && !looped(p, s) {
			code := "defer " + p.code(c) + "." + method + "()"
			f.add(code, p.replace(s, code))
		}
	}
}

// closeEach closes all that a test makes like v: by the same function, or in the
// same variable. The goroutines of a leak may come from several calls in one test,
// of which the chain shows one.
func (f *finder) closeEach(v *value, method string) {
	made := ""
	if a, ok := v.stmt.(*ast.AssignStmt); ok && len(a.Rhs) == 1 {
		if c, ok := ast.Unparen(a.Rhs[0]).(*ast.CallExpr); ok {
			made = gosyntax.LastName(c.Fun)
		}
	}
	var edits []edit
	n := 0
	ast.Inspect(v.funcs[0].node, func(m ast.Node) bool {
		a, ok := m.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return true
		}
		c, isCall := ast.Unparen(a.Rhs[0]).(*ast.CallExpr)
		id, isName := a.Lhs[0].(*ast.Ident)
		if !isCall || !isName || gosyntax.LastName(c.Fun) != made && v.object(id) != v.obj {
			return true
		}
		w := &value{place: v.file.scope(a, v.index), name: id.Name, obj: v.object(id), stmt: a}
		if w.closed() || w.fate().returned || looped(w.place, a) {
			return true
		}
		if at, ok := w.checked(); ok {
			edits = append(edits, at("defer "+w.name+"."+method+"()"))
			n++
		}
		return true
	})
	if n > 1 {
		f.add("defer "+method+"() of each that is made", edits...)
	}
}

// closers are the methods that end what a function made: those of the type that it
// returns, or else of its receiver.
func (f *finder) closers(c *Call) []string {
	fn, d := f.declaration(c)
	if fn == nil {
		return nil
	}
	var types []string
	for _, r := range gosyntax.Fields(fn.Type.Results) {
		types = append(types, gosyntax.TypeName(r.Type))
	}
	for _, typ := range append(types, c.receiver()) {
		for _, method := range closing {
			if m := d.Method(typ, method); m != nil && m.Params.NumFields() == 0 && method != c.name() {
				return []string{method}
			}
		}
	}
	return nil
}

// declaration is the one of the function of a call, nil where it is not found, among
// those of its package, which may be a library's.
func (f *finder) declaration(c *Call) (*ast.FuncDecl, *gosyntax.Declarations) {
	dir := filepath.Dir(filepath.FromSlash(c.File))
	d, ok := f.decls[dir]
	if !ok {
		d = gosyntax.NewDeclarations()
		f.decls[dir] = d
		names, _ := filepath.Glob(filepath.Join(dir, "*.go")) // a folder that cannot be read declares nothing
		for _, name := range names {
			if tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err == nil {
				d.Add(tree)
			}
		}
	}
	return d.Funcs[c.receiver()+"."+c.name()], d
}
