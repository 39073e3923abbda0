//go:build unix

package atomicfile_test

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
)

// Links stay, and what they lead to is replaced or made.
func TestWriteFollowsLinks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		reason string
		links  [][2]string // name and target
		exists bool
	}{
		{"a link in the same folder", [][2]string{{"l", "f"}}, true},
		{"a link to a file that is yet to be made", [][2]string{{"l", "f"}}, false},
		{"a chain", [][2]string{{"l", "m"}, {"m", "sub/n"}, {"sub/n", "../f"}}, true},
		{"a chain to a file that is yet to be made", [][2]string{{"l", "m"}, {"m", "sub/n"}, {"sub/n", "../f"}}, false},
		{"a link in a linked folder counts from the real one", [][2]string{{"alias", "sub/deep"}, {"sub/deep/n", "../../f"}, {"l", "alias/n"}}, false},
	} {
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "sub/deep"), 0o755))
		for _, l := range row.links {
			require.NoError(t, os.Symlink(l[1], filepath.Join(dir, l[0])))
		}
		if row.exists {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "f"), []byte("old"), 0o600))
		}
		name := filepath.Join(dir, "l")
		require.NoError(t, atomicfile.Check(name), row.reason)
		require.NoError(t, atomicfile.Write(name, []byte("new"), 0o644), row.reason)
		assert.Equal(t, "new", read(t, filepath.Join(dir, "f")), row.reason)
		for _, l := range row.links {
			to, err := os.Readlink(filepath.Join(dir, l[0]))
			require.NoError(t, err, "%s: still a link", row.reason)
			assert.Equal(t, l[1], to, row.reason)
		}
		assert.True(t, atomicfile.Same(name, filepath.Join(dir, "f")), row.reason)
	}
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	require.NoError(t, os.Symlink("loop", loop))
	assert.Error(t, atomicfile.Check(loop))
	assert.Error(t, atomicfile.Write(loop, nil, 0o644))
}

func TestWriteKeepsPipes(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(name, 0o644))
	require.NoError(t, atomicfile.Check(name), "without a reader")
	got := make(chan string)
	go func() {
		f, err := os.Open(name)
		assert.NoError(t, err)
		text, err := io.ReadAll(f)
		assert.NoError(t, err)
		got <- string(text)
	}()
	require.NoError(t, atomicfile.Write(name, []byte("through"), 0o644))
	assert.Equal(t, "through", <-got)
	info, err := os.Lstat(name)
	require.NoError(t, err)
	assert.Equal(t, fs.ModeNamedPipe, info.Mode().Type())
}

func TestWriteKeepsDevices(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "null")
	require.NoError(t, os.Symlink(os.DevNull, link))
	for _, name := range []string{os.DevNull, link} {
		require.NoError(t, atomicfile.Write(name, []byte("gone"), 0o644))
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&fs.ModeCharDevice, name)
	}
	if runtime.GOOS == "linux" {
		assert.ErrorIs(t, atomicfile.Write("/dev/full", []byte("x"), 0o644), syscall.ENOSPC)
	}
}

// Standard output may be a file, in which other text stands before and after.
func TestWriteToOpenFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, row := range []struct{ name, shell, want string }{
		{"/dev/stdout", `exec "$0" >"$1"`, "before\nreport\nafter\n"},
		{"/dev/stdout", `"$0" | cat >"$1"`, "before\nreport\nafter\n"},
		{"/dev/stderr", `exec "$0" 2>"$1"`, "report\n"},
		{filepath.Join(dir, "self"), `exec "$0" >"$1"`, "before\nreport\nafter\n"},
		{"/dev/fd/3", `echo first >"$1"; exec "$0" 3>>"$1"`, "first\nreport\n"},
	} {
		out := filepath.Join(dir, "out")
		if strings.HasSuffix(row.name, "self") {
			out = row.name
		}
		cmd := exec.Command("sh", "-c", row.shell, os.Args[0], out)
		cmd.Env = append(os.Environ(), "ATOMICFILE_WRITE="+row.name)
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", row.name, text)
		assert.Equal(t, row.want, read(t, out), "%s by %s", row.name, row.shell)
	}
}

func TestWriteModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	require.NoError(t, os.WriteFile(name, nil, 0o644))
	require.NoError(t, os.Chmod(name, 0o640))
	require.NoError(t, atomicfile.Write(name, nil, 0o644))
	info, err := os.Stat(name)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o640), info.Mode().Perm(), "a file keeps its mode")
	if os.Getuid() == 0 {
		return // root may write anywhere
	}
	require.NoError(t, os.Chmod(name, 0o444))
	assert.ErrorIs(t, atomicfile.Check(name), fs.ErrPermission)
	assert.ErrorIs(t, atomicfile.Write(name, nil, 0o644), fs.ErrPermission, "a read-only file is not replaced")
	require.NoError(t, os.Chmod(name, 0o644))
	require.NoError(t, os.Chmod(dir, 0o555))
	defer func() { _ = os.Chmod(dir, 0o755) }()
	require.NoError(t, atomicfile.Check(name))
	require.NoError(t, atomicfile.Write(name, []byte("in place"), 0o644), "the folder alone is read-only")
	assert.Equal(t, "in place", read(t, name))
	assert.ErrorIs(t, atomicfile.Check(filepath.Join(dir, "g")), fs.ErrPermission)
}
