// Package pairs holds, for each cause that no example explains, a program that
// makes the mistake and the same program without it: wrongChanSendFull and
// rightChanSendFull for the cause "chan-send-full". The package's tests run both:
// the first leaves goroutines with that cause, the second leaves none. [Source]
// returns their text, or the text of the example, to explain the cause.
//
// What a program needs from outside, such as a connection to a silent peer, is
// its parameter. The programs that need other modules are only text here; they
// are compiled and run in internal/eval/livecause, a package of another module.
// A program is meant to be read: it has the mistake that people make, and no
// more.
package pairs

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"sync"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

//go:embed channels.go locks.go clock.go network.go system.go libraries.txt
var files embed.FS

// Source returns code that makes the mistake of the cause with that ID and code
// that does not: the two programs of a pair with the declarations that they use,
// or the excerpts in the package comment of the cause's example. It returns empty
// texts for an ID that is no cause.
func Source(id string) (wrong, right string) {
	for _, f := range parsed() {
		if wrong = f.program("wrong", id); wrong != "" {
			return wrong, f.program("right", id)
		}
	}
	return excerpts(cause.Example(id))
}

// excerpts returns the code below WRONG and below RIGHT in the package comment of
// the example in that folder.
func excerpts(folder string) (wrong, right string) {
	text, err := goroutine.Examples.ReadFile("examples/" + folder + "/doc.go")
	if err != nil {
		return "", ""
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		return "", ""
	}
	_, doc, _ := strings.Cut(file.Doc.Text(), "\nWRONG\n")
	before, after, _ := strings.Cut(doc, "\nRIGHT\n")
	return code(before), code(after)
}

// code returns the code block that the text begins with, without its indentation.
func code(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" && !strings.HasPrefix(line, "\t") {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "\t"))
	}
	return strings.TrimSpace(b.String())
}

// parsed returns the embedded files. They cannot fail to be there or to parse:
// all but one are compiled, and that one is compared with one that is.
var parsed = sync.OnceValue(func() []file {
	var out []file
	entries, _ := files.ReadDir(".")
	for _, e := range entries {
		text, _ := files.ReadFile(e.Name())
		if f, ok := parse(text); ok {
			out = append(out, f)
		}
	}
	return out
})

// file is one parsed source file of this package.
type file struct {
	text  string
	fset  *token.FileSet
	decls []ast.Decl
	named map[string][]ast.Decl // by what they declare, methods by their own name
}

func parse(text []byte) (file, bool) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return file{}, false
	}
	f := file{string(text), fset, parsed.Decls, map[string][]ast.Decl{}}
	for _, d := range f.decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.named[d.Name.Name] = append(f.named[d.Name.Name], d)
		case *ast.GenDecl:
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.TypeSpec:
					f.named[n.Name.Name] = append(f.named[n.Name.Name], d)
					return false
				case *ast.ValueSpec:
					for _, id := range n.Names {
						f.named[id.Name] = append(f.named[id.Name], d)
					}
					return false
				}
				return true
			})
		}
	}
	return f, true
}

// program returns the text of the function that is called kind and the words
// of id, and of what it uses, in the order of the file.
func (f file) program(kind, id string) string {
	var todo []ast.Decl
	for name, decls := range f.named {
		if strings.EqualFold(name, kind+strings.ReplaceAll(id, "-", "")) {
			todo = append(todo, decls...)
		}
	}
	used := map[ast.Decl]bool{}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		if used[d] {
			continue
		}
		used[d] = true
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				todo = append(todo, f.named[id.Name]...)
			}
			return true
		})
	}
	var texts []string
	for _, d := range f.decls {
		if used[d] {
			texts = append(texts, f.source(d))
		}
	}
	return strings.Join(texts, "\n\n")
}

// source is the text of a declaration with its comment.
func (f file) source(d ast.Decl) string {
	from := d.Pos()
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc != nil {
			from = d.Doc.Pos()
		}
	case *ast.GenDecl:
		if d.Doc != nil {
			from = d.Doc.Pos()
		}
	}
	return f.text[f.fset.Position(from).Offset:f.fset.Position(d.End()).Offset]
}
