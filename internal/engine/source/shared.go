package source

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Shared reports whether the source shows that g serves the whole package,
// whichever test started it: the call that led to its go statement is in a
// function that runs once for the package ([sync.Once], [sync.OnceValue] and
// their like), or where a package-level variable is set that was not set before.
// A Once of an object that no package-level variable can hold is not shared.
// Shared compares names.
func (t *Tree) Shared(g *stackparse.Goroutine) bool {
	c := g.Creator
	if c == nil {
		return false
	}
	// Many goroutines come from few statements.
	key := fmt.Sprintf("%s %s:%d", c.Func, c.File, c.Line)
	t.mu.Lock()
	shared, known := t.shared[key]
	t.mu.Unlock() // folder takes it for each file
	if known {
		return shared
	}
	// The Once is in the package of the test, or in the one that has the go statement.
	dirs := []string{t.Dir}
	if dir := filepath.Dir(t.locate(c.File)); t.InModule(c.File) != "" && dir != t.Dir {
		dirs = append(dirs, dir)
	}
	shared = slices.ContainsFunc(dirs, func(dir string) bool { return t.folder(dir).shares(c) })
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shared == nil {
		t.shared = map[string]bool{}
	}
	t.shared[key] = shared
	return shared
}

// folder is the files of one package, tests among them.
type folder struct {
	files []*sourceFile
	funcs map[string][]body // functions and methods by name
	vars  map[string]bool   // package-level variables

	mentions map[string][]ast.Node // what a type is made of, and what a function returns, by name
	held     map[string]bool       // the names that the declarations of vars lead to, by way of mentions
}

type sourceFile struct {
	*syntax
	path    string
	imports map[string]string // import paths by the names that the file has for them
}

// body is a piece of code and the file that it is in.
type body struct {
	ast.Node
	file *sourceFile
}

// maxFiles bounds the files of a folder that are read.
const maxFiles = 200

func (t *Tree) folder(dir string) *folder {
	f := &folder{
		funcs: map[string][]body{}, vars: map[string]bool{},
		mentions: map[string][]ast.Node{}, held: map[string]bool{},
	}
	names := goFiles(dir)
	for _, name := range names[:min(len(names), maxFiles)] {
		if s := t.syntax(name); s != nil {
			f.add(&sourceFile{syntax: s, path: name, imports: importsOf(s.file)})
		}
	}
	// Once all files are read: a variable may have the type of another file.
	for _, file := range f.files {
		for _, d := range file.file.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.VAR {
				f.hold(d)
			}
		}
	}
	return f
}

// goFiles returns the paths of the Go files in a folder, sorted.
func goFiles(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1) // os.ReadDir sorts entries, with 20 KB of code that nothing else needs
	names = slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) != ".go" })
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	slices.Sort(names)
	return names
}

func (f *folder) add(file *sourceFile) {
	f.files = append(f.files, file)
	for _, d := range file.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				// Without types all methods of one name are followed.
				f.funcs[d.Name.Name] = append(f.funcs[d.Name.Name], body{d.Body, file})
			}
			if d.Type.Results != nil {
				f.mentions[d.Name.Name] = append(f.mentions[d.Name.Name], d.Type.Results)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						f.vars[name.Name] = f.vars[name.Name] || d.Tok == token.VAR
					}
				case *ast.TypeSpec:
					f.mentions[spec.Name.Name] = append(f.mentions[spec.Name.Name], spec.Type)
				}
			}
		}
	}
}

// hold records the names in n and what they lead to.
func (f *folder) hold(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && !f.vars[pkg.Name] {
				return false // a name of another package
			}
		case *ast.Field:
			f.hold(n.Type) // without the name of the field
			return false
		case *ast.Ident:
			if f.held[n.Name] {
				break
			}
			f.held[n.Name] = true
			for _, m := range f.mentions[n.Name] {
				f.hold(m)
			}
		}
		return true
	})
}

// importsOf returns the import paths of a file by the names that it uses.
func importsOf(file *ast.File) map[string]string {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		// Without a name in the import, the path's last element is the likely one, except for a version.
		name := filepath.Base(path)
		if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
			name = filepath.Base(filepath.Dir(path))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = path
	}
	return imports
}

// shares reports whether code that is run for all leads to the go statement c.
func (f *folder) shares(c *stackparse.Creator) bool {
	return slices.ContainsFunc(f.files, func(file *sourceFile) bool {
		return slices.ContainsFunc(file.file.Decls, func(d ast.Decl) bool {
			return gosyntax.Has(d, func(n ast.Node) bool {
				return slices.ContainsFunc(f.forAll(n, d, file), func(code body) bool { return f.leads(code, c, maxCalls) })
			})
		})
	})
}

// forAll returns the code in n, a part of d, that is run once for all tests: what
// is given to a Once, and what sets a package-level variable where it is not set yet.
func (f *folder) forAll(n ast.Node, d ast.Decl, file *sourceFile) []body {
	switch n := n.(type) {
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || len(n.Args) != 1 {
			return nil
		}
		pkg, _ := sel.X.(*ast.Ident)
		// OnceFunc, OnceValue, OnceValues; Do may be of any type, as types are not known.
		once := pkg != nil && file.imports[pkg.Name] == "sync" && strings.HasPrefix(sel.Sel.Name, "Once")
		if !once && (sel.Sel.Name != "Do" || !f.outlives(sel.X, d, file)) {
			return nil
		}
		if lit, ok := n.Args[0].(*ast.FuncLit); ok {
			return []body{{lit.Body, file}}
		}
		return f.funcs[gosyntax.LastName(n.Args[0])]
	case *ast.IfStmt: // if srv == nil { srv = start() }
		if names(n.Cond, f.vars) && f.sets(n.Body) {
			return []body{{n.Body, file}}
		}
	}
	return nil
}

// outlives reports whether x, in d, may be there for all tests: it is a package-level
// variable or a part of one, or of a parameter whose type such a variable can hold.
func (f *folder) outlives(x ast.Expr, d ast.Decl, file *sourceFile) bool {
	root := rootOf(x)
	if fn, ok := d.(*ast.FuncDecl); ok {
		for id, p := range gosyntax.Fields(fn.Recv, fn.Type.Params) {
			if root != "" && id.Name == root {
				return names(p.Type, f.held)
			}
		}
	}
	return f.vars[root] || file.imports[root] != ""
}

// rootOf is the name that a chain of fields and elements begins with, or "".
func rootOf(x ast.Expr) string {
	root, _, _ := strings.Cut(name(x), ".")
	if strings.Contains(name(x), "()") {
		return "" // what a function returns may be anybody's
	}
	return strings.TrimSuffix(root, "[]")
}

// names reports whether x has one of the names.
func names(x ast.Expr, all map[string]bool) bool {
	return gosyntax.Has(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && all[id.Name]
	})
}

// sets reports whether a statement of the block sets a package-level variable.
func (f *folder) sets(block *ast.BlockStmt) bool {
	return slices.ContainsFunc(block.List, func(s ast.Stmt) bool {
		assign, ok := s.(*ast.AssignStmt)
		return ok && assign.Tok == token.ASSIGN && slices.ContainsFunc(assign.Lhs, func(x ast.Expr) bool {
			v, ok := x.(*ast.Ident)
			return ok && f.vars[v.Name]
		})
	})
}

// maxCalls bounds how many calls are followed from the code that is shared to
// the one that has the go statement.
const maxCalls = 4

// leads reports whether code has the go statement c, or calls what has it.
func (f *folder) leads(code body, c *stackparse.Creator, calls int) bool {
	if code.holds(c) {
		return true
	}
	started := stackparse.ParseFunc(c.Func)
	// named follows a call of a function or method of the folder.
	named := func(name string) bool {
		return name == started.Name ||
			calls > 0 && slices.ContainsFunc(f.funcs[name], func(b body) bool { return f.leads(b, c, calls-1) })
	}
	return gosyntax.Has(code.Node, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			return named(fun.Name)
		case *ast.SelectorExpr:
			if pkg, _ := fun.X.(*ast.Ident); pkg != nil && code.file.imports[pkg.Name] != "" {
				// A call into another package starts nothing here.
				return !f.holds(c) && related(code.file.imports[pkg.Name], started.Package)
			}
			return named(fun.Sel.Name)
		}
		return false
	})
}

// holds reports whether the go statement c is in a function of the folder.
func (f *folder) holds(c *stackparse.Creator) bool {
	return slices.ContainsFunc(f.funcs[stackparse.ParseFunc(c.Func).Name], func(b body) bool { return b.holds(c) })
}

// holds reports whether the go statement c is in b. The program may have been
// built with -trimpath or in another folder, so that only the file's name counts.
func (b body) holds(c *stackparse.Creator) bool {
	return filepath.Base(c.File) == filepath.Base(b.file.path) && b.file.within(b.Node, c.Line)
}

// related reports whether a call into one package may start goroutines in the
// other: one lies below the other, or both are of one module, as far as paths
// tell.
func related(a, b string) bool {
	if strings.HasPrefix(a+"/", b+"/") || strings.HasPrefix(b+"/", a+"/") {
		return true
	}
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	return strings.Contains(x[0], ".") && len(x) > 2 && len(y) > 2 && slices.Equal(x[:3], y[:3])
}
