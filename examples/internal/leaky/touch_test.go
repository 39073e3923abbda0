package leaky

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuiltFrom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"go.mod", "a.go", "notes.txt", "b/c/d.go", "b/testdata/e.go", ".git/f.go"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(path(name)), 0o777))
		require.NoError(t, os.WriteFile(path(name), nil, 0o666))
	}
	tests := []struct {
		why, name string
		want      []string
	}{
		{"what makes up packages", ".", []string{"a.go", "b/c/d.go", "go.mod"}},
		{"the folder itself has any name", ".git", []string{".git/f.go"}},
		{"a file by its name is any file", "notes.txt", []string{"notes.txt"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			names, err := builtFrom(path(tt.name))
			require.NoError(t, err)
			for i := range tt.want {
				tt.want[i] = path(tt.want[i])
			}
			assert.Equal(t, tt.want, names)
		})
	}
	_, err := builtFrom(path("gone"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
