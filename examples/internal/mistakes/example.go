package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// example is a folder, read.
type example struct {
	entry
	files  map[string]string // Go source by file name
	causes []string          // ids, those that are marked in the source
}

func read(dir string, e entry) (*example, error) {
	x := &example{entry: e, files: map[string]string{}}
	dir = filepath.Join(dir, e.name)
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if x.files[filepath.Base(name)], err = readText(name); err != nil {
			return nil, err
		}
	}
	if x.files["doc.go"] == "" {
		return nil, fmt.Errorf("%s: no doc.go", e.name)
	}
	if !strings.Contains(strings.Join(x.sources(), ""), "// want ") {
		return x, nil // it leaks nothing
	}
	marks, err := leaky.Marks(dir)
	for _, m := range marks {
		if m.Cause != "" && !slices.Contains(x.causes, m.Cause) {
			x.causes = append(x.causes, m.Cause)
		}
	}
	return x, err
}

// readText returns the text of a file, with the line ends of Unix.
func readText(name string) (string, error) {
	text, err := os.ReadFile(name)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// doc is the package comment, in which a name in brackets is a link when the
// package declares it.
func (x *example) doc() (*comment.Doc, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", x.files["doc.go"],
		parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return nil, err
	}
	p := comment.Parser{LookupSym: func(recv, name string) bool { return x.declaredIn(recv, name) != "" }}
	return p.Parse(file.Doc.Text()), nil
}

// declaredIn is the file that declares a name, or the method of that name of the
// type recv; "" where none does.
func (x *example) declaredIn(recv, name string) string {
	for _, file := range x.names() {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, x.files[file], parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler says so as well
		}
		if slices.ContainsFunc(parsed.Decls, func(d ast.Decl) bool { return declares(d, recv, name) }) {
			return file
		}
	}
	return ""
}

// declares reports whether d declares the name, or the method of recv.
func declares(d ast.Decl, recv, name string) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		receiver := ""
		if d.Recv != nil {
			receiver = gosyntax.TypeName(d.Recv.List[0].Type)
		}
		return d.Name.Name == name && receiver == recv
	case *ast.GenDecl:
		return recv == "" && slices.ContainsFunc(d.Specs, func(s ast.Spec) bool {
			switch s := s.(type) {
			case *ast.TypeSpec:
				return s.Name.Name == name
			case *ast.ValueSpec:
				return slices.ContainsFunc(s.Names, func(id *ast.Ident) bool { return id.Name == name })
			}
			return false
		})
	}
	return false
}

// names are the names of the files but doc.go, in the order of reading: the
// mistake, its fix, what both share, and the tests.
func (x *example) names() []string {
	rank := func(name string) int {
		switch {
		case name == "wrong.go":
			return 0
		case name == "right.go":
			return 1
		case !strings.HasSuffix(name, "_test.go"):
			return 2
		}
		return 3
	}
	var names []string
	for name := range x.files {
		if name != "doc.go" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return names
}

// sources are the texts of these files.
func (x *example) sources() []string {
	var all []string
	for _, name := range x.names() {
		all = append(all, x.files[name])
	}
	return all
}
