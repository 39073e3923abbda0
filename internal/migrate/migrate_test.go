package migrate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/migrate"
)

// TestArchives rewrites the files of each archive and compares with those that
// end in .want. A file without one must not change. "left" is what is left.
func TestArchives(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			require.NoError(t, err)
			got := rewritten(t, archive)
			if *golden.Update {
				require.NoError(t, os.WriteFile(name, txtar.Format(got), 0o666))
			}
			assert.Equal(t, string(txtar.Format(archive)), string(txtar.Format(got)))
		})
	}
}

// rewritten returns the archive as it should be.
func rewritten(t *testing.T, archive *txtar.Archive) *txtar.Archive {
	dir := t.TempDir()
	write(t, dir, archive)
	result := run(t, dir+"/...")
	changed := map[string][]byte{}
	for _, c := range result.Changes {
		changed[relative(t, dir, c.Path)] = c.New
	}
	got := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if f.Name == "left" || strings.HasSuffix(f.Name, ".want") {
			continue
		}
		got.Files = append(got.Files, f)
		if out, ok := changed[f.Name]; ok {
			got.Files = append(got.Files, txtar.File{Name: f.Name + ".want", Data: out})
		}
	}
	var left strings.Builder
	for _, l := range result.Left {
		l.Path = relative(t, dir, l.Path)
		left.WriteString(strings.ReplaceAll(l.String(), filepath.ToSlash(dir)+"/", "") + "\n")
	}
	got.Files = append(got.Files, txtar.File{Name: "left", Data: []byte(left.String())})
	return got
}

func relative(t *testing.T, dir, path string) string {
	t.Helper()
	rel, err := filepath.Rel(dir, path)
	require.NoError(t, err)
	return filepath.ToSlash(rel)
}

// write writes the files of an archive below dir, except for what is expected.
func write(t *testing.T, dir string, archive *txtar.Archive) {
	t.Helper()
	for _, f := range archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, f.Data, 0o666))
	}
}

func run(t *testing.T, patterns ...string) *migrate.Result {
	t.Helper()
	files, err := migrate.Files(patterns)
	require.NoError(t, err)
	result, err := migrate.Run(files)
	require.NoError(t, err)
	return result
}

// A second run has nothing more to rewrite, and leaves the same.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		require.NoError(t, err)
		dir := t.TempDir()
		write(t, dir, archive)
		first := run(t, dir+"/...")
		for _, c := range first.Changes {
			require.NoError(t, os.WriteFile(c.Path, c.New, 0o666))
		}
		second := run(t, dir+"/...")
		assert.Empty(t, second.Changes, name)
		assert.Len(t, second.Left, len(first.Left), name)
	}
}

// Lines that end as on Windows still do.
func TestLineEndings(t *testing.T) {
	t.Parallel()
	const code = "package a\r\n\r\nimport \"go.uber.org/goleak\"\r\n\r\nvar err = goleak.Find()\r\n"
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte(code), 0o666))
	result := run(t, dir)
	require.Len(t, result.Changes, 1)
	assert.Equal(t, "package a\r\n\r\nimport \"github.com/leakcheck-go/goroutine/leakcheck\"\r\n\r\nvar err = leakcheck.Find().Err()\r\n",
		string(result.Changes[0].New))
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.go", "b/b_windows_test.go", "b/b.txt", "vendor/v.go", "b/testdata/t.go", "_x/x.go", ".y/y.go", "other/go.mod", "other/o.go"} {
		write(t, dir, &txtar.Archive{Files: []txtar.File{{Name: name}}})
	}
	tests := []struct {
		why, pattern string
		want         []string
		err          string
	}{
		{"a folder with those below it", "...", []string{"a.go", "b/b_windows_test.go"}, ""},
		{"a folder", ".", []string{"a.go"}, ""},
		{"a folder that is left out below others can be named", "vendor/...", []string{"vendor/v.go"}, ""},
		{"another module can be named", "other", []string{"other/o.go"}, ""},
		{"a file", "b/b_windows_test.go", []string{"b/b_windows_test.go"}, ""},
		{"not Go", "b/b.txt", nil, "not a Go file"},
		{"not there", "c/...", nil, "no such file or folder; name packages by their folders: ./... is all of them"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			files, err := migrate.Files([]string{dir + "/" + tt.pattern})
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, list := range files {
				for _, path := range list {
					got = append(got, relative(t, dir, path))
				}
			}
			assert.ElementsMatch(t, tt.want, got)
		})
	}
}

// FuzzRun gives Run hostile files: it ends, and what it writes is Go.
func FuzzRun(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txtar")
	require.NoError(f, err)
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		require.NoError(f, err)
		for _, file := range archive.Files {
			f.Add(file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		path := filepath.Join(t.TempDir(), "a.go")
		require.NoError(t, os.WriteFile(path, code, 0o666))
		result, err := migrate.Run(map[string][]string{".": {path}})
		require.NoError(t, err)
		for _, l := range result.Left {
			assert.NotContains(t, l.Why, "please report")
		}
	})
}
