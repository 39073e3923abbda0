package explore

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A test that fails may end before the statements that stop what it started, and
// what is left then is no leak of the code. A call that says so by its name, or a
// channel operation, after the line where the test failed speaks for that.

// failureAt is what package testing prints before the message of a failure.
var failureAt = regexp.MustCompile(`(?m)^ +(\S+_test\.go):(\d+): `)

// stopping are the beginnings of names of functions that end something.
var stopping = regexp.MustCompile(`(?i)^(close|stop|shut|cancel|wait|release|done|kill|quit|finish|end|exit|term|` +
	`destroy|disconnect|unsub|drain|free|clean|tear|join|abort)`)

// cutShort reports whether a test that failed may have skipped the end of what it
// started. What cannot be known counts as skipped.
func cutShort(dir, test, output string) bool {
	found := false
	for _, m := range failureAt.FindAllStringSubmatch(output, -1) {
		found = true
		line, err := strconv.Atoi(m[2])
		if err != nil || stopsAfter(filepath.Join(dir, filepath.Base(m[1])), dir, test, line) {
			return true
		}
	}
	return !found
}

// stopsAfter reports whether the test has statements that stop something after a
// line of a file; anywhere, where the line is of another function.
func stopsAfter(file, dir, test string, line int) bool {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return true
	}
	fset := token.NewFileSet()
	for _, name := range names {
		tree, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return true
		}
		for _, d := range tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || fn.Recv != nil || fn.Name.Name != test {
				continue
			}
			from, to := fset.PositionFor(fn.Pos(), false).Line, fset.PositionFor(fn.End(), false).Line
			if name != file || line < from || line > to {
				line = 0
			}
			return stops(fset, fn.Body, line)
		}
	}
	return true
}

// stops looks for statements after a line, other than deferred ones and cleanups,
// which run also when the test fails.
func stops(fset *token.FileSet, body *ast.BlockStmt, line int) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil || found {
			return false
		}
		after := fset.PositionFor(n.Pos(), false).Line > line
		switch n := n.(type) {
		case *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			name := callee(n)
			if name == "Cleanup" {
				return false
			}
			found = after && stopping.MatchString(name)
		case *ast.SendStmt, *ast.SelectStmt:
			found = after
		case *ast.UnaryExpr:
			found = after && n.Op == token.ARROW
		}
		return !found
	})
	return found
}

// callee is the name of what is called, without what it is a part of.
func callee(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// failure is what a test printed, with the indentation of its messages in spaces.
func failure(out []byte) string { return strings.ReplaceAll(string(out), "\t", "    ") }
