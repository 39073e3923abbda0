package inject

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// releases are the folders of the releases of Go on this machine: the one that
// runs, and those that the go command has downloaded.
func releases(t *testing.T) []goroot {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	require.NoError(t, err)
	dirs := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, dirs, 2)
	more, err := filepath.Glob(filepath.Join(dirs[1], "golang.org", "toolchain@*."+runtime.GOOS+"-"+runtime.GOARCH))
	require.NoError(t, err)
	var all []goroot
	for _, dir := range append(more, dirs[0]) {
		if g := goroot(dir); g.check() == nil {
			all = append(all, g)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// Each release can be changed, on the lines that it has.
func TestPatchReleases(t *testing.T) {
	t.Parallel()
	for _, g := range releases(t) {
		o, err := newOverlay(t.TempDir(), "", "")
		require.NoError(t, err)
		files, err := g.patched(o, true)
		require.NoError(t, err, "%s", g)
		require.Contains(t, files, "testing/testing.go")
		for name, text := range files {
			before, err := os.ReadFile(g.path(name))
			require.NoError(t, err)
			assert.NotEqual(t, string(before), string(text), name)
			assert.Equal(t, bytes.Count(before, []byte("\n")), bytes.Count(text, []byte("\n")), "%s: lines stay", name)
			assert.Equal(t, bytes.Count(before, []byte("func(")), bytes.Count(text, []byte("func(")),
				"%s: stacks name closures by their number", name)
			_, err = format.Source(text)
			assert.NoError(t, err, "%s is Go", name)
		}
		testing := string(files["testing/testing.go"])
		assert.Contains(t, testing, "LeakcheckPoints.Test(t, fn, t.tstate != nil && t.tstate.isFuzzing)")
		assert.Contains(t, testing, "t.tstate.release()\n\t\t}; if LeakcheckPoints.Over != nil && t.isParallel { LeakcheckPoints.Over(t) };")
		assert.Contains(t, testing, "!t.isSynctest", "the function in a bubble is no test of its own")
		assert.Contains(t, string(files["runtime/pprof/pprof.go"]), "return leakcheckUser((*labelMap)(p.labels[i]))")
	}
}

// What is looked for and not found is named with the release.
func TestPatchErrors(t *testing.T) {
	t.Parallel()
	const imports = "package testing\nimport (\n\"os\"\n)\n"
	const runner = "func tRunner(t *T, f func(*T)) { defer func() { if a { b() } else if t.isParallel { c() } }() }"
	for _, tt := range []struct {
		file   int
		src    string
		want   string
		reason string
	}{
		{0, imports, "testing/testing.go: func tRunner is not there", "another name"},
		{0, imports + "func tRunner(t *T) {}", "the two parameters of tRunner is not there", "another signature"},
		{0, imports + "func tRunner(t *T, f func(*T)) { if a { b() } else if t.c { d() } }", "where tRunner has a parallel test", "no turns"},
		{0, imports + runner, "func (*M).Run is not there", "M.Run is gone"},
		{0, imports + runner + "\nfunc (m *M) Run() int { return 0 }", "the name of the result of M.Run", "no name"},
		{0, imports + runner + "\nfunc (m *M) Run() (c int) { return 0 }", "M.exitCode", "no field"},
		{1, imports + "func (b B) runN() {}", "func (*B).runN is not there", "no pointer"},
		{1, imports + "func (b *B) runN() {}", "the call of the benchmark's function", "it calls something else"},
		{4, "package testdeps\nimport \"os\"\n", "a group of imports is not there", "one import"},
		{5, imports, "func SetGoroutineLabels is not there", "another name"},
		{5, imports + "func SetGoroutineLabels() { set(ctxLabels) }", "unsafe.Pointer(ctxLabels) of func SetGoroutineLabels", "another call"},
	} {
		s, err := parseSource(patches[tt.file].name, []byte(tt.src))
		require.NoError(t, err, tt.reason)
		assert.ErrorContains(t, patches[tt.file].change(s), tt.want, tt.reason)
	}

	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "src", "testing"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "VERSION"), []byte("go1.99.1\ntime x\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "src", "testing", "testing.go"), []byte(imports), 0o644))
	o, err := newOverlay(t.TempDir(), "", "")
	require.NoError(t, err)
	_, err = goroot(root).patched(o, false)
	golden.Words(t, "another release", err)
}

func TestReleaseThatIsTooOld(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "src", "internal", "goversion")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	err := goroot(root).check()
	require.Error(t, err)
	missing, _, _ := strings.Cut(err.Error(), ": open ")
	golden.Words(t, "no sources", missing)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "goversion.go"), []byte("package goversion\n\nconst Version = 25\n"), 0o644))
	golden.Words(t, "too old", goroot(root).check())
}

func TestSwitchOn(t *testing.T) {
	t.Parallel()
	got, err := switchOn([]byte("const X = false\nconst XInt = 0\n"))
	require.NoError(t, err)
	assert.Equal(t, "const X = true\nconst XInt = 1\n", string(got))
	_, err = switchOn([]byte("const X = true\n"))
	golden.Words(t, "not there", err)
}

// The go command lets no file of the module cache be replaced: a release there
// gets the name of a link.
func TestLinkTo(t *testing.T) {
	t.Parallel()
	dir, links := t.TempDir(), t.TempDir()
	link := filepath.Join(links, "go")
	require.NoError(t, symlink(dir, link))
	require.NoError(t, symlink(dir, link), "one that is there is used again")
	assert.ErrorContains(t, symlink(links, link), "is another link")
	assert.True(t, within(links, link))
	assert.False(t, within(links, dir))
	assert.False(t, within(links, links+"2"))
}
