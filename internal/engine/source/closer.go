package source

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Closer is how what a function of a library made is stopped, as the library's
// source says.
type Closer struct {
	Type    string   // as code outside of the package writes it: "sarama.SyncProducer"; "" where it is not known
	Methods []string // those of its methods that stop it, at most two
	Context bool     // the function takes a context, which may stop it as well
}

// closing are the names of methods that stop something, the usual ones first.
var closing = []string{
	"Close", "Shutdown", "Stop", "GracefulStop", "Release", "Disconnect", "Terminate", "Cancel", "Quit",
}

// maxPackageFiles bounds the files of the package that is read for a Closer.
const maxPackageFiles = 2000

// Closer returns how to stop what fn made, the full name of a function that is
// declared in file or in its folder. A constructor makes what it returns; a method
// that returns nothing of the kind, and a function that is not exported, belong to
// their receiver. The zero Closer stands for what the source does not show.
func (t *Tree) Closer(fn, file string) Closer {
	name := stackparse.ParseFunc(fn)
	p := t.declarations(file)
	if p == nil || name.Name == "" {
		return Closer{}
	}
	receiver := strings.TrimPrefix(name.Receiver, "*")
	// The second form has type parameters.
	p.load(" "+name.Name+"(", " "+name.Name+"[")
	decl := p.Funcs[receiver+"."+name.Name]
	if decl == nil {
		return Closer{}
	}
	c := Closer{Context: takesContext(decl.Type)}
	// A constructor may be a method: what it returns comes before its receiver.
	var made []string
	for _, f := range gosyntax.Fields(decl.Type.Results) {
		made = append(made, gosyntax.TypeName(f.Type))
	}
	for _, typ := range append(made, receiver) {
		if methods := p.methods(typ); len(methods) > 0 {
			c.Type, c.Methods = p.name+"."+typ, methods
			return c
		}
	}
	return c
}

// declarations are those of a package that a Closer needs. Only files that name what
// is looked for are parsed, since a package may be large.
type declarations struct {
	*gosyntax.Declarations
	tree  *Tree
	files []string // not parsed yet
	name  string
}

// declarations reads the package that file belongs to, with the files of all
// systems. It is nil where there is no source.
func (t *Tree) declarations(file string) *declarations {
	path := t.locate(filepath.FromSlash(file))
	if !filepath.IsAbs(path) {
		return nil
	}
	files := goFiles(filepath.Dir(path))
	if files == nil || len(files) > maxPackageFiles {
		return nil
	}
	p := &declarations{Declarations: gosyntax.NewDeclarations(), tree: t}
	// What tests declare is not there for the code that imports the package.
	p.files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
	return p
}

// load parses the files with a line in which one of the words stands.
func (p *declarations) load(words ...string) {
	// A parsed file leaves the list: the next call searches the rest.
	p.files = slices.DeleteFunc(p.files, func(file string) bool {
		if !slices.ContainsFunc(p.tree.Lines(file), func(line string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) })
		}) {
			return false
		}
		if s := p.tree.syntax(file); s != nil {
			p.Add(s.file)
			p.name = s.file.Name.Name
		}
		return true
	})
}

// loadType parses the files that say which methods a type has.
func (p *declarations) loadType(typ string, deep int) {
	if typ == "" || deep < 0 {
		return
	}
	// The type itself, and receivers: (c Client) and (c *Client), also with type parameters.
	p.load("type "+typ+" ", "type "+typ+"[", " "+typ+") ", "*"+typ+") ", "*"+typ+"[", " "+typ+"[")
	for id, f := range gosyntax.Fields(p.Members(typ)) {
		if id.Name == "" {
			p.loadType(gosyntax.TypeName(f.Type), deep-1)
		}
	}
}

// methods returns those of a type that stop it, at most two.
func (p *declarations) methods(typ string) []string {
	p.loadType(typ, gosyntax.MaxEmbedded)
	var found []string
	for _, name := range closing {
		if p.Method(typ, name) != nil {
			found = append(found, name)
		}
	}
	return found[:min(len(found), 2)]
}

func takesContext(fn *ast.FuncType) bool {
	return slices.ContainsFunc(fn.Params.List, func(f *ast.Field) bool {
		sel, ok := f.Type.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Context"
	})
}

// Assigned returns what line n of file assigns the first result of a call to:
// "producer" of producer, err := sarama.NewSyncProducer(addrs, config). It is ""
// where the line has no such assignment.
func (t *Tree) Assigned(file string, n int) string {
	s := t.syntax(file)
	if s == nil {
		return ""
	}
	to := ""
	s.inspect(n, func(node ast.Node) {
		a, ok := node.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return
		}
		if _, call := a.Rhs[0].(*ast.CallExpr); call {
			to = name(a.Lhs[0])
		}
	})
	if to == "_" {
		return "" // the result was thrown away
	}
	return to
}
