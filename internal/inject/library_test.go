package inject

import (
	"go/parser"
	"go/token"
	"go/version"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine"
)

// All that a package imports from this module is there, under the new path, and
// each file has the language version that it is written in.
func TestLibraryIsComplete(t *testing.T) {
	t.Parallel()
	files, err := library(goroutine.Sources, "example.com/m/_leakcheck")
	require.NoError(t, err)
	require.Contains(t, files, "leakcheck/leakcheck.go")
	require.Contains(t, files, "injected/injected.go")
	folders := map[string]bool{}
	for name := range files {
		folders[name[:strings.LastIndexByte(name, '/')]] = true
	}
	for name, text := range files {
		assert.NotContains(t, name, "_test.go")
		assert.NotContains(t, string(text), "\n//go:embed", "%s: library takes Go files alone", name)
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly|parser.ParseComments)
		require.NoError(t, err)
		assert.Equal(t, Release, version.Lang(f.GoVersion), name)
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			assert.False(t, strings.HasPrefix(path, modulePath), "%s imports %s", name, path)
			if dir, ok := strings.CutPrefix(path, "example.com/m/_leakcheck/"); ok {
				assert.True(t, folders[dir], "%s imports %s", name, path)
			}
		}
	}
}

func TestReleaseIsThatOfTheModule(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(mod), "\n"+strings.Replace(Release, "go", "go ", 1))
}

func TestLibraryErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		src  string
		want string
	}{
		"missing package": {"package injected\nimport _ \"" + modulePath + "/gone\"\n", "gone: not among the embedded sources"},
		"not Go":          {"package\n", "internal/injected/a.go:1:9: expected 'IDENT'"},
		"bad constraint":  {"//go:build (\n\npackage injected\n", "internal/injected/a.go:1:1: "},
	} {
		_, err := library(fstest.MapFS{"internal/injected/a.go": {Data: []byte(tt.src)}}, "m")
		assert.ErrorContains(t, err, tt.want, name)
	}
}

func TestRaiseKeepsConstraints(t *testing.T) {
	t.Parallel()
	src := fstest.MapFS{"internal/injected/a.go": {Data: []byte("// Copyright\n\n//go:build unix || js\n\npackage injected\n")}}
	files, err := library(src, "m")
	require.NoError(t, err)
	assert.Equal(t, "// Copyright\n\n//go:build go1.26 && (unix || js)\n\npackage injected\n", string(files["injected/a.go"]))
}
