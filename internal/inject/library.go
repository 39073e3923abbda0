package inject

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	modulePath = "github.com/leakcheck-go/goroutine"
	entry      = "internal/injected" // what injected code imports; the rest follows from its imports
	door       = "injected"          // its folder there, since an internal one would be closed

	// Release is the oldest release that the checks can be built with. It names
	// the language that our packages are written in, too: the go line
	// of our go.mod. Compiled as a part of another module they would be read by that
	// module's go line. A build constraint on a release raises the language
	// version of its file, however old the module is (go/build, "Build
	// Constraints"; go/types.Config.GoVersion).
	Release = "go1.26"
)

// library returns the files of our packages that injected code needs, by path
// below base, the import path that they get in the module under test. Tests are
// left out.
func library(src fs.FS, base string) (map[string][]byte, error) {
	files := map[string][]byte{}
	queue := []string{entry}
	for i := 0; i < len(queue); i++ {
		dir := queue[i]
		names, err := fs.Glob(src, path.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: not among the embedded sources", dir)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, imports, err := adopt(src, name, base)
			if err != nil {
				return nil, err
			}
			if dir == entry {
				name = path.Join(door, path.Base(name))
			}
			files[name] = text
			for _, p := range imports {
				if !slices.Contains(queue, p) {
					queue = append(queue, p)
				}
			}
		}
	}
	return files, nil
}

// adopt rewrites one of our files for a module where our packages are below
// base, and returns which of our packages it imports.
func adopt(src fs.FS, name, base string) (text []byte, imports []string, err error) {
	text, err = fs.ReadFile(src, name)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return nil, nil, err
	}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", fset.Position(spec.Pos()), err)
		}
		if dir, ok := strings.CutPrefix(p, modulePath+"/"); ok {
			imports = append(imports, dir)
		}
	}
	if text, err = raise(fset, f, text); err != nil {
		return nil, nil, err
	}
	return bytes.ReplaceAll(text, []byte(`"`+modulePath+`/`), []byte(`"`+base+`/`)), imports, nil
}

// raise adds to the build constraint of a file that it needs our language
// version.
func raise(fset *token.FileSet, f *ast.File, text []byte) ([]byte, error) {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() > f.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			x, err := constraint.Parse(c.Text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", fset.Position(c.Pos()), err)
			}
			both := &constraint.AndExpr{X: &constraint.TagExpr{Tag: Release}, Y: x}
			return splice(text, []edit{{offset(fset, c.Pos()), offset(fset, c.End()), "//go:build " + both.String()}}), nil
		}
	}
	return append([]byte("//go:build "+Release+"\n\n"), text...), nil
}

func offset(fset *token.FileSet, p token.Pos) int { return fset.PositionFor(p, false).Offset }
