// Package names holds the catalogue to the source of the libraries that it
// names: each function that an entry asks for is declared there.
package names

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	_ "github.com/leakcheck-go/goroutine/internal/eval/livetest/live" // -update, so that go test ./... takes it
	"github.com/leakcheck-go/goroutine/stackparse"
)

// asked finds the functions that a filter names.
var asked = regexp.MustCompile(`(?:created-by|any|top):"([^"]+)"`)

// TestFunctionsExist reads the source of each module that this one requires.
// An entry of the standard library is kept for two releases of Go, so that one
// of its names is enough.
func TestFunctionsExist(t *testing.T) {
	t.Parallel()
	roots := moduleRoots(t)
	checked := 0
	for _, e := range filters.Catalogue() {
		root, ok := roots[e.Module]
		if !ok {
			continue
		}
		checked++
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			var missing []string
			names := asked.FindAllStringSubmatch(e.Match.String(), -1)
			for _, name := range names {
				if !strings.HasPrefix(name[1], "sync.") && !declared(t, roots, e.Module, name[1]) {
					missing = append(missing, name[1])
				}
			}
			if e.Module == "std" {
				assert.True(t, len(names) == 0 || len(missing) < len(names), "%v", missing)
				return
			}
			assert.Empty(t, missing, "not in %s", root)
		})
	}
	assert.Greater(t, checked, 50, "modules are found")
}

// moduleRoots returns the folders of the modules by their path, and that of
// the standard library.
func moduleRoots(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-json", "all").Output()
	require.NoError(t, err)
	roots := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var m struct{ Path, Dir string }
		require.NoError(t, dec.Decode(&m))
		if m.Dir != "" {
			roots[m.Path] = m.Dir
		}
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	roots["std"] = filepath.Join(strings.TrimSpace(string(goroot)), "src")
	return roots
}

// within reports whether a package is of a module.
func within(pkg, module string) bool { return pkg == module || strings.HasPrefix(pkg, module+"/") }

// closure is what the compiler adds to the name of a function within another.
var closure = regexp.MustCompile(`(\.func[\d*]+|\.\d+)+$`)

// declared reports whether the function that a dump prints as name is in the
// source of the module, or of another one that has its package.
func declared(t *testing.T, roots map[string]string, module, name string) bool {
	t.Helper()
	pkg := stackparse.Package(name)
	if module != "std" && !within(pkg, module) {
		module = ""
		for path := range roots {
			if within(pkg, path) && len(path) > len(module) {
				module = path
			}
		}
		if module == "" {
			return false
		}
	}
	root, rel := roots[module], strings.TrimPrefix(pkg, module)
	slash := strings.LastIndexByte(strings.SplitN(name, "(", 2)[0], '/')
	fn := name[slash+1:]
	fn = fn[strings.IndexByte(fn, '.')+1:]
	fn = closure.ReplaceAllString(fn, "")
	fn = strings.NewReplacer("[...]", "", "(*", "", ")", "").Replace(fn)
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(rel), "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && fn == spell(f) {
				return true
			}
		}
	}
	return false
}

// spell writes a function as declared does: Pool.run for a method.
func spell(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	typ, _, _ := strings.Cut(types.ExprString(f.Recv.List[0].Type), "[")
	return strings.TrimPrefix(typ, "*") + "." + f.Name.Name
}
