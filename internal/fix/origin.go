package fix

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// origin is where the value of a variable was made.
type origin struct {
	*place
	stmt  ast.Stmt // the statement that has the variable; nil for a field and for a variable of the package
	name  ast.Expr // the variable
	value ast.Expr // what it was given; a call with several results may give others as well
}

// origin follows a variable that is used at p: through the parameters of functions
// to their calls in the chain, and a field to the one place that sets it. It is nil
// where there is no one such place.
func (f *finder) origin(e ast.Expr, p *place) *origin {
	for range 10 { // functions that call each other
		v, ok := p.object(e).(*types.Var)
		if !ok {
			return nil
		}
		if v.IsField() {
			return f.field(v.Origin(), p)
		}
		file := p.pkg.holding(v.Pos())
		if file == nil {
			return nil
		}
		around := file.around(v.Pos(), v.Pos())
		next, at := f.declared(v, file, around, p)
		if at == nil {
			return nil
		}
		if id, ok := next.(*ast.Ident); ok && at.object(id) != v {
			e, p = id, at
			continue
		}
		if sel, ok := next.(*ast.SelectorExpr); ok && at.object(sel) != nil {
			e, p = sel, at
			continue
		}
		return made(file, around, next, at)
	}
	return nil
}

// declared returns what the variable was given, and where that expression stands.
func (f *finder) declared(v *types.Var, in *file, around []ast.Node, p *place) (ast.Expr, *place) {
	for i := len(around) - 1; i >= 0; i-- {
		switch n := around[i].(type) {
		case *ast.AssignStmt:
			if assignedAgain(v, in, n.Pos()) {
				return nil, nil
			}
			return valueOf(v.Pos(), n.Lhs, n.Rhs), p
		case *ast.ValueSpec:
			if assignedAgain(v, in, n.Pos()) || len(n.Values) == 0 {
				return nil, nil
			}
			var names []ast.Expr
			for _, id := range n.Names {
				names = append(names, id)
			}
			return valueOf(v.Pos(), names, n.Values), p
		case *ast.FuncLit:
			if k := parameter(n.Type, v.Pos()); k >= 0 && i > 0 {
				if call, ok := around[i-1].(*ast.CallExpr); ok && call.Fun == n && k < len(call.Args) {
					return call.Args[k], p
				}
			}
			return nil, nil
		case *ast.FuncDecl:
			return f.argument(n, parameter(n.Type, v.Pos()), p)
		case *ast.BlockStmt:
			return nil, nil
		}
	}
	return nil, nil
}

// argument returns what the caller in the chain gave to the parameter k of decl.
func (f *finder) argument(decl *ast.FuncDecl, k int, p *place) (ast.Expr, *place) {
	if k < 0 {
		return nil, nil
	}
	for i := p.index + 1; i < len(f.leak.Chain); i++ {
		caller := f.at(i)
		if caller == nil {
			return nil, nil
		}
		if caller.decl == decl {
			continue // a literal in it was on the stack
		}
		for _, call := range nodes[*ast.CallExpr](caller) {
			if gosyntax.LastName(call.Fun) == decl.Name.Name && k < len(call.Args) && !call.Ellipsis.IsValid() {
				return call.Args[k], caller
			}
		}
		return nil, nil
	}
	return nil, nil
}

// made describes the statement of a variable.
func made(file *file, around []ast.Node, value ast.Expr, at *place) *origin {
	if value == nil {
		return nil
	}
	o := &origin{place: at, value: value}
	if at.file != file { // a variable of the package
		o.place = &place{file: file, index: at.index, call: at.call}
	}
	for _, n := range around {
		switch n := n.(type) {
		case *ast.AssignStmt:
			o.stmt = n
		case *ast.DeclStmt:
			o.stmt = n
		case *ast.Ident:
			o.name = n
		}
	}
	if o.stmt == nil || value.Pos() < o.stmt.Pos() || value.End() > o.stmt.End() {
		// The value stands where a function is called: Start(make(chan int)).
		o.stmt, o.name = nil, nil
	}
	return o
}

// field finds the one place that sets a field. If there are several, the one in the
// function around p counts.
func (f *finder) field(v *types.Var, p *place) *origin {
	var all []*origin
	for _, file := range p.pkg.files {
		set := func(name, value ast.Expr) {
			all = append(all, &origin{place: &place{file: file, index: p.index, call: p.call},
				name: name, value: value})
		}
		of := func(id *ast.Ident) bool {
			o, ok := p.pkg.info.Uses[id].(*types.Var)
			return ok && o.Origin() == v
		}
		ast.Inspect(file.tree, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.KeyValueExpr:
				if id, ok := m.Key.(*ast.Ident); ok && of(id) {
					set(m.Key, m.Value)
				}
			case *ast.AssignStmt:
				for i, left := range m.Lhs {
					if sel, ok := left.(*ast.SelectorExpr); ok && of(sel.Sel) && len(m.Lhs) == len(m.Rhs) {
						set(left, m.Rhs[i])
					}
				}
			}
			return true
		})
	}
	if len(all) > 1 && p.decl != nil {
		all = slices.DeleteFunc(all, func(o *origin) bool {
			return o.value.Pos() < p.decl.Pos() || o.value.End() > p.decl.End()
		})
	}
	if len(all) != 1 {
		return nil
	}
	return all[0]
}

// holding is the file of the package that a position is in.
func (p *pkg) holding(pos token.Pos) *file {
	for _, f := range p.files {
		if f.tree.FileStart <= pos && pos <= f.tree.FileEnd {
			return f
		}
	}
	return nil
}

// valueOf is what the name at a position was given.
func valueOf(pos token.Pos, names, values []ast.Expr) ast.Expr {
	for i, name := range names {
		if name.Pos() != pos {
			continue
		}
		switch {
		case len(names) == len(values):
			return values[i]
		case len(values) == 1:
			return values[0]
		}
	}
	return nil
}

// assignedAgain reports whether a variable gets another value after its
// declaration.
func assignedAgain(v *types.Var, in *file, at token.Pos) bool {
	return gosyntax.Has(in.tree, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		return ok && a.Pos() != at && slices.ContainsFunc(a.Lhs, func(left ast.Expr) bool { return in.object(left) == v })
	})
}

// parameter is the number of the parameter that is declared at a position, or -1.
func parameter(fn *ast.FuncType, pos token.Pos) int {
	k := 0
	for id := range gosyntax.Fields(fn.Params) {
		if id.Pos() == pos {
			return k
		}
		k++
	}
	return -1
}
