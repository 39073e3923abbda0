package fix

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		if caller == nil || literals(callee.Func) > 0 || receiver(callee.Func) == "" {
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
		if caller == nil || literals(callee.Func) > 0 {
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
	if on := receiver(callee.Func); on != "" {
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
	closes := func(c *ast.CallExpr) bool { return slices.Contains(closing, calledName(c)) && calledName(c) != "Wait" }
	return v.name == "_" || fate.kept ||
		slices.ContainsFunc(fate.deferred, func(m string) bool { return slices.Contains(closing, m) }) ||
		slices.ContainsFunc(fate.calls, closes)
}

// closeUnnamed closes what a call made that is a statement of its own: New().
func (f *finder) closeUnnamed(i int, callee *Call, method string) {
	p := f.at(i)
	if p == nil || f.results(callee) != 1 {
		return
	}
	for _, s := range nodes[*ast.ExprStmt](p) {
		c, ok := s.X.(*ast.CallExpr)
		if ok && calledName(c) == callee.name() && !looped(p, s) {
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
			made = calledName(c)
		}
	}
	var edits []edit
	n := 0
	ast.Inspect(v.funcs[0], func(m ast.Node) bool {
		a, ok := m.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return true
		}
		c, isCall := ast.Unparen(a.Rhs[0]).(*ast.CallExpr)
		id, isName := a.Lhs[0].(*ast.Ident)
		if !isCall || !isName || calledName(c) != made && v.object(id) != v.obj {
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

// receiver is the type of a method's receiver, "" for a function.
func receiver(full string) string {
	fn := full[strings.LastIndexByte(full[:strings.IndexAny(full+"[", "[")], '/')+1:]
	_, fn, _ = strings.Cut(fn, ".")
	if rest, ok := strings.CutPrefix(fn, "("); ok {
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, "*"), ")")
		name, _, _ = strings.Cut(name, "[")
		return name
	}
	name, rest, ok := strings.Cut(fn, ".")
	if !ok || isLiteral(rest) || strings.Contains(name, "[") {
		return ""
	}
	return name
}

// closers are the methods that end what a function made: those of the type that it
// returns, or else of its receiver.
func (f *finder) closers(c *Call) []string {
	on, name := receiver(c.Func), c.name()
	decls := f.declarations(filepath.Dir(filepath.FromSlash(c.File)))
	fn := decls[on+"."+name]
	if fn == nil {
		return nil
	}
	var types []string
	if fn.Type.Results != nil {
		for _, r := range fn.Type.Results.List {
			types = append(types, typeName(r.Type))
		}
	}
	for _, typ := range append(types, on) {
		if typ == "" {
			continue
		}
		for _, method := range closing {
			if m := decls[typ+"."+method]; m != nil && m.Type.Params.NumFields() == 0 && m.Name.Name != name {
				return []string{method}
			}
		}
	}
	return nil
}

// results is how many results a function has.
func (f *finder) results(c *Call) int {
	fn := f.declarations(filepath.Dir(filepath.FromSlash(c.File)))[receiver(c.Func)+"."+c.name()]
	if fn == nil {
		return 0
	}
	return fn.Type.Results.NumFields()
}

// typeName is the name of a type of the same package, also behind a pointer and with
// type arguments; "" for others.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	}
	return ""
}

// declarations are the functions and methods of the package in a folder, which may
// be a library's: "Watcher.Close", ".New". The methods of interfaces and those that a
// type has from what it embeds are among them.
func (s *Source) declarations(dir string) map[string]*ast.FuncDecl {
	if all, ok := s.decls[dir]; ok {
		return all
	}
	d := declared{funcs: map[string]*ast.FuncDecl{}, embedded: map[string][]string{}}
	s.decls[dir] = d.funcs
	entries, _ := os.ReadDir(dir) // a folder that cannot be read declares nothing
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, decl := range tree.Decls {
			d.add(decl)
		}
	}
	for typ := range d.embedded {
		d.promote(typ, typ, 3)
	}
	return d.funcs
}

// declared is what a package declares.
type declared struct {
	funcs    map[string]*ast.FuncDecl
	embedded map[string][]string // the types of the package that a type embeds
}

func (d *declared) add(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		on := ""
		if decl.Recv != nil && len(decl.Recv.List) == 1 {
			on = typeName(decl.Recv.List[0].Type)
		}
		d.funcs[on+"."+decl.Name.Name] = decl
	case *ast.GenDecl:
		for _, s := range decl.Specs {
			if spec, ok := s.(*ast.TypeSpec); ok {
				d.addType(spec)
			}
		}
	}
}

// addType adds the methods of an interface, and what a type embeds.
func (d *declared) addType(spec *ast.TypeSpec) {
	var fields []*ast.Field
	methods := false
	switch typ := spec.Type.(type) {
	case *ast.InterfaceType:
		fields, methods = typ.Methods.List, true
	case *ast.StructType:
		fields = typ.Fields.List
	}
	name := spec.Name.Name
	for _, field := range fields {
		if e := typeName(field.Type); len(field.Names) == 0 && e != "" {
			d.embedded[name] = append(d.embedded[name], e)
		}
		if fn, ok := field.Type.(*ast.FuncType); ok && methods {
			for _, id := range field.Names {
				d.funcs[name+"."+id.Name] = &ast.FuncDecl{Name: id, Type: fn}
			}
		}
	}
}

// promote gives typ the methods of what from embeds, so many types deep.
func (d *declared) promote(typ, from string, deep int) {
	if deep == 0 {
		return
	}
	for _, e := range d.embedded[from] {
		for _, method := range closing {
			if m := d.funcs[e+"."+method]; m != nil && d.funcs[typ+"."+method] == nil {
				d.funcs[typ+"."+method] = m
			}
		}
		d.promote(typ, e, deep-1)
	}
}
