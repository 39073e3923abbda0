//go:build unix

package links

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run is a run of the go command, with the linker of testdata.
type run struct {
	t    *testing.T
	kept string // the folder
	work string // a new one for each run, as the go command has it
	args []string
}

func newRun(t *testing.T, kept string, flags ...string) *run {
	r := &run{t: t, kept: kept, work: t.TempDir()}
	require.NoError(t, os.WriteFile(r.path("cfg"), []byte("binary of "+r.work), 0o600))
	r.args = slices.Concat([]string{"-o", r.path("a.test"), "-importcfg", r.path("cfg")}, flags,
		[]string{"-buildmode=exe", "-buildid=a/b/c/a", "-s=false", "-extld=gcc", r.path("main.a")})
	return r
}

func (r *run) path(name string) string { return filepath.Join(r.work, name) }

// link returns the exit code and what was printed.
func (r *run) link() (int, string) {
	var out bytes.Buffer
	start := strconv.FormatInt(time.Now().UnixNano(), 10)
	code := Main(slices.Concat([]string{r.kept, start, "testdata/link"}, r.args), &out, &out)
	return code, out.String()
}

// binary is what was linked, or copied, and linked says which.
func (r *run) binary() (text string, linked bool) {
	r.t.Helper()
	b, err := os.ReadFile(r.path("a.test"))
	require.NoError(r.t, err)
	_, err = os.Stat(r.path("cfg.log"))
	return string(b), err == nil
}

// ok links without an error.
func (r *run) ok() (text string, linked bool) {
	r.t.Helper()
	code, out := r.link()
	require.Zero(r.t, code, out)
	require.Empty(r.t, out)
	return r.binary()
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return all
}

func TestSecondRunLinksNothing(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	first := newRun(t, kept)
	want, linked := first.ok()
	require.True(t, linked)
	for range 2 { // the go command changes the first copy
		r := newRun(t, kept)
		got, linked := r.ok()
		assert.False(t, linked)
		assert.Equal(t, want, got)
		info, err := os.Stat(r.path("a.test"))
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o100, "it can be run")
		require.NoError(t, os.WriteFile(r.path("a.test"), []byte("other"), 0o700))
	}
	other := newRun(t, kept, "-X=main.version=2")
	_, linked = other.ok()
	assert.True(t, linked)
	assert.Len(t, names(t, kept), 2)
}

func TestKey(t *testing.T) {
	t.Parallel()
	key := func(args string) string {
		l := link{tool: "/go/link", args: strings.Fields(args)}
		return l.key()
	}
	const usual = "-o w/x.test -importcfg w/cfg -s -w -X=a.b=c -buildmode=exe -buildid=a/b/c/a -s=false -extld=gcc "
	want := key(usual + "w/main.a")
	require.NotEmpty(t, want)
	assert.Equal(t, want, key(strings.ReplaceAll(usual, "w/", "v/")+"v/main.a"), "each run has another work folder")
	assert.NotEqual(t, want, (&link{tool: "/other/link", args: strings.Fields(usual + "w/main.a")}).key())
	for _, more := range []string{"-race", "-installsuffix race", "-X d.e=f", "-s", "-w=false", "-buildid=mine"} {
		got := key(usual + more + " w/main.a")
		assert.NotEmpty(t, got, more)
		assert.NotEqual(t, want, got, more)
	}
	for _, more := range []string{
		"-linkmode=external", "-extldflags=-static", "-v", "-buildmode=plugin", "-buildmode=pie", "-linkshared", "-fipso x",
		"-tmpdir=t", "-unknown", "@file",
	} {
		assert.Empty(t, key(usual+more+" w/main.a"), more)
	}
	for _, less := range []string{"-buildid=a/b/c/a ", "-o w/x.test "} {
		assert.Empty(t, key(strings.Replace(usual, less, "", 1)+"w/main.a"), "without %s", less)
	}
	assert.Empty(t, key(strings.Replace(usual, "a/b/c/a", "mine", 1)+"w/main.a"), "not of the go command")
	assert.Empty(t, key("@file"))
	assert.Empty(t, key("-V=full"))
}

// What differs from a quiet and good link is not kept: its words are wanted each time.
func TestNotKept(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		flag, reason string
		code         int
		out          string
	}{
		{"-X=fails", "it fails", 3, "undefined: f\n"},
		{"-X=silent", "it fails and says nothing", 3, "testdata/link: exit status 3\n"},
		{"-X=killed", "it does not come to its end", 1, "testdata/link: signal: killed\n"},
		{"-X=warns", "it has something to say", 0, "warning\n"},
		{"-X=external", "libraries of the system are linked", 0, ""},
	} {
		kept := t.TempDir()
		for range 2 {
			r := newRun(t, kept, row.flag)
			code, out := r.link()
			assert.Equal(t, row.code, code, row.reason)
			assert.Equal(t, row.out, out, row.reason)
			if code == 0 {
				_, linked := r.binary()
				assert.True(t, linked, row.reason)
			}
			assert.Empty(t, names(t, kept), row.reason)
		}
	}
}

// An interrupt goes to the linker and to this program, which leaves nothing behind:
// its folder is gone when it prints, since nobody may read that any more.
func TestInterrupt(t *testing.T) {
	r := newRun(t, t.TempDir(), "-X=interrupted")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	l := link{tool: "testdata/link", args: r.args}
	code, out := l.link(l.key(), &store{dir: r.kept})
	assert.Empty(t, names(t, temp))
	assert.Equal(t, 1, code)
	assert.Equal(t, "testdata/link: signal: interrupt\n", string(out))
	assert.Empty(t, names(t, r.kept))
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	for reason, change := range map[string]func(text []byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"cut in a half": func(text []byte) []byte { return text[:len(text)/2] },
		"without end":   func(text []byte) []byte { return text[:len(text)-1] },
		"other text":    func(text []byte) []byte { text[3]++; return text },
		"no text":       func(text []byte) []byte { return bytes.Repeat([]byte{0}, len(text)) },
		"too long":      func(text []byte) []byte { return append(text, 'x') },
	} {
		kept := t.TempDir()
		newRun(t, kept).ok()
		file := names(t, kept)[0]
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, change(text), 0o600))
		r := newRun(t, kept)
		got, linked := r.ok()
		assert.True(t, linked, reason)
		assert.Equal(t, "binary of "+r.work, got, reason)
		again, linked := newRun(t, kept).ok()
		assert.False(t, linked, "%s: the new one is kept", reason)
		assert.Equal(t, got, again, reason)
	}
}

func TestFolderOfNoUse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	unwritable := t.TempDir()
	require.NoError(t, os.Chmod(unwritable, 0o500)) // root may write anyway
	for _, dir := range []string{file, filepath.Join(t.TempDir(), "none"), unwritable} {
		_, linked := newRun(t, dir).ok()
		assert.True(t, linked)
	}
	// The linker decides about a binary that is there.
	kept := t.TempDir()
	newRun(t, kept).ok()
	r := newRun(t, kept)
	require.NoError(t, os.WriteFile(r.path("a.test"), []byte("old"), 0o600))
	_, linked := r.ok()
	assert.True(t, linked)
}

// A full store gives up what was not used for longest, but nothing that the same
// run has used.
func TestFullFolder(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	binary := filepath.Join(t.TempDir(), "a.test")
	require.NoError(t, os.WriteFile(binary, make([]byte, 100), 0o600))
	s := store{dir: dir, start: now.Add(-time.Minute), limit: 3 * (100 + trailerLen)}
	age := map[string]time.Duration{"a": 3 * time.Hour, "b": 2 * time.Hour, "c": time.Second}
	for name, d := range age {
		s.put(name, binary)
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), now.Add(-d), now.Add(-d)))
	}
	left := func() string {
		var all []string
		for _, path := range names(t, dir) {
			all = append(all, filepath.Base(path))
		}
		return strings.Join(all, " ")
	}
	require.Equal(t, "a b c", left())
	out := filepath.Join(t.TempDir(), "out")
	require.True(t, s.copyTo(out, "a"))
	s.put("d", binary)
	assert.Equal(t, "a c d", left(), "a was used since")
	s.put("e", binary)
	assert.Equal(t, "a c d", left(), "all were used in this run")
	s.limit = 100
	s.put("f", binary)
	assert.Equal(t, "a c d", left(), "it can never fit")

	s.start = now.Add(keepFor + time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, "c"), s.start, s.start))
	s.trim()
	assert.Equal(t, "c", left())
}

func TestScript(t *testing.T) {
	t.Parallel()
	sh := func(self string, tool ...string) string {
		t.Helper()
		out, err := exec.Command("/bin/sh", slices.Concat([]string{"-c", script, self, "dir", "1"}, tool)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	echo, err := exec.LookPath("echo")
	require.NoError(t, err)
	linker := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(echo, linker))
	assert.Equal(t, "-o a b  c\n", sh("testdata/self", echo, "-o", "a", "b  c"), "no linker")
	assert.Equal(t, "-V=full\n", sh("testdata/self", linker, "-V=full"), "no link")
	assert.Equal(t, "self leakcheck-link dir 1 "+linker+" -o a b  c\n", sh("testdata/self", linker, "-o", "a", "b  c"))
	assert.Equal(t, "-o a\n", sh("testdata/gone", linker, "-o", "a"), "this executable is gone")
}

func TestFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flags := Flags(dir)
	require.Len(t, flags, 1)
	assert.Regexp(t, `^-toolexec=/bin/sh -c '.*' \S+ `+dir+`/links \d+$`, flags[0])
	assert.Equal(t, []string{filepath.Join(dir, "links")}, names(t, dir))
	assert.Empty(t, Flags(""))
	assert.Empty(t, Flags(filepath.Join(dir, "none", "kept")))
	for word, want := range map[string]string{
		"a": "a", "a b": "'a b'", "it's": `"it's"`, `a"b`: `'a"b'`,
	} {
		got, ok := Quote(word)
		assert.True(t, ok, word)
		assert.Equal(t, want, got)
	}
	_, ok := Quote(`'"`)
	assert.False(t, ok)
}

func TestMainAlone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"dir", "1", "link"}, {"dir", "soon", "link", "-o"}} {
		var out, errs bytes.Buffer
		assert.Equal(t, 2, Main(args, &out, &errs))
		assert.Contains(t, errs.String(), "leakcheck: "+Command)
	}
}
