package repocheck_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withoutExample lists the exported methods that need no example of their own,
// with where the reader of the documentation finds them used. A function has no
// place here.
var withoutExample = map[string]string{
	"filters.Class.String":                             "ExampleLookup prints a class",
	"filters.SyntaxError.Error":                        "ExampleParse prints one",
	"leakcheck.Change.String":                          "the line of a change in ExampleTake",
	"leakcheck.Diff.Empty":                             "ExampleSnapshot_Diff waits for it",
	"leakcheck.Diff.String":                            "ExampleTake prints one",
	"leakcheck.Error.Error":                            "the text of the report, as in ExampleVerify",
	"leakcheck.Report.Err":                             "ExampleFind is about it",
	"leakcheck.Report.Len":                             "ExampleIgnoreCurrent prints it",
	"leakcheck.Report.String":                          "the text of the report, as in ExampleVerify",
	"leakcheck.Snapshot.Len":                           "a count",
	"leakcheck/gleak.HaveLeakedMatcher.*":              "Gomega calls these: ExampleHaveLeaked",
	"leakcheck/gleak.Uint64Slice.*":                    "sort.Sort calls these: ExampleUint64Slice",
	"leakcheck/gleak/goroutine.Goroutine.GomegaString": "Gomega calls it: the messages of ExampleHaveLeaked",
	"leakcheck/leakprom.Collector.*":                   "a registry calls these: ExampleNewCollector",
	"stackparse.Grouper.Add":                           "ExampleNewGrouper adds and reads groups",
	"stackparse.Grouper.Groups":                        "ExampleNewGrouper adds and reads groups",
	"stackparse.Reader.Err":                            "the loop of ExampleNewReader",
	"stackparse.Reader.Goroutine":                      "the loop of ExampleNewReader",
	"stackparse.Reader.Scan":                           "the loop of ExampleNewReader",
	"stackparse.SyntaxError.Error":                     "ExampleReader_Problems prints two",
	"stackparse.SyntaxError.Unwrap":                    "ExampleReader_Problems asks errors.Is",
	"stackparse/pprofile.Format.String":                "ExampleNewReader prints one",
	"stackparse/pprofile.Reader.Err":                   "the loop of ExampleNewReader",
	"stackparse/pprofile.Reader.Format":                "ExampleNewReader prints it",
	"stackparse/pprofile.Reader.Profile":               "ExampleNewReader prints it",
	"stackparse/pprofile.Reader.Record":                "the loop of ExampleNewReader",
	"stackparse/pprofile.Reader.Scan":                  "the loop of ExampleNewReader",
}

// TestExamples holds each exported function and method of the public packages to
// an example whose output go test compares.
func TestExamples(t *testing.T) {
	t.Parallel()
	excused := map[string]bool{}
	for _, dir := range publicPackages(t) {
		for _, f := range exported(t, dir) {
			row, ok := excuse(dir, f.name)
			switch {
			case ok && f.compared:
				assert.Fail(t, "a row of withoutExample is of no use", "%s.%s has an example", dir, f.name)
			case ok:
				excused[row] = true
			default:
				assert.True(t, f.compared, "%s has no Example%s with an Output comment", dir, strings.ReplaceAll(f.name, ".", "_"))
			}
		}
	}
	for row, why := range withoutExample {
		assert.True(t, excused[row], "%s of withoutExample is not there", row)
		assert.NotEmpty(t, why, row)
		assert.Equal(t, 2, strings.Count(filepath.Base(row), "."), "%s is no method", row)
	}
}

// excuse returns the row of withoutExample for a method.
func excuse(dir, name string) (row string, ok bool) {
	row = dir + "." + name
	if _, ok := withoutExample[row]; ok {
		return row, true
	}
	receiver, _, _ := strings.Cut(name, ".")
	row = dir + "." + receiver + ".*"
	_, ok = withoutExample[row]
	return row, ok && strings.Contains(name, ".")
}

// publicPackages are those that other modules can import: all but the internal
// ones, commands, and programs to look at.
func publicPackages(t *testing.T) []string {
	t.Helper()
	touchSources(t)
	var dirs []string
	for line := range strings.Lines(string(goCommand(t, nil, "list", "-f={{.Name}} {{.ImportPath}}", "./..."))) {
		name, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		dir, _ := localName(path)
		if name != "main" && dir != "." && !strings.HasPrefix(dir, "examples/") && !slices.Contains(strings.Split(dir, "/"), "internal") {
			dirs = append(dirs, dir)
		}
	}
	require.Contains(t, dirs, "leakcheck/goleak")
	return append(dirs, "leakcheck/leakgrpc") // a module of its own, which the go command does not list here
}

// documented is a function, or a method as Type.Method.
type documented struct {
	name     string
	compared bool // it has an example with an Output comment
}

// exported returns the functions of a package that its documentation shows.
func exported(t *testing.T, dir string) []documented {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	fset := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" {
			continue
		}
		file, err := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, modulePath+"/"+dir)
	require.NoError(t, err)
	var all []documented
	add := func(prefix string, funcs []*doc.Func) {
		for _, f := range funcs {
			all = append(all, documented{prefix + f.Name, slices.ContainsFunc(f.Examples, compared)})
		}
	}
	add("", pkg.Funcs)
	for _, typ := range pkg.Types {
		add("", typ.Funcs)
		add(typ.Name+".", typ.Methods)
	}
	require.NotEmpty(t, all, dir)
	return all
}

// compared reports whether go test runs an example.
func compared(x *doc.Example) bool { return x.Output != "" || x.EmptyOutput }
