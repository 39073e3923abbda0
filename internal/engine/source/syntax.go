package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// syntax is a parsed file, asked about its lines. What stands in it is found
// by name, without types: a name that two variables of a function share is
// taken for one.
type syntax struct {
	fset *token.FileSet
	file *ast.File
	text string
}

// syntax parses file, once. It is nil for what is not a Go file; of a file
// with errors it has what could be parsed.
func (t *Tree) syntax(file string) *syntax {
	lines := t.Lines(file)
	if lines == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.parsed[file]
	if !ok {
		// With the lock held, or others would parse the same file meanwhile.
		s = parse(strings.Join(lines, "\n"))
		if t.parsed == nil {
			t.parsed = map[string]*syntax{}
		}
		t.parsed[file] = s
	}
	return s
}

func parse(text string) *syntax {
	s := &syntax{fset: token.NewFileSet(), text: text}
	// A file with errors still has declarations.
	s.file, _ = parser.ParseFile(s.fset, "", text, parser.SkipObjectResolution)
	if s.file == nil {
		return nil
	}
	return s
}

// line is that of the file itself: a //line comment names one of another file.
func (s *syntax) line(p token.Pos) int { return s.fset.PositionFor(p, false).Line }

// within reports whether n covers the line.
func (s *syntax) within(n ast.Node, line int) bool {
	return s.line(n.Pos()) <= line && line <= s.line(n.End())
}

// inspect calls f for the nodes that cover the line, outermost first.
func (s *syntax) inspect(line int, f func(ast.Node)) {
	for _, d := range s.file.Decls {
		if !s.within(d, line) {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if n == nil || !s.within(n, line) {
				return false
			}
			f(n)
			return true
		})
	}
}

// function returns the innermost function around n, a declaration or a
// literal, and the declaration.
func (s *syntax) function(n ast.Node) (inner ast.Node, outer ast.Decl) {
	for _, d := range s.file.Decls {
		if d.Pos() <= n.Pos() && n.End() <= d.End() {
			inner, outer = d, d
		}
	}
	if outer == nil {
		return nil, nil
	}
	ast.Inspect(outer, func(m ast.Node) bool {
		if m == nil || m.Pos() > n.Pos() || n.End() > m.End() {
			return false
		}
		if lit, ok := m.(*ast.FuncLit); ok && lit != n { // a literal is not around itself
			inner = lit
		}
		return true
	})
	return inner, outer
}

// name prints an expression that names something: "s.results", "ctx.Done()",
// "jobs[]". It is "" for other expressions.
func name(e ast.Expr) string { return nameOf(e, maxName) }

// maxName bounds the parts of a name. Nobody writes a longer one.
const maxName = 16

func nameOf(e ast.Expr, parts int) string {
	if parts == 0 {
		return ""
	}
	parts--
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.ParenExpr:
		return nameOf(e.X, parts)
	case *ast.StarExpr:
		return nameOf(e.X, parts)
	case *ast.SelectorExpr:
		return nameOf(e.X, parts) + "." + e.Sel.Name
	case *ast.IndexExpr:
		return nameOf(e.X, parts) + "[]"
	case *ast.CallExpr:
		return nameOf(e.Fun, parts) + "()"
	case *ast.UnaryExpr:
		if e.Op == token.AND { // &s.mu is the lock s.mu
			return nameOf(e.X, parts)
		}
	}
	return ""
}

// last is the part of a name behind its last dot.
func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// definition returns what is assigned to the variable or field that path
// names, as seen in the declaration outer; nil if it is not found. A field
// counts wherever one of its name is set in the file.
func (s *syntax) definition(path string, outer ast.Decl) ast.Expr {
	if strings.Contains(path, ".") {
		return find(s.file, last(path), true)
	}
	if e := find(outer, path, false); e != nil {
		return e
	}
	for _, d := range s.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			if e := find(g, path, false); e != nil {
				return e
			}
		}
	}
	return nil
}

// find returns the value or, failing that, the type that the variable or
// field called name first gets in root.
func find(root ast.Node, want string, field bool) (value ast.Expr) {
	var typ ast.Expr
	pair := func(left, right ast.Expr) {
		if value != nil {
			return
		}
		if path := name(left); path == want && !field || field && last(path) == want && strings.Contains(path, ".") {
			value = right
		}
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Lhs {
				if len(n.Rhs) == len(n.Lhs) { // else one call makes all of them
					pair(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i := range n.Values {
				if len(n.Values) == len(n.Names) {
					pair(n.Names[i], n.Values[i])
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && field && key.Name == want && value == nil {
				value = n.Value
			}
		case *ast.Field:
			for _, id := range n.Names {
				if id.Name == want && typ == nil { // for want of a value
					typ = n.Type
				}
			}
		}
		return value == nil
	})
	if value == nil {
		return typ
	}
	return value
}
