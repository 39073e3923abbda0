package migrate

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
)

// checker is another leak checker.
type checker struct {
	name  string   // as in messages
	names []string // what a dot import brings in
}

// checkers are the checkers by their import paths.
var checkers = map[string]*checker{
	"go.uber.org/goleak":          goleakChecker,
	ownPath + "/leakcheck/goleak": goleakChecker,
	"github.com/fortytw2/leaktest": {"leaktest", []string{"Check", "CheckTimeout", "CheckContext", "ErrorReporter",
		"TickerInterval"}},
	"github.com/onsi/gomega/gleak":           gleakChecker,
	"github.com/onsi/gomega/gleak/goroutine": gleakChecker,
	ownPath + "/leakcheck/gleak":             gleakChecker,
	ownPath + "/leakcheck/gleak/goroutine":   gleakChecker,
}

var goleakChecker = &checker{"goleak",
	[]string{"VerifyNone", "VerifyTestMain", "Find", "IgnoreTopFunction", "IgnoreAnyFunction",
		"IgnoreCreatedBy", "IgnoreCurrent", "Cleanup", "RunOnFailure", "Option", "TestingT", "TestingM"}}

// gleakChecker is two packages, whose names differ except for two of the same meaning.
var gleakChecker = &checker{"gleak",
	[]string{"Goroutines", "Goroutine", "HaveLeaked", "IgnoringTopFunction", "IgnoringGoroutines", "IgnoringInBacktrace",
		"IgnoringCreator", "G", "IgnoreGinkgoParallelClient", "Current"}}

const (
	ownPath     = "github.com/leakcheck-go/goroutine"
	checkPath   = ownPath + "/leakcheck"
	filtersPath = ownPath + "/filters"
	gomegaPath  = "github.com/onsi/gomega"
)

// pkg is the files of one package in one folder.
type pkg struct {
	fset  *token.FileSet
	files []*file
	info  types.Info
	scope *types.Scope
}

// file is a file of a package.
type file struct {
	path string
	src  []byte
	tree *ast.File
	pkg  *pkg

	checkers map[*ast.ImportSpec]*checker
	dots     map[string]*checker // names that a dot import brings in
	names    map[string]string   // import path -> name in this file; "." for a dot import
}

func (p *pkg) used() bool { return slices.ContainsFunc(p.files, (*file).usesChecker) }

func (f *file) usesChecker() bool { return len(f.checkers) > 0 }

func (f *file) readImports() {
	f.checkers, f.dots, f.names = map[*ast.ImportSpec]*checker{}, map[string]*checker{}, map[string]string{}
	for _, spec := range f.tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		f.names[imported] = path.Base(imported)
		if spec.Name != nil {
			f.names[imported] = spec.Name.Name
		}
		c := checkers[imported]
		if c == nil || f.names[imported] == "_" {
			continue
		}
		f.checkers[spec] = c
		if f.names[imported] == "." {
			for _, name := range c.names {
				f.dots[name] = c
			}
		}
	}
}

// resolve finds out what the names of the package mean. What it imports is not
// read, except for the types of a test, and errors are of no interest: a folder
// holds the files of all platforms.
func (p *pkg) resolve() {
	p.info = types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}}
	cfg := types.Config{Importer: testingOnly{}, FakeImportC: true, Error: func(error) {}}
	trees := make([]*ast.File, len(p.files))
	for i, f := range p.files {
		trees[i] = f.tree
	}
	checked, _ := cfg.Check(p.files[0].tree.Name.Name, p.fset, trees, &p.info)
	p.scope = checked.Scope()
}

// testingOnly imports package testing, with nothing in it but the names of the
// types of tests.
type testingOnly struct{}

func (testingOnly) Import(path string) (*types.Package, error) {
	if path != "testing" {
		return nil, errors.New("not read")
	}
	testing := types.NewPackage(path, path)
	for _, name := range []string{"T", "B", "F", "M", "TB"} {
		obj := types.NewTypeName(token.NoPos, testing, name, nil)
		types.NewNamed(obj, types.NewStruct(nil, nil), nil)
		testing.Scope().Insert(obj)
	}
	testing.MarkComplete()
	return testing, nil
}

// checkerName returns the checker that e names something of, and the name.
func (f *file) checkerName(e ast.Node) (*checker, string) {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		if path, ok := f.packageOf(e.X); ok {
			return checkers[path], e.Sel.Name
		}
	case *ast.Ident:
		if c := f.dots[e.Name]; c != nil && f.pkg.info.Uses[e] == nil && !f.defines(e) {
			return c, e.Name
		}
	}
	return nil, ""
}

// defines reports whether e gives its name to something new. An embedded field
// gets the name of its type, which is what e names.
func (f *file) defines(e *ast.Ident) bool {
	obj := f.pkg.info.Defs[e]
	field, ok := obj.(*types.Var)
	return obj != nil && !(ok && field.Embedded())
}

// packageOf returns the import path of the package that e is the name of.
func (f *file) packageOf(e ast.Expr) (string, bool) {
	id, ok := e.(*ast.Ident)
	if !ok {
		return "", false
	}
	if name, ok := f.pkg.info.Uses[id].(*types.PkgName); ok {
		return name.Imported().Path(), true
	}
	return "", false
}

// isTest reports whether e is certain to have the methods of a test of package
// testing: by its type, or because it is the T of a suite of testify.
func (f *file) isTest(e ast.Expr) bool {
	t := f.pkg.info.TypeOf(e)
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil {
		return named.Obj().Pkg().Path() == "testing" && named.Obj().Name() != "M"
	}
	if id, ok := e.(*ast.Ident); ok {
		e = f.definition(id)
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "T"
}

// definition returns the expression that a local variable was defined with, or
// nil.
func (f *file) definition(id *ast.Ident) ast.Expr {
	obj := f.pkg.info.Uses[id]
	if obj == nil {
		return nil
	}
	var found ast.Expr
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.DEFINE && len(a.Lhs) == len(a.Rhs) {
			for i, lhs := range a.Lhs {
				if lhs, ok := lhs.(*ast.Ident); ok && f.pkg.info.Defs[lhs] == obj {
					found = a.Rhs[i]
				}
			}
		}
		return found == nil
	})
	return found
}
