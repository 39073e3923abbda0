package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// program is a folder with a program whose init functions register kernels:
//
//	func init() { register("ChanSend", ChanSend) }
type program struct {
	name     string   // of its folder in the module that is made of it
	dir      string   // where it stands
	leaveOut []string // files that are not wanted
	family   string   // of its kernels; "" names each after its file
}

// kernel is a function that leaks goroutines.
type kernel struct {
	name   string // of the function
	family string
}

// runtimePrograms are the programs with kernels in a Go 1.27 source tree.
func runtimePrograms(goroot string) []program {
	dir := filepath.Join(goroot, "src", "runtime", "testdata", "testgoroutineleakprofile")
	return []program{
		// The stress tests load the profile; they are no mistakes of programmers.
		{name: "patterns", dir: dir, leaveOut: []string{"stresstests.go"}},
		{name: "goker", dir: filepath.Join(dir, "goker"), family: "goker"},
	}
}

// sourceFile is a parsed file of a program.
type sourceFile struct {
	name string
	*ast.File
}

// parse reads the files of p. Comments are left out: what is rewritten later
// would have to carry them along.
func (p program) parse(fset *token.FileSet) ([]sourceFile, error) {
	paths, err := filepath.Glob(filepath.Join(p.dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no Go files; these kernels came with Go 1.27", p.dir)
	}
	var files []sourceFile
	for _, path := range paths {
		name := filepath.Base(path)
		if slices.Contains(p.leaveOut, name) {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, sourceFile{name, f})
	}
	return files, nil
}

// kernels lists what p registers, in the order of its files.
func (p program) kernels() ([]kernel, error) {
	files, err := p.parse(token.NewFileSet())
	if err != nil {
		return nil, err
	}
	var all []kernel
	for _, f := range files {
		family := p.family
		if family == "" {
			family = strings.TrimSuffix(f.name, ".go")
		}
		for _, name := range registered(f.File) {
			all = append(all, kernel{name: name, family: family})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no call of register(\"Name\", Name)", p.dir)
	}
	return all, nil
}

// registered returns the names of the functions that f registers under their
// own names.
func registered(f *ast.File) []string {
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 || !isIdent(call.Fun, "register") {
			return true
		}
		lit, ok := call.Args[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		if name, err := strconv.Unquote(lit.Value); err == nil && isIdent(call.Args[1], name) {
			names = append(names, name)
		}
		return true
	})
	return names
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// isSelector reports whether e is x.sel, of any x when x is "".
func isSelector(e ast.Expr, x, sel string) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == sel && (x == "" || isIdent(s.X, x))
}

// callOf returns the call that s consists of, or nil.
func callOf(s ast.Stmt) *ast.CallExpr {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, _ := e.X.(*ast.CallExpr)
	return call
}
