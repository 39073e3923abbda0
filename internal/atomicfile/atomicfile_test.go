package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("ATOMICFILE_WRITE"); name != "" {
		_, _ = os.Stdout.WriteString("before\n")
		if err := atomicfile.Write(name, []byte("report\n"), 0o644); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		_, _ = os.Stdout.WriteString("after\n")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// names are the files of a folder, in which no temporary one may be left.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWriteReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	require.NoError(t, atomicfile.Write(name, []byte("old content"), 0o644))
	old, err := os.Open(name)
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, atomicfile.Write(name, []byte("new"), 0o644))
	assert.Equal(t, "new", read(t, name))
	before, err := old.Stat()
	require.NoError(t, err)
	assert.EqualValues(t, len("old content"), before.Size(), "a reader of the old file keeps it whole")
	assert.Equal(t, []string{"f"}, names(t, dir))
}

// A file has its old content until all of the new one is written.
func TestPut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	for _, row := range []struct {
		text   string
		err    error
		before string
		after  string
	}{
		{"one", nil, "", "one"},
		{"two", io.ErrUnexpectedEOF, "one", "one"},
		{"three", nil, "one", "three"},
	} {
		err := atomicfile.Put(name, 0o600, func(w io.Writer) error {
			_, err := io.WriteString(w, row.text)
			old, _ := os.ReadFile(name)
			assert.Equal(t, row.before, string(old))
			return errors.Join(err, row.err)
		})
		require.ErrorIs(t, err, row.err)
		assert.Equal(t, row.after, read(t, name))
		assert.Equal(t, []string{"f"}, names(t, dir))
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o644))
	for _, row := range []struct {
		name, reason string
		good         bool
	}{
		{filepath.Join(dir, "new"), "a file can be made there", true},
		{file, "a file can be replaced", true},
		{os.DevNull, "a device takes anything", true},
		{filepath.Join(dir, "none", "f"), "there is no such folder", false},
		{filepath.Join(file, "f"), "a file is no folder", false},
		{dir, "a folder is no file", false},
	} {
		check := atomicfile.Check(row.name)
		write := atomicfile.Write(row.name, nil, 0o644)
		assert.Equal(t, row.good, check == nil, "%s: %v", row.reason, check)
		assert.Equal(t, row.good, write == nil, "%s: %v", row.reason, write)
		if !row.good {
			assert.ErrorContains(t, write, row.name, "the message names the file and no temporary one")
		}
	}
	fresh := t.TempDir()
	require.NoError(t, atomicfile.Check(filepath.Join(fresh, "f")))
	assert.Empty(t, names(t, fresh), "a check leaves nothing")
}

func TestSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	require.NoError(t, os.WriteFile(a, nil, 0o644))
	require.NoError(t, os.WriteFile(b, nil, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	up := dir + "/sub/../"
	for _, row := range []struct {
		a, b, reason string
		same         bool
	}{
		{a, a, "one name", true},
		{a, up + "a", "one file by two names", true},
		{a, b, "two files", false},
		{dir + "/new", up + "new", "a file that is yet to be made", true},
		{dir + "/new", dir + "/new2", "two files that are yet to be made", false},
		{dir + "/new", a, "one of the two", false},
		{dir + "/x/new", dir + "/x//new", "a folder that is yet to be made", true},
		{os.DevNull, os.DevNull, "a device keeps nothing", false},
	} {
		assert.Equal(t, row.same, atomicfile.Same(row.a, row.b), row.reason)
	}
}
