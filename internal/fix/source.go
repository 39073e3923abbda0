package fix

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"go/version"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// Source is the code of a module, read as far as it is needed. It is for one
// goroutine.
type Source struct {
	dir  string // of the module
	fset *token.FileSet
	dirs map[string][]*pkg // by folder
	// decls are what the folders declare that were asked for, libraries' as well.
	decls map[string]*gosyntax.Declarations
}

// NewSource reads the module whose go.mod is in dir.
func NewSource(dir string) *Source {
	return &Source{dir: dir, fset: token.NewFileSet(), dirs: map[string][]*pkg{},
		decls: map[string]*gosyntax.Declarations{}}
}

// pkg is the files of one package in one folder.
type pkg struct {
	name  string
	files []*file
	info  types.Info
}

// file is a file as it is on disk.
type file struct {
	path string
	rel  string // below the folder of the module, with slashes
	disk []byte
	text []byte // of the disk, with line ends of Unix
	tree *ast.File
	pkg  *pkg
	fset *token.FileSet
}

// packages returns those in a folder. They cannot be read where a file is not Go:
// that one is left out.
func (s *Source) packages(dir string) []*pkg {
	if all, ok := s.dirs[dir]; ok {
		return all
	}
	s.dirs[dir] = nil
	names, _ := filepath.Glob(filepath.Join(dir, "*.go")) // a folder that cannot be read has none
	for _, name := range names {
		if ok, err := build.Default.MatchFile(dir, filepath.Base(name)); err != nil || !ok {
			continue
		}
		s.read(name)
	}
	for _, p := range s.dirs[dir] {
		p.check(s.fset)
	}
	return s.dirs[dir]
}

// read adds a file to the packages of its folder.
func (s *Source) read(name string) *file {
	disk, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	text := bytes.ReplaceAll(disk, []byte("\r\n"), []byte("\n"))
	tree, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	rel, err := filepath.Rel(s.dir, name)
	if err != nil {
		return nil
	}
	dir := filepath.Dir(name)
	i := slices.IndexFunc(s.dirs[dir], func(p *pkg) bool { return p.name == tree.Name.Name })
	if i < 0 {
		i = len(s.dirs[dir])
		s.dirs[dir] = append(s.dirs[dir], &pkg{name: tree.Name.Name})
	}
	p := s.dirs[dir][i]
	f := &file{path: name, rel: filepath.ToSlash(rel), disk: disk, text: text, tree: tree, pkg: p, fset: s.fset}
	p.files = append(p.files, f)
	return f
}

// file returns a file of the module, also one that a build constraint leaves out
// of the packages that this process would build.
func (s *Source) file(name string) *file {
	name = filepath.Clean(filepath.FromSlash(name))
	for _, p := range s.packages(filepath.Dir(name)) {
		for _, f := range p.files {
			if f.path == name {
				return f
			}
		}
	}
	f := s.read(name)
	if f != nil {
		f.pkg.check(s.fset)
	}
	return f
}

// goLine is the line of go.mod that says which release of Go a module is for.
var goLine = regexp.MustCompile(`(?m)^go\s+(\S+)`)

// since reports whether a file has what came with a release of Go.
func (s *Source) since(f *file, release string) bool {
	mod, _ := os.ReadFile(filepath.Join(s.dir, "go.mod")) // without one nothing new is there
	m := goLine.FindSubmatch(mod)
	return m != nil && version.Compare("go"+string(m[1]), release) >= 0 &&
		(f.tree.GoVersion == "" || version.Compare(f.tree.GoVersion, release) >= 0)
}

// check resolves names within the package. Imported packages are not known.
func (p *pkg) check(fset *token.FileSet) {
	p.info = types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}}
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.tree)
	}
	conf := types.Config{Importer: strangers{}, Error: func(error) {}, FakeImportC: true}
	_, _ = conf.Check(p.name, fset, files, &p.info) // most errors are of what is imported
}

// strangers imports packages of which nothing but a name is known.
type strangers struct{}

// Import makes an empty package.
func (strangers) Import(name string) (*types.Package, error) {
	base := path.Base(name)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(name))
	}
	base, _, _ = strings.Cut(strings.TrimPrefix(base, "go-"), ".")
	pkg := types.NewPackage(name, strings.ReplaceAll(base, "-", "_"))
	pkg.MarkComplete()
	return pkg, nil
}

// refusal is why the file must not be changed; "" where it may be.
func (f *file) refusal() string {
	switch {
	case strings.HasPrefix(f.rel, "../") || filepath.IsAbs(f.rel):
		return f.path + ": it is outside of the main module"
	case strings.Contains("/"+f.rel, "/vendor/"):
		return f.rel + ": it is in a vendor folder"
	case ast.IsGenerated(f.tree):
		return f.rel + ": it is generated; change what generates it"
	case slices.ContainsFunc(f.tree.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` }):
		return f.rel + ": it uses cgo, which compiles another file in its place"
	case bytes.Contains(f.text, []byte("\n//line ")):
		return f.rel + ": it has line directives, so that lines of reports are not its own"
	case len(f.disk) != len(f.text) && bytes.Count(f.disk, []byte("\r\n")) != bytes.Count(f.text, []byte("\n")):
		return f.rel + ": only some of its lines end as on Windows"
	}
	return ""
}

// crlf reports whether all lines end as on Windows.
func (f *file) crlf() bool { return len(f.disk) != len(f.text) }

func (f *file) line(pos token.Pos) int { return f.fset.Position(pos).Line }

func (f *file) offset(pos token.Pos) int { return f.fset.Position(pos).Offset }

// code is the text of a node.
func (f *file) code(n ast.Node) string { return string(f.text[f.offset(n.Pos()):f.offset(n.End())]) }

// path returns the nodes around a position, the file first.
func (f *file) around(pos, end token.Pos) []ast.Node {
	var nodes []ast.Node
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if n == nil || n.Pos() > pos || n.End() < end {
			return false
		}
		nodes = append(nodes, n)
		return true
	})
	return nodes
}

// place is a call in the code of the module.
type place struct {
	*file
	index    int           // in the chain
	call     *Call         // of the chain
	funcs    []function    // the functions around it, outermost first: a declaration and literals
	decl     *ast.FuncDecl // that is the first of these; nil for a literal of a variable
	function               // the innermost one
}

// function is a declaration or a literal.
type function struct {
	node ast.Node
	typ  *ast.FuncType
	body *ast.BlockStmt
}

// at finds the place of a call of the chain; nil where there is no such line.
func (f *finder) at(i int) *place {
	if i < 0 || i >= len(f.leak.Chain) || !f.leak.Chain[i].Own {
		return nil
	}
	c := &f.leak.Chain[i]
	file := f.file(c.File)
	if file == nil {
		return nil
	}
	p := &place{file: file, index: i, call: c}
	depth := c.literals()
	ast.Inspect(file.tree, func(n ast.Node) bool {
		if n == nil || file.line(n.Pos()) > c.Line || file.line(n.End()) < c.Line {
			return false
		}
		// A literal on a line of the function around it may not be what runs.
		_, isLit := n.(*ast.FuncLit)
		if !isLit || file.line(n.Pos()) < c.Line && file.line(n.End()) > c.Line || len(p.funcs) <= depth {
			p.enter(n)
		}
		return true
	})
	if p.body == nil {
		return nil
	}
	return p
}

// enter notes that p is in n, if that is a function.
func (p *place) enter(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		p.decl, p.function = n, function{n, n.Type, n.Body}
	case *ast.FuncLit:
		p.function = function{n, n.Type, n.Body}
	default:
		return
	}
	p.funcs = append(p.funcs, p.function)
}

// scope is the place of a statement, in the function that it stands in; nil for one
// of no function.
func (f *file) scope(s ast.Node, index int) *place {
	p := &place{file: f, index: index, call: &Call{Line: f.line(s.Pos()), Own: true}}
	for _, n := range f.around(s.Pos(), s.End()) {
		p.enter(n)
	}
	if p.body == nil {
		return nil
	}
	return p
}

// nodes returns the nodes of one kind in the innermost function that have the line,
// innermost last. A nil p has none.
func nodes[T ast.Node](p *place) []T {
	var all []T
	if p == nil {
		return nil
	}
	walk(p.body, func(n ast.Node) {
		if t, ok := n.(T); ok && p.line(n.Pos()) <= p.call.Line && p.line(n.End()) >= p.call.Line {
			all = append(all, t)
		}
	})
	return all
}

// methodCall takes a call of a method, or of a function of a package, apart: sel is
// nil where n is no such call, or one of none of the methods, if some are given.
func methodCall(n ast.Node, methods ...string) (c *ast.CallExpr, sel *ast.SelectorExpr) {
	if c, _ = n.(*ast.CallExpr); c == nil {
		return nil, nil
	}
	sel, _ = c.Fun.(*ast.SelectorExpr)
	if sel != nil && len(methods) > 0 && !slices.Contains(methods, sel.Sel.Name) {
		return c, nil
	}
	return c, sel
}

// object is what a name stands for.
func (f *file) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if o := f.pkg.info.Defs[e]; o != nil {
			return o
		}
		return f.pkg.info.Uses[e]
	case *ast.SelectorExpr:
		return f.pkg.info.Uses[e.Sel]
	}
	return nil
}

// is reports whether an expression names a function of a package by its path.
func (f *file) is(e ast.Expr, pkgPath string, names ...string) bool {
	if c, ok := e.(*ast.CallExpr); ok {
		e = c.Fun
	}
	if x, ok := e.(*ast.IndexExpr); ok {
		e = x.X
	}
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || !slices.Contains(names, sel.Sel.Name) {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && f.imported(id) == pkgPath
}

// imported is the path of the package that a name stands for, or "".
func (f *file) imported(id *ast.Ident) string {
	if name, ok := f.pkg.info.Uses[id].(*types.PkgName); ok {
		return name.Imported().Path()
	}
	return ""
}

// fresh is a name that nothing around p has: base, another one, or base with a
// number.
func (p *place) fresh(base string, others ...string) string {
	used := map[string]bool{}
	ast.Inspect(p.funcs[0].node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[id.Name] = true
		}
		return true
	})
	name := base
	for i := 0; used[name] && i < len(others); i++ {
		name = others[i]
	}
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s%d", base, i)
	}
	return name
}
