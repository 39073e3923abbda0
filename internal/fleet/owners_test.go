package fleet

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

func owners(t *testing.T, text string) (*Owners, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "CODEOWNERS")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
	return ReadOwners(name)
}

// The examples of GitHub's page, and what follows from them.
func TestOwnedPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, file string
		want          bool
		reason        string
	}{
		{"*", "a/b/c.go", true, "everything"},
		{"*.js", "a/b.js", true, "a name anywhere"},
		{"*.js", "a/b.jsx", false, "the whole name"},
		{"/build/logs/", "build/logs/x/y.go", true, "a folder at the root with all below it"},
		{"/build/logs/", "a/build/logs/y.go", false, "at the root alone"},
		{"docs/*", "docs/a.go", true, "the files of a folder"},
		{"docs/*", "docs/a/b.go", false, "and not those below"},
		{"apps/", "x/apps/a/b.go", true, "a folder anywhere"},
		{"/docs/", "docs/a.go", true, "at the root"},
		{"/apps/github", "apps/github/x.go", true, "a folder without a slash at the end"},
		{"**/logs", "build/logs/x.go", true, "any depth"},
		{"**/logs", "logs/x.go", true, "none as well"},
		{"a/**/b", "a/x/y/b", true, "any depth in between"},
		{"cart", "cart/store.go", true, "a folder by its name alone"},
		{"cart", "carts/store.go", false, "the whole of it"},
		{"a.b", "axb", false, "a dot is a dot"},
		{"/store?.go", "store1.go", true, "one character"},
	} {
		p, err := compileOwned(tt.pattern)
		require.NoError(t, err)
		assert.Equal(t, tt.want, p.MatchString(tt.file), "%s, %s: %s (%s)", tt.pattern, tt.file, tt.reason, p)
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	o, err := owners(t, "# all\n* @all\n\n/cart/ @cart @shop # both\n/cart/gone/\n[Section]\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"@cart", "@shop"}, o.ofFile("cart/store.go"), "the last rule counts")
	assert.Empty(t, o.ofFile("cart/gone/x.go"), "a rule can take owners away")
	assert.Equal(t, []string{"@all"}, o.ofFile("x.go"))

	g := &stackparse.Goroutine{Frames: []stackparse.Frame{
		{Func: "sync.(*Mutex).Lock", File: "/go/src/sync/mutex.go"},
		{Func: "example.com/shop/cart.(*Store).push", File: "/some/where/else/store.go"},
	}}
	assert.Equal(t, "@cart @shop (CODEOWNERS)", o.of(g, "example.com/shop"), "by package, wherever it was built")
	assert.Empty(t, o.of(g, "example.com/sho"), "another module")
	assert.Empty(t, o.of(g, ""))
	assert.Empty(t, (*Owners)(nil).of(g, "example.com/shop"))
	g = &stackparse.Goroutine{Creator: &stackparse.Creator{Func: "example.com/shop.main", File: `C:\src\main.go`}}
	assert.Equal(t, "@all (CODEOWNERS)", o.of(g, "example.com/shop"), "who started it")

	o, err = owners(t, "a @a\n!b @b\n[c-d] @c\ne @e\n")
	assert.ErrorContains(t, err, `CODEOWNERS:2: pattern "!b"`)
	assert.ErrorContains(t, err, `CODEOWNERS:3: pattern "[c-d]"`)
	assert.Equal(t, []string{"@e"}, o.ofFile("e"), "the rest is used")
}
