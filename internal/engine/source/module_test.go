package source_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

func TestInModule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, want, reason string }{
		{"/home/me/shop/api/serve.go", "api/serve.go", "a package of the module"},
		{"/home/me/shop/serve.go", "serve.go", "a folder above that of the test"},
		{"/home/me/shop/vendor/x/y.go", "vendor/x/y.go", "a dependency that the repository holds"},
		{"/home/me/shopping/serve.go", "", "another module that begins alike"},
		{"/home/me/shop/../other/x.go", "", "a path that leaves the module"},
		{"/home/me/go/pkg/mod/x@v1.0.0/y.go", "", "a dependency"},
		{"/usr/local/go/src/net/net.go", "", "the standard library"},
		{"shop/api/serve.go", "api/serve.go", "-trimpath"},
		{"net/net.go", "", "-trimpath, the standard library"},
		{"", "", "no file"},
	} {
		assert.Equal(t, tt.want, shop().InModule(printed(tt.file)), "%s: %s", tt.file, tt.reason)
	}
	assert.Empty(t, (&source.Tree{}).InModule(filepath.FromSlash(printed("/x.go"))), "the zero Tree")
}
