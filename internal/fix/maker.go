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
// it: w := Watch(ctx) starts a goroutine, and the type of w has a method Close.
func (f *finder) maker() {
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
		p := f.at(i)
		for _, c := range nodes[*ast.CallExpr](p) {
			if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == callee.name() {
				f.closeOrigin(p, sel.X, method)
			}
		}
		if len(f.found) > before {
			return true
		}
	}
	v := f.holder(i)
	if v == nil || v.name == "_" {
		return false
	}
	fate := v.fate()
	closes := func(c *ast.CallExpr) bool { return slices.Contains(closing, calledName(c)) && calledName(c) != "Wait" }
	if fate.kept || slices.ContainsFunc(fate.deferred, func(m string) bool { return slices.Contains(closing, m) }) ||
		slices.ContainsFunc(fate.calls, closes) {
		return false
	}
	f.close(v, v.name+"."+method)
	return len(f.found) > before
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
	decls := f.declarations(filepath.Dir(filepath.FromSlash(c.File)))
	on, name := receiver(c.Func), c.name()
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
// be a library's: "Watcher.Close", ".New". The methods of an interface are among
// them.
func (f *finder) declarations(dir string) map[string]*ast.FuncDecl {
	all := map[string]*ast.FuncDecl{}
	entries, _ := os.ReadDir(dir) // a folder that cannot be read declares nothing
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				on := ""
				if d.Recv != nil && len(d.Recv.List) == 1 {
					on = typeName(d.Recv.List[0].Type)
				}
				all[on+"."+d.Name.Name] = d
			case *ast.GenDecl:
				interfaces(d, all)
			}
		}
	}
	return all
}

// interfaces adds the methods of interfaces.
func interfaces(d *ast.GenDecl, all map[string]*ast.FuncDecl) {
	for _, s := range d.Specs {
		spec, ok := s.(*ast.TypeSpec)
		if !ok {
			continue
		}
		typ, ok := spec.Type.(*ast.InterfaceType)
		if !ok {
			continue
		}
		for _, m := range typ.Methods.List {
			if fn, ok := m.Type.(*ast.FuncType); ok {
				for _, id := range m.Names {
					all[spec.Name.Name+"."+id.Name] = &ast.FuncDecl{Name: id, Type: fn}
				}
			}
		}
	}
}
