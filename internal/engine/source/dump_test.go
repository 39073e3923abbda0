package source_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// The module lies in another folder than where the program was built.
func TestOf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "cart"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("// a shop\nmodule example.com/shop // it is\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cart", "cart.go"), []byte("package cart\n\tch <- 1\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\nfunc main() {}\n"), 0o644))
	frame := func(fn, file string) stackparse.Frame { return stackparse.Frame{Func: fn, File: file, Line: 2} }
	for _, tt := range []struct {
		name   string
		frames []stackparse.Frame
		line   string // of the last frame
		short  string
		std    string // the root of the standard library
		reason string
	}{
		{"elsewhere", []stackparse.Frame{frame("net/http.Get", "/opt/go/src/net/http/client.go"), frame("example.com/shop/cart.Add", "/build/x/cart/cart.go")},
			"ch <- 1", "cart/cart.go", "/opt/go/src/", "the package's path tells the folder"},
		{"main", []stackparse.Frame{frame("example.com/shop/cart.Add", "/build/x/cart/cart.go"), frame("main.main", "/build/x/main.go")},
			"func main() {}", "main.go", "", "its package does not tell, but others have"},
		{"trimmed", []stackparse.Frame{frame("example.com/shop/cart.Add", "example.com/shop/cart/cart.go")},
			"ch <- 1", "cart/cart.go", "", "paths of -trimpath begin with the module's"},
		{"foreign", []stackparse.Frame{frame("example.org/shop/cart.Add", "/build/x/cart/cart.go")},
			"", "/build/x/cart/cart.go", "", "another module"},
		{"src", []stackparse.Frame{frame("app.run", "/home/me/src/app/app.go")},
			"", "/home/me/src/app/app.go", "", "a folder called src is not always Go's"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := source.Of([]stackparse.Goroutine{{Frames: tt.frames}}, dir)
			last := tt.frames[len(tt.frames)-1]
			assert.Equal(t, tt.line, tree.Line(last.File, last.Line), tt.reason)
			assert.Equal(t, tt.short, tree.Short(last.File), tt.reason)
			assert.Equal(t, tt.std, tree.GoRoot, tt.reason)
		})
	}
}

func TestOfNoModule(t *testing.T) {
	t.Parallel()
	tree := source.Of(nil, t.TempDir())
	assert.Empty(t, tree.Module)
	assert.Equal(t, "/a/b.go", tree.Short("/a/b.go"))
}
