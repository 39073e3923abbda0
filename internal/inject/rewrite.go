package inject

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	alias     = "leakcheckinjected"  // the name that injected code imports our package by
	paramName = "leakcheckinjectedT" // given to parameters that have none
)

// testFile is a test file and what is to be changed in it.
type testFile struct {
	name string // as messages give it
	path string // absolute
	src  []byte
	fset *token.FileSet
	tree *ast.File

	testing  string   // the name that package testing has here; "." for a dot import, "" without an import
	edits    []edit   // everything but the import
	checks   int      // tests, benchmarks, subtests and fuzz callbacks that get a Verify
	runs     int      // calls m.Run() that are replaced
	main     bool     // whether TestMain is here
	handedTo []string // functions that get a *testing.M
}

// parse reads a test file. The error gives the place of the first mistake.
func parse(name string, src []byte) (*testFile, error) {
	f := &testFile{name: name, src: src, fset: token.NewFileSet()}
	var err error
	f.tree, err = parser.ParseFile(f.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, spec := range f.tree.Imports {
		if spec.Path.Value != `"testing"` {
			continue
		}
		f.testing = "testing"
		if spec.Name != nil {
			f.testing = spec.Name.Name
		}
	}
	return f, nil
}

// imports returns the import paths of f.
func (f *testFile) imports() []string {
	var paths []string
	for _, spec := range f.tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// injectMain has TestMain, and the functions that it may hand its *testing.M
// to, call Run of our package where they call that of m.
func (f *testFile) injectMain() {
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		m := f.param(fn.Type, "M")
		if m == nil {
			continue
		}
		if fn.Name.Name == "TestMain" && fn.Recv == nil {
			f.main = true
			f.insert(fn.Body.Lbrace+1, " defer "+alias+".Exit();")
		}
		for _, name := range m.Names {
			f.replaceRuns(fn.Body, name.Name)
		}
	}
}

// replaceRuns turns m.Run() into leakcheckinjected.Run(m).
func (f *testFile) replaceRuns(body *ast.BlockStmt, m string) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "Run" && len(call.Args) == 0 && isIdent(sel.X, m) {
			f.runs++
			// Line ends go where no semicolon can come of them.
			f.insert(call.Pos(), alias+".Run("+f.newlines(sel.X.End(), call.End()))
			f.replace(sel.X.End(), call.End(), ")")
			return true
		}
		for _, arg := range call.Args {
			if isIdent(arg, m) {
				f.handedTo = append(f.handedTo, f.text(call.Fun))
			}
		}
		return true
	})
}

// injectTests puts a Verify at the start of every test and benchmark, and of the
// function literals that are seen to become a subtest or a fuzz callback.
func (f *testFile) injectTests() {
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil || fn.Recv != nil || fn.Type.TypeParams != nil {
			continue
		}
		if isTestName(fn.Name.Name, "Test") && fn.Type.Params.NumFields() == 1 {
			f.verify(fn.Type, fn.Body, "T")
		}
		if isTestName(fn.Name.Name, "Benchmark") && fn.Type.Params.NumFields() == 1 {
			f.verify(fn.Type, fn.Body, "B")
		}
	}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			f.injectLiteral(call)
		}
		return true
	})
}

// injectLiteral handles t.Run("name", func(t *testing.T) {...}), the same for
// benchmarks, and f.Fuzz(func(t *testing.T, ...) {...}). Of what type t and f
// are it need not know: a function literal with such a parameter is a test.
func (f *testFile) injectLiteral(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	lit, ok := call.Args[len(call.Args)-1].(*ast.FuncLit)
	if !ok {
		return
	}
	switch n := lit.Type.Params.NumFields(); {
	case sel.Sel.Name == "Run" && len(call.Args) == 2 && n == 1:
		if !f.verify(lit.Type, lit.Body, "T") {
			f.verify(lit.Type, lit.Body, "B")
		}
	case sel.Sel.Name == "Fuzz" && len(call.Args) == 1 && n > 1:
		f.verify(lit.Type, lit.Body, "T")
	}
}

// verify puts a Verify at the start of body, on the line of its brace, when the
// first parameter is a pointer to testing.<kind>. It names the parameter if need be.
func (f *testFile) verify(fn *ast.FuncType, body *ast.BlockStmt, kind string) bool {
	first := fn.Params.List[0]
	if !f.isTesting(first.Type, kind) || fn.Results != nil {
		return false
	}
	name := paramName
	switch {
	case len(first.Names) == 0:
		f.insert(first.Type.Pos(), paramName+" ")
		for _, p := range fn.Params.List[1:] { // either all parameters have names or none has
			f.insert(p.Type.Pos(), "_ ")
		}
	case first.Names[0].Name == "_":
		f.replace(first.Names[0].Pos(), first.Names[0].End(), paramName)
	default:
		name = first.Names[0].Name
	}
	f.insert(body.Lbrace+1, fmt.Sprintf(" %s.Verify(%s);", alias, name))
	f.checks++
	return true
}

// result returns the text with all changes, on the same lines. importPath is
// that of our package. It returns nil when nothing is changed.
func (f *testFile) result(importPath string) []byte {
	if len(f.edits) == 0 {
		return nil
	}
	at := offset(f.fset, f.tree.Name.End())
	return splice(f.src, append([]edit{{at, at, fmt.Sprintf("; import %s %q", alias, importPath)}}, f.edits...))
}

// param returns the parameter of type *testing.<kind>, which must have a name.
func (f *testFile) param(fn *ast.FuncType, kind string) *ast.Field {
	for _, p := range fn.Params.List {
		if f.isTesting(p.Type, kind) {
			return p
		}
	}
	return nil
}

// isTesting reports whether x is the type *testing.<kind>.
func (f *testFile) isTesting(x ast.Expr, kind string) bool {
	star, ok := x.(*ast.StarExpr)
	if !ok || f.testing == "" {
		return false
	}
	if f.testing == "." {
		return isIdent(star.X, kind)
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == kind && isIdent(sel.X, f.testing)
}

func (f *testFile) insert(at token.Pos, text string) {
	o := offset(f.fset, at)
	f.edits = append(f.edits, edit{o, o, text})
}

func (f *testFile) replace(from, to token.Pos, text string) {
	f.edits = append(f.edits, edit{offset(f.fset, from), offset(f.fset, to), text})
}

// newlines returns the line ends between two places alone: a stand-in for code
// that is taken away, so that the lines after it keep their numbers.
func (f *testFile) newlines(from, to token.Pos) string {
	src := f.src[offset(f.fset, from):offset(f.fset, to)]
	return strings.Repeat("\n", strings.Count(string(src), "\n"))
}

// text is the source of n on one line.
func (f *testFile) text(n ast.Node) string {
	src := f.src[offset(f.fset, n.Pos()):offset(f.fset, n.End())]
	return strings.Join(strings.Fields(string(src)), " ")
}

func isIdent(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// isTestName reports whether the go command takes a function of this name for a
// test: after the prefix comes no lower-case letter.
func isTestName(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(first)
}
