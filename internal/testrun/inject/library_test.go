package inject

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine"
)

// All that a package imports from this module is there, under its new path.
func TestLibraryIsComplete(t *testing.T) {
	t.Parallel()
	files, err := library(goroutine.Sources)
	require.NoError(t, err)
	require.Contains(t, files, "leakcheckhook/hook/hook.go")
	require.Contains(t, files, "leakcheckhook/hook/options.go")
	folders := map[string]bool{}
	for name := range files {
		folders[path.Dir(name)] = true
	}
	for name, text := range files {
		assert.False(t, strings.HasSuffix(name, "_test.go"), name)
		assert.NotContains(t, string(text), "\n//go:embed", "%s: library takes Go files alone", name)
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range f.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			assert.NotContains(t, strings.Split(imported, "/")[0], ".", "%s: the standard library imports no module", name)
			if strings.HasPrefix(imported, libraryPath+"/") {
				assert.True(t, folders[imported], "%s imports %s", name, imported)
			}
		}
	}
}

// The patterns of embed.go take all files of our packages but their tests.
func TestSources(t *testing.T) {
	t.Parallel()
	files, err := library(goroutine.Sources)
	require.NoError(t, err)
	for name := range files {
		if _, ok := besides[name]; ok || path.Base(name) == "leakcheck.go" {
			continue
		}
		dir := path.Dir(strings.TrimPrefix(name, libraryPath+"/"))
		if _, err := os.Stat("../../../" + dir); err != nil {
			dir = ours + dir
		}
		beside, err := filepath.Glob("../../../" + dir + "/*.go")
		require.NoError(t, err)
		require.NotEmpty(t, beside, dir)
		for _, file := range beside {
			base := filepath.Base(file)
			if !strings.HasSuffix(base, "_test.go") {
				assert.Contains(t, files, path.Join(path.Dir(name), base), "embed.go has no pattern for it")
			}
		}
	}
	require.NoError(t, fs.WalkDir(goroutine.Sources, ".", func(name string, _ fs.DirEntry, err error) error {
		assert.False(t, strings.HasSuffix(name, "_test.go"), "%s: tests are not copied", name)
		return err
	}))
}

func TestReleaseIsThatOfTheModule(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../../go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(mod), "\n"+strings.Replace(Release, "go", "go ", 1))
	assert.Equal(t, Release, fmt.Sprintf("go1.%d", minVersion))
}

func TestLibraryErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		src  string
		want string
	}{
		"missing package": {"package hook\nimport _ \"" + modulePath + "/gone\"\n", "gone: not among the embedded sources"},
		"not Go":          {"package\n", "internal/testrun/hook/a.go:1:9: expected 'IDENT'"},
	} {
		_, err := library(fstest.MapFS{
			"internal/testrun/hook/a.go": {Data: []byte(tt.src)},
		})
		assert.ErrorContains(t, err, tt.want, name)
	}
}
