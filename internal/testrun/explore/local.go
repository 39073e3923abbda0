package explore

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
)

// local imports packages of the main module, from their sources.
type local struct {
	modules map[string]*module
	done    map[string]*types.Package
}

func newLocal(pkgs []module) *local {
	l := &local{modules: map[string]*module{}, done: map[string]*types.Package{}}
	for i := range pkgs {
		l.modules[pkgs[i].ImportPath] = &pkgs[i]
	}
	return l
}

// Import returns what is known of a package. Packages of other modules have nothing
// in them.
func (l *local) Import(path string) (*types.Package, error) {
	if pkg := l.done[path]; pkg != nil {
		return pkg, nil
	}
	m := l.modules[path]
	if m == nil {
		return unknown{}.Import(path)
	}
	// In a circle, which the compiler refuses, the package is empty.
	l.done[path], _ = unknown{}.Import(path)
	sources, err := m.read(m.GoFiles)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, src := range sources {
		if f, err := parser.ParseFile(fset, src.Name, src.Text, parser.SkipObjectResolution); err == nil {
			files = append(files, f)
		}
	}
	if pkg, _ := lenient(l).Check(path, fset, files, nil); pkg != nil {
		l.done[path] = pkg
	}
	return l.done[path], nil
}
