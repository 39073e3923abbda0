package leaky

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Touch opens a file, or those of a folder and below it that the go command reads
// to build the packages there. The go command keeps the result of a test until a
// file that the test opened changes, and does not see what a child process opens.
func Touch(t *testing.T, name string) {
	t.Helper()
	names, err := builtFrom(name)
	require.NoError(t, err)
	for _, name := range names {
		f, err := os.Open(name)
		require.NoError(t, err)
		f.Close()
	}
}

// builtFrom returns the names of these files.
func builtFrom(name string) (names []string, err error) {
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != name && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir() && (path == name || d.Name() == "go.mod" || filepath.Ext(path) == ".go"):
			names = append(names, path)
		}
		return nil
	})
	return names, err
}
