package migrate

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
)

// Result is what became of some files.
type Result struct {
	Changes []Change // by path
	Left    []Left   // by path and line
	Calls   int      // that were rewritten
}

// Change is a file with rewritten calls.
type Change struct {
	Path     string
	Old, New []byte
}

// Left is something that was not rewritten.
type Left struct {
	Path string
	Line int
	What string // "goleak.VerifyNone"
	Why  string // and what to do
}

// String returns "path:line: what: why".
func (l Left) String() string { return fmt.Sprintf("%s:%d: %s: %s", l.Path, l.Line, l.What, l.Why) }

// Run rewrites the files of each folder in memory. A file that cannot be read is
// an error. One that cannot be parsed is a Left.
func Run(dirs map[string][]string) (*Result, error) {
	r := &Result{}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if err := r.folder(dirs[dir]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.Left, func(a, b Left) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	slices.SortFunc(r.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return r, nil
}

// folder rewrites the files of one folder, each package of it by itself.
func (r *Result) folder(paths []string) error {
	packages, fset := map[string]*pkg{}, token.NewFileSet()
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !mentionsChecker(src) && len(paths) > maxFiles {
			continue
		}
		r.parse(fset, packages, path, src)
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if p := packages[name]; p.used() {
			p.resolve()
			p.rewrite(r)
		}
	}
	return nil
}

// maxFiles bounds the files that are read for their names alone: a file without
// a checker tells which names the package has taken.
const maxFiles = 1000

// mentionsChecker reports whether a file may import a checker.
func mentionsChecker(src []byte) bool {
	for path := range checkers {
		if bytes.Contains(src, []byte(path)) {
			return true
		}
	}
	return false
}

// parse adds a file to its package.
func (r *Result) parse(fset *token.FileSet, packages map[string]*pkg, path string, src []byte) {
	tree, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		if mentionsChecker(src) {
			r.Left = append(r.Left, unparsed(path, err))
		}
		return
	}
	p := packages[tree.Name.Name]
	if p == nil {
		p = &pkg{fset: fset}
		packages[tree.Name.Name] = p
	}
	f := &file{path: path, src: src, tree: tree, pkg: p}
	f.readImports()
	if f.usesChecker() && ast.IsGenerated(tree) {
		r.Left = append(r.Left, Left{path, 1, "generated file", "change what generates it, as the other files are changed"})
		f.checkers = nil
	}
	p.files = append(p.files, f)
}

// unparsed says where a file is not Go.
func unparsed(path string, err error) Left {
	l := Left{path, 1, "not Go", err.Error()}
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		l.Line, l.Why = list[0].Pos.Line, list[0].Msg
	}
	return l
}
