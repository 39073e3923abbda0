package explore

import (
	"go/ast"
	"go/token"
	"go/types"
)

// knowledge is what is known of a package as a whole. It is not complete: packages
// of other modules are not loaded, so types that come from there are unknown.
type knowledge struct {
	types   map[ast.Expr]types.TypeAndValue
	spawned map[string]bool // names of functions and methods that go statements call
}

func learnPackage(fset *token.FileSet, files []*ast.File, imports types.Importer) *knowledge {
	k := &knowledge{types: map[ast.Expr]types.TypeAndValue{}, spawned: map[string]bool{}}
	for _, f := range files {
		ast.Inspect(f, k.spawns)
	}
	_, _ = lenient(imports).Check("rewritten", fset, files, &types.Info{Types: k.types})
	return k
}

// spawns notes what a go statement calls.
func (k *knowledge) spawns(n ast.Node) bool {
	g, ok := n.(*ast.GoStmt)
	if !ok {
		return true
	}
	switch fun := g.Call.Fun.(type) {
	case *ast.Ident:
		k.spawned[fun.Name] = true
	case *ast.SelectorExpr:
		k.spawned[fun.Sel.Name] = true
	}
	return true
}

// lenient checks types as far as they are known: errors, of which there are many,
// leave types out.
func lenient(imports types.Importer) *types.Config {
	if imports == nil {
		imports = unknown{}
	}
	return &types.Config{Error: func(error) {}, Importer: imports, FakeImportC: true}
}

// unknown imports packages without anything in them.
type unknown struct{}

func (unknown) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := types.NewPackage(path, "")
	pkg.MarkComplete()
	return pkg, nil
}

// receives returns the loop that s is, if it ranges over a channel.
func (k *knowledge) receives(s ast.Stmt) *ast.RangeStmt {
	for {
		l, ok := s.(*ast.LabeledStmt)
		if !ok {
			break
		}
		s = l.Stmt
	}
	loop, ok := s.(*ast.RangeStmt)
	if !ok || loop.Value != nil {
		return nil
	}
	t := k.types[loop.X].Type
	if t == nil {
		return nil
	}
	if _, ok := t.Underlying().(*types.Chan); !ok {
		return nil
	}
	return loop
}

// generic reports whether the channel of an operation has the type of a type
// parameter.
func (k *knowledge) generic(comm ast.Stmt) bool {
	var channel ast.Expr
	switch s := comm.(type) {
	case *ast.SendStmt:
		channel = s.Chan
	case *ast.ExprStmt:
		channel = operand(s.X)
	case *ast.AssignStmt:
		channel = operand(s.Rhs[0])
	}
	_, ok := k.types[channel].Type.(*types.TypeParam)
	return ok
}

// several reports whether a call is known to have another number of results than one.
func (k *knowledge) several(call *ast.CallExpr) bool {
	_, ok := k.types[call].Type.(*types.Tuple)
	return ok
}
