package repocheck_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxWorded is how many assertions may hold three words in a row. It may only sink:
// a test asserts ids, counts, lines and fields, and golden files hold the sentences,
// so that a better one costs one -update. Most of the rest is text of the Go runtime,
// of Gomega or of a fixture.
const maxWorded = 93

// comparedArguments are the numbers of arguments that an assertion compares. Messages follow.
var comparedArguments = map[string]int{"Contains": 2, "NotContains": 2, "Equal": 2, "NotEqual": 2, "EqualError": 2, "ErrorContains": 2,
	"Regexp": 2, "NotRegexp": 2, "ElementsMatch": 2, "Subset": 2, "JSONEq": 2, "PanicsWithValue": 2, "PanicsWithError": 2,
	"EqualValues": 2, "Exactly": 2, "True": 1, "False": 1, "Len": 1, "Empty": 1, "Zero": 1}

var wordAlone = regexp.MustCompile(`^(?:[A-Za-z][a-z']+|[aA])$`)

func TestWordingIsInGoldenFiles(t *testing.T) {
	t.Parallel()
	var worded []string
	fset := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "testdata" || d.Name() == ".git":
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && assertsWords(call) {
				worded = append(worded, fset.Position(call.Pos()).String())
			}
			return true
		})
		return nil
	}))
	assert.NotEmpty(t, worded, "the bound shows nothing")
	assert.LessOrEqual(t, len(worded), maxWorded, "assert a fact, or the sentence with golden.Words:\n%s", strings.Join(worded, "\n"))
}

// assertsWords reports whether a call asserts a text with three words in a row.
func assertsWords(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := fun.X.(*ast.Ident)
	if !ok || pkg.Name != "assert" && pkg.Name != "require" {
		return false
	}
	found := false
	for i, n := 1, comparedArguments[strings.TrimSuffix(fun.Sel.Name, "f")]; i <= n && i < len(call.Args); i++ {
		ast.Inspect(call.Args[i], func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				found = found || err == nil && threeWords(text)
			}
			return true
		})
	}
	return found
}

func threeWords(text string) bool {
	n := 0
	for _, field := range strings.Fields(text) {
		if n++; !wordAlone.MatchString(strings.Trim(field, ".,:;!?\"'()`")) {
			n = 0
		}
		if n == 3 {
			return true
		}
	}
	return false
}

// A text whose test is gone is compared with nothing.
func TestWordingHasTests(t *testing.T) {
	t.Parallel()
	var files int
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "wording.json" {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var texts map[string]string
		require.NoError(t, json.Unmarshal(data, &texts))
		names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "..", "*_test.go"))
		require.NoError(t, err)
		var tests []byte
		for _, name := range names {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			tests = append(tests, text...)
		}
		for key := range texts {
			test, _, _ := strings.Cut(strings.ReplaceAll(key, ":", "/"), "/")
			assert.Contains(t, string(tests), "func "+test+"(", path)
		}
		return nil
	}))
	assert.NotZero(t, files)
}
