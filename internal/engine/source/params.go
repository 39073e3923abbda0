package source

import (
	"go/ast"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Param is the receiver or a parameter of a function.
type Param struct {
	Name string // "" where it has none
	Type string // as the source has it
}

// Params are the receiver and the parameters of the function that f is in. They
// are nil where its source cannot be read or is that of another function.
func (t *Tree) Params(f *stackparse.Frame) []Param {
	s, fn := t.functionAt(f)
	name := stackparse.ParseFunc(f.Func)
	switch {
	case fn.body == nil:
		return nil
	case literals(f.Func) > 0 && fn.lit != nil:
		return s.params(fn.lit.Type.Params)
	// Else the file is another one now.
	case name.Closure == "" && fn.lit == nil && fn.decl != nil && fn.decl.Name.Name == name.Name:
		return s.params(fn.decl.Recv, fn.decl.Type.Params)
	}
	return nil
}

func (s *syntax) params(lists ...*ast.FieldList) []Param {
	all := []Param{}
	for id, f := range gosyntax.Fields(lists...) {
		p := Param{Name: id.Name, Type: s.code(f.Type)}
		if p.Name == "_" {
			p.Name = "" // it says as much as no name
		}
		all = append(all, p)
	}
	return all
}

// code is the text of n, "" where that has several lines.
func (s *syntax) code(n ast.Node) string {
	from, to := s.fset.PositionFor(n.Pos(), false).Offset, s.fset.PositionFor(n.End(), false).Offset
	if to > len(s.text) || strings.Contains(s.text[from:to], "\n") {
		return ""
	}
	return s.text[from:to]
}
