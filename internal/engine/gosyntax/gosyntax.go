// Package gosyntax answers questions about parsed Go code that need no types.
package gosyntax

import (
	"go/ast"
	"iter"
)

// Has reports whether f is true of a node in root.
func Has(root ast.Node, f func(ast.Node) bool) bool {
	found := false
	ast.Inspect(root, func(n ast.Node) bool {
		found = found || n != nil && f(n)
		return !found
	})
	return found
}

// LastName is the name that an expression ends with: "Get" of http.Get, of c.Get and
// of Get[int]. It is "" for what ends in no name.
func LastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.ParenExpr:
		return LastName(e.X)
	case *ast.IndexExpr:
		return LastName(e.X)
	case *ast.IndexListExpr:
		return LastName(e.X)
	}
	return ""
}

// TypeName is the name of a type of the same package, also behind a pointer and with
// type arguments; "" for others.
func TypeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return TypeName(e.X)
	case *ast.IndexExpr:
		return TypeName(e.X)
	case *ast.IndexListExpr:
		return TypeName(e.X)
	}
	return ""
}

// Fields yields what the lists declare, each name with its field. What has no name,
// such as what a type embeds, comes with an empty one. A list may be nil.
func Fields(lists ...*ast.FieldList) iter.Seq2[*ast.Ident, *ast.Field] {
	return func(yield func(*ast.Ident, *ast.Field) bool) {
		for _, list := range lists {
			if list == nil {
				continue
			}
			for _, f := range list.List {
				if len(f.Names) == 0 && !yield(&ast.Ident{}, f) {
					return
				}
				for _, id := range f.Names {
					if !yield(id, f) {
						return
					}
				}
			}
		}
	}
}

// Declarations are the functions and types of a package.
type Declarations struct {
	Funcs map[string]*ast.FuncDecl // by receiver and name: "Client.Close", ".New"
	Types map[string]ast.Expr
}

// NewDeclarations returns those of no file.
func NewDeclarations() *Declarations {
	return &Declarations{Funcs: map[string]*ast.FuncDecl{}, Types: map[string]ast.Expr{}}
}

// Add adds what a file declares.
func (d *Declarations) Add(file *ast.File) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			receiver := ""
			if decl.Recv != nil && len(decl.Recv.List) == 1 {
				receiver = TypeName(decl.Recv.List[0].Type)
			}
			d.Funcs[receiver+"."+decl.Name.Name] = decl
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					d.Types[spec.Name.Name] = spec.Type
				}
			}
		}
	}
}

// Members are the fields of a struct or the methods of an interface, with what it
// embeds; nil for another type.
func (d *Declarations) Members(typ string) *ast.FieldList {
	switch expr := d.Types[typ].(type) {
	case *ast.InterfaceType:
		return expr.Methods
	case *ast.StructType:
		return expr.Fields
	}
	return nil
}

// MaxEmbedded bounds how many types deep a method is looked for: types may embed each
// other.
const MaxEmbedded = 4

// Method returns the method of a type: its own, one of its interface, or one of what
// it embeds. It is nil if there is none.
func (d *Declarations) Method(typ, name string) *ast.FuncType {
	return d.method(typ, name, MaxEmbedded)
}

func (d *Declarations) method(typ, name string, deep int) *ast.FuncType {
	if typ == "" {
		return nil // of another package
	}
	if fn := d.Funcs[typ+"."+name]; fn != nil {
		return fn.Type
	}
	for id, f := range Fields(d.Members(typ)) {
		switch fn, isFunc := f.Type.(*ast.FuncType); {
		case isFunc && id.Name == name:
			return fn
		case id.Name == "" && deep > 0:
			if fn := d.method(TypeName(f.Type), name, deep-1); fn != nil {
				return fn
			}
		}
	}
	return nil
}
