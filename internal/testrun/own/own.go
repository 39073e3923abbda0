// Package own says which tests check for leaks themselves. "leakcheck test"
// leaves them alone: two checks of one test would see each other's work.
package own

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// checkers are the import paths of packages that check for leaks, with what is
// below them.
var checkers = []string{
	"go.uber.org/goleak",
	"github.com/leakcheck-go/goroutine/leakcheck",
	"github.com/fortytw2/leaktest",
	"github.com/onsi/gomega/gleak",
}

// Checker returns the first of imported packages that checks for leaks, or "".
func Checker(imports []string) string {
	for _, imported := range imports {
		if slices.ContainsFunc(checkers, func(c string) bool { return imported == c || strings.HasPrefix(imported, c+"/") }) {
			return imported
		}
	}
	return ""
}

// InBinary returns the leak checker that the tests of a test binary import, or "".
// Dir is the folder of their package. A file there may belong to another system
// or to a build tag, so it counts only if exe, the binary, has code of it. Where
// the folder has no test files, as on another machine, a checker that the binary
// has code of counts, whatever imports it.
//
// The command could tell the binary which packages these are. But then a
// package's binary, and with it the result that go test has cached, would depend
// on which others are tested with it.
func InBinary(dir, exe string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // a folder that cannot be read has none
	var code []byte
	has := func(name string) bool {
		if code == nil {
			code, _ = os.ReadFile(exe)
		}
		return bytes.Contains(code, []byte(name))
	}
	for _, file := range files {
		if c := Checker(imports(file)); c != "" && has("/"+filepath.Base(file)) {
			return c
		}
	}
	if len(files) > 0 {
		return ""
	}
	for _, c := range checkers {
		if has("\x00"+c+".") || has("\x00"+c+"/") { // the names of functions follow each other

			return c
		}
	}
	return ""
}

// imports are those of a file that names a checker.
func imports(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil || !slices.ContainsFunc(checkers, func(c string) bool { return bytes.Contains(text, []byte(c)) }) {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
	if err != nil {
		return nil
	}
	var all []string
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, path)
		}
	}
	return all
}
