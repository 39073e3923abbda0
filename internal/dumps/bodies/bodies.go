// Package bodies finds the HTTP requests of a module whose responses are not
// closed, as far as that can be seen without types.
//
// A profile says how many connections wait for somebody to close a body, and not
// who sent their requests. The source knows few places that could have.
package bodies

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Call is a call that returns a response which the function around it neither
// closes nor hands on.
type Call struct {
	File string // below the module's folder, with slashes
	Line int
	Func string // the function around it: "Fetch", "(*Client).Fetch"
	Text string // the source line
}

// Bounds of a search.
const (
	maxFiles = 20_000
	maxSize  = 4 << 20 // bytes of a file
	maxCalls = 100
)

// Unclosed returns such calls of the module in a folder, in the order of its files.
// Tests, vendored code and nested modules are no part of it.
func Unclosed(root string) []Call {
	var calls []Call
	files := 0
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read has no calls that can be shown
		}
		switch name := d.Name(); {
		case d.IsDir():
			if path != root && (skipped(name) || exists(filepath.Join(path, "go.mod"))) {
				return filepath.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		if files++; files > maxFiles || len(calls) >= maxCalls {
			return filepath.SkipAll
		}
		if info, err := d.Info(); err != nil || info.Size() > maxSize {
			return nil
		}
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), `"net/http"`) {
			rel, _ := filepath.Rel(root, path)
			calls = append(calls, inFile(filepath.ToSlash(rel), string(text))...)
		}
		return nil
	})
	return calls[:min(len(calls), maxCalls)]
}

func skipped(dir string) bool {
	return dir == "vendor" || dir == "testdata" || strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// file is a file that imports net/http.
type file struct {
	fset    *token.FileSet
	http    string          // the name of the import
	clients map[string]bool // variables and fields of the type http.Client
}

func inFile(name, text string) []Call {
	f := &file{fset: token.NewFileSet(), clients: map[string]bool{}}
	tree, _ := parser.ParseFile(f.fset, "", text, parser.SkipObjectResolution)
	if tree == nil {
		return nil
	}
	for _, imp := range tree.Imports {
		if path, _ := strconv.Unquote(imp.Path.Value); path == "net/http" {
			if f.http = "http"; imp.Name != nil {
				f.http = imp.Name.Name
			}
		}
	}
	ast.Inspect(tree, f.learn)
	lines := strings.Split(text, "\n")
	var calls []Call
	for _, d := range tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		for _, pos := range f.unclosed(fn.Body) {
			line := f.fset.PositionFor(pos, false).Line
			calls = append(calls, Call{File: name, Line: line, Func: funcName(fn), Text: strings.TrimSpace(lines[line-1])})
		}
	}
	return calls
}

// learn finds the names of clients: by their type, and by what they are set to.
func (f *file) learn(n ast.Node) bool {
	set := func(left, right ast.Expr) {
		if f.makesClient(right) {
			f.clients[last(left)] = true
		}
	}
	switch n := n.(type) {
	case *ast.Field:
		for _, name := range n.Names {
			if f.is(n.Type, "Client") {
				f.clients[name.Name] = true
			}
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if n.Type != nil && f.is(n.Type, "Client") {
				f.clients[name.Name] = true
			}
			if i < len(n.Values) {
				set(name, n.Values[i])
			}
		}
	case *ast.AssignStmt:
		for i := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) {
				set(n.Lhs[i], n.Rhs[i])
			}
		}
	case *ast.KeyValueExpr:
		set(n.Key, n.Value)
	}
	return true
}

// is reports whether e is a name of net/http, or a pointer to one.
func (f *file) is(e ast.Expr, name string) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == f.http
}

func (f *file) makesClient(e ast.Expr) bool {
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
		e = u.X
	}
	if lit, ok := e.(*ast.CompositeLit); ok {
		return lit.Type != nil && f.is(lit.Type, "Client")
	}
	return f.is(e, "DefaultClient")
}

// request reports whether e is a call that returns a response with a body.
func (f *file) request(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Get", "Post", "PostForm", "Do"}, sel.Sel.Name) {
		return false
	}
	if id, ok := sel.X.(*ast.Ident); ok && id.Name == f.http {
		return sel.Sel.Name != "Do"
	}
	return f.clients[last(sel.X)] || f.makesClient(sel.X)
}

// last is the last name of an expression: client of s.client.
func last(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// unclosed finds the requests in a function whose response stays open.
func (f *file) unclosed(body *ast.BlockStmt) []token.Pos {
	var found []token.Pos
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt: // whose results are dropped
			if f.request(n.X) {
				found = append(found, n.Pos())
			}
		case *ast.AssignStmt:
			if len(n.Rhs) != 1 || len(n.Lhs) != 2 || !f.request(n.Rhs[0]) {
				return true
			}
			if id, ok := n.Lhs[0].(*ast.Ident); ok && (id.Name == "_" || !closes(body, id.Name)) {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

// readers read a body and do not close it.
var readers = map[string]bool{
	"ReadAll": true, "Copy": true, "CopyN": true, "CopyBuffer": true, "NewDecoder": true, "NewReader": true,
	"NewScanner": true, "LimitReader": true, "TeeReader": true, "DumpResponse": true, "Discard": true, "ReadFull": true,
}

// closes reports whether a function closes the response with a name, or hands it to
// somebody who may.
func closes(body *ast.BlockStmt, name string) bool {
	is := func(e ast.Expr) bool { // resp or resp.Body
		if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok && sel.Sel.Name == "Body" {
			e = sel.X
		}
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && id.Name == name
	}
	closed := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr: // resp.Body.Close, also as a value
			closed = closed || n.Sel.Name == "Close" && is(n.X)
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); !ok || !readers[sel.Sel.Name] {
				closed = closed || slices.ContainsFunc(n.Args, is)
			}
		case *ast.ReturnStmt:
			closed = closed || slices.ContainsFunc(n.Results, is)
		case *ast.CompositeLit:
			closed = closed || slices.ContainsFunc(n.Elts, is)
		case *ast.KeyValueExpr:
			closed = closed || is(n.Value)
		case *ast.SendStmt:
			closed = closed || is(n.Value)
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				closed = closed || is(right) && !(i < len(n.Lhs) && last(n.Lhs[i]) == "_")
			}
		}
		return !closed
	})
	return closed
}

func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return fn.Name.Name
	}
	typ, _, _ := strings.Cut(types.ExprString(fn.Recv.List[0].Type), "[")
	if strings.HasPrefix(typ, "*") {
		typ = "(" + typ + ")"
	}
	return typ + "." + fn.Name.Name
}
