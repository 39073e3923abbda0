package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// drive makes the paths of the tables absolute on Windows as well.
var drive = map[bool]string{true: "C:"}[runtime.GOOS == "windows"]

// printed is a path as a dump prints it: with slashes on every system.
func printed(path string) string {
	if strings.HasPrefix(path, "/") {
		return drive + path
	}
	return path
}

func shop() *source.Tree {
	return &source.Tree{GoRoot: printed("/usr/local/go/src/"), Module: "shop",
		Dir: filepath.FromSlash(printed("/home/me/shop/api")), Root: filepath.FromSlash(printed("/home/me/shop"))}
}

func TestOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fn   string
		want bool
	}{
		{"shop.Serve", true}, {"shop/api.(*Server).Serve.func1", true}, {"shop_test.TestServe", true}, {"shop/api_test.TestServe", true},
		{"main.main", true}, {"shopping.Serve", false}, {"time.Sleep", false}, {"example.com/shop.Serve", false},
	} {
		assert.Equal(t, tt.want, shop().Own(tt.fn), tt.fn)
	}
	assert.False(t, (&source.Tree{}).Own("main.main"), "without a main module nothing is known to be of it")
}

func TestStd(t *testing.T) {
	t.Parallel()
	trimmed := &source.Tree{Module: "shop"}
	for _, tt := range []struct {
		tree     *source.Tree
		fn, file string
		want     bool
		reason   string
	}{
		{shop(), "net/http.(*Server).Serve", "/usr/local/go/src/net/http/server.go", true, "below GoRoot"},
		{shop(), "golang.org/x/net/http2.f", "/usr/local/go/src/vendor/golang.org/x/net/f.go", true, "vendored by the library"},
		{shop(), "shop.Serve", "/home/me/shop/serve.go", false, "the main module"},
		{shop(), "shop/api.Serve", "/home/me/shop/api/serve.go", false, "a package of the main module"},
		{shop(), "shopping.Serve", "/home/me/shopping/serve.go", false, "a module that begins alike, elsewhere"},
		{shop(), "shopping.Serve", "/usr/local/go/src/shopping/serve.go", true, "the file decides where it is known"},
		{shop(), "gopkg.in/yaml%2ev3.Unmarshal", "/home/me/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go", false, "a dependency"},
		{shop(), "shop.Find.Values[...].func1", "/usr/local/go/src/slices/iter.go", true, "the library's literal, compiled into the main module's function"},
		{shop(), "main.main.Values[...].func1", "/usr/local/go/src/slices/iter.go", true, "and into one of package main"},
		{shop(), "main.main", "/usr/local/go/src/cmd/x/main.go", false, "package main is the user's"},
		{shop(), "net/http.f", "/usr/local/go/src2/net/http/server.go", false, "a folder that begins alike"},
		{trimmed, "net/http.(*Server).Serve", "net/http/server.go", true, "-trimpath: no dot in the first element"},
		{trimmed, "example.com/x.F", "example.com/x@v1.0.0/x.go", false, "-trimpath: a dot in the first element"},
		{trimmed, "gopkg%2ein/x.F", "gopkg.in/x@v1.0.0/x.go", false, "-trimpath: an escaped dot counts"},
		{trimmed, "shop.F", "shop/f.go", false, "-trimpath: the main module has no dot either"},
		{trimmed, "other.TestF", "other/f_test.go", false, "-trimpath: the library's tests are not in a dump"},
		{trimmed, "other_test.F", "other/f.go", false, "-trimpath: an external test package"},
		{&source.Tree{}, "main.main", "", false, "the zero Tree"},
		{&source.Tree{}, "time.Sleep", "", true, "the zero Tree goes by the name"},
	} {
		assert.Equal(t, tt.want, tt.tree.Std(tt.fn, printed(tt.file)), "%s in %s: %s", tt.fn, tt.file, tt.reason)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, want, reason string }{
		{"/usr/local/go/src/net/http/server.go", "net/http/server.go", "the library"},
		{"/home/me/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/yaml.go", "gopkg.in/yaml.v3@v3.0.1/yaml.go", "the module cache"},
		{"/home/me/pkg/mod/notes.go", "/home/me/pkg/mod/notes.go", "a folder that looks like it, without a version"},
		{"/home/me/shop/api/serve.go", "serve.go", "in the working directory"},
		{"/home/me/shop/api/v2/serve.go", "v2/serve.go", "below it"},
		{"/home/me/shop/pool.go", "../pool.go", "above it, in the module"},
		{"/home/me/shopping/pool.go", "/home/me/shopping/pool.go", "a folder that begins alike"},
		{"/home/you/x.go", "/home/you/x.go", "elsewhere"},
		{"shop/api/serve.go", "serve.go", "-trimpath"},
		{"_testmain.go", "_testmain.go", "made by the go command"},
		{"", "", "no file"},
	} {
		assert.Equal(t, printed(tt.want), shop().Short(printed(tt.file)), tt.reason)
	}
	assert.Equal(t, "/home/me/shop/pool.go", new(source.Tree).Short("/home/me/shop/pool.go"), "the zero Tree shortens nothing")
}

func TestPosition(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "serve.go:12", shop().Position(printed("/home/me/shop/api/serve.go"), 12))
	assert.Empty(t, shop().Position("", 12), "no file, no position")
}

// write makes a file below dir and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func TestLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tree := &source.Tree{Module: "example.com/shop", Root: dir}
	file := write(t, dir, "api/a.go", "package api\n\n\tgo serve()  \r\n")
	assert.Equal(t, "package api", tree.Line(file, 1), "lines are counted from one")
	assert.Equal(t, "go serve()", tree.Line(file, 3), "without the space around it")
	for _, n := range []int{-1, 0, 5, 1 << 30} {
		assert.Empty(t, tree.Line(file, n), "line %d is not there", n)
	}
	assert.Equal(t, "package api", tree.Line("example.com/shop/api/a.go", 1), "-trimpath: looked for in the main module")
	assert.Empty(t, tree.Line("example.com/shopping/api/a.go", 1), "-trimpath: another module")
	assert.Empty(t, new(source.Tree).Line("api/a.go", 1), "the zero Tree finds no relative file")

	require.NoError(t, os.Remove(file))
	assert.Equal(t, "package api", tree.Line(file, 1), "a file is read once")
}

// The lines of a file that has changed since the dump are other ones.
func TestLinesOfAChangedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	tree := &source.Tree{Dir: dir, Root: dir, Until: now.Add(-time.Hour)}
	for name, written := range map[string]time.Time{"old.go": now.Add(-2 * time.Hour), "with.go": tree.Until.Add(time.Second), "new.go": now} {
		file := write(t, dir, name, "package a\n")
		require.NoError(t, os.Chtimes(file, written, written))
		assert.Equal(t, name != "new.go", tree.Line(file, 1) != "", name)
	}
	assert.Empty(t, tree.Line(filepath.Join(dir, "gone.go"), 1))
	assert.Equal(t, []string{"new.go"}, tree.Changed(), "one that is not there has not changed")
}

func TestLinesRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	huge := write(t, dir, "huge.go", string(bytes.Repeat([]byte("//\n"), 4<<20/3+1)))
	folder := filepath.Join(dir, "folder.go")
	require.NoError(t, os.Mkdir(folder, 0o755))
	for _, tt := range []struct{ file, reason string }{
		{os.DevNull, "a device"},
		{huge, "more than a source file has"},
		{folder, "a folder"},
		{write(t, dir, "secret.txt", "secret"), "not a Go file"},
		{filepath.Join(dir, "absent.go"), "not there"},
		{"", "no file"},
		{"relative.go", "relative to nothing"},
	} {
		assert.Nil(t, new(source.Tree).Lines(tt.file), tt.reason)
	}
}

// A device can be called x.go: only a look at the file tells.
func TestLinesOfADeviceNamedGo(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "zero.go")
	if err := os.Symlink(os.DevNull, link); err != nil {
		return // a system without symbolic links cannot have the case
	}
	assert.Nil(t, new(source.Tree).Lines(link))
}

func TestHere(t *testing.T) {
	t.Parallel()
	tree := source.Here()
	_, own, here, ok := runtime.Caller(0)
	require.True(t, ok)
	fn := "github.com/leakcheck-go/goroutine/internal/engine/source_test.TestHere"
	assert.False(t, tree.Std(fn, own), "this file is not the library's")
	assert.Equal(t, "source_test.go", filepath.Base(tree.Short(own)))
	assert.Contains(t, tree.Line(own, here), "runtime.Caller(0)", "its lines can be read")

	pc, file, line, ok := runtime.Caller(1)
	require.True(t, ok)
	caller := runtime.FuncForPC(pc).Name()
	assert.True(t, tree.Std(caller, file), "%s in %s is the library's", caller, file)
	assert.Equal(t, "testing/testing.go", tree.Short(file))
	assert.NotZero(t, line)
	assert.True(t, tree.Std("net/http.(*Server).Serve", tree.GoRoot+"net/http/server.go"))
	assert.NotEmpty(t, tree.Root)
	assert.Equal(t, "github.com/leakcheck-go/goroutine", tree.Module)
}
