package filters_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestCatalogueEntries holds every entry to the rules of an [Entry]: it is
// documented, and two dumps show where it ends. NAME.match.txt has goroutines
// that it is for, NAME.miss.txt a user's leaks that look like them.
func TestCatalogueEntries(t *testing.T) {
	t.Parallel()
	entries := Catalogue()
	require.NotEmpty(t, entries)
	seen := map[string]bool{}
	for _, e := range entries {
		t.Run(e.ID, func(t *testing.T) {
			assert.False(t, seen[e.ID], "an ID is used once")
			seen[e.ID] = true
			assert.Regexp(t, `^[a-z]+(/[a-z]+)+$`, e.ID, "an ID is a stable path")
			assert.NotEmpty(t, e.Module)
			assert.NotEqual(t, "unknown", e.Class.String())
			assert.NotEqual(t, "none", e.Match.String())
			assert.NotEmpty(t, e.Why)
			assert.Contains(t, e.Source, ": ", "Source is file: function")
			assert.Regexp(t, `^go1\.\d+$`, e.Since)
			assert.Equal(t, e.Class == ClassMissingClose, e.Fix != "", "Fix is for MissingClose, and only for it")

			for _, g := range readDump(t, e.ID, "match") {
				assert.True(t, e.Match.Match(&g), "%s must match goroutine %d", e.Match, g.ID)
				assert.Equal(t, e.Class == ClassBenign, IsBenign(&g), "goroutine %d", g.ID)
			}
			for _, g := range readDump(t, e.ID, "miss") {
				assert.False(t, e.Match.Match(&g), "%s must not match goroutine %d", e.Match, g.ID)
				assert.False(t, IsBenign(&g), "goroutine %d is a user's leak", g.ID)
			}
		})
	}
}

// A dump without an entry would be a test that tests nothing.
func TestCatalogueDumpsAreUsed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, e := range Catalogue() {
		known[strings.ReplaceAll(e.ID, "/", "_")] = true
	}
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	assert.Len(t, files, 2*len(known), "two dumps an entry")
	for _, file := range files {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		assert.True(t, known[name], "%s belongs to no entry", file)
	}
}

func readDump(t *testing.T, id, kind string) []stackparse.Goroutine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", strings.ReplaceAll(id, "/", "_")+"."+kind+".txt"))
	require.NoError(t, err, "every entry needs a dump that it matches and one that it misses")
	gs, err := stackparse.Parse(text)
	require.NoError(t, err)
	require.NotEmpty(t, gs)
	return gs
}

func TestCatalogueIsACopy(t *testing.T) {
	t.Parallel()
	Catalogue()[0] = Entry{}
	assert.NotEmpty(t, Catalogue()[0].ID, "the caller's slice is its own")
	assert.True(t, IsBenign(&stackparse.Goroutine{ID: 1}), "and not the one that IsBenign reads")
}

func TestIsBenign(t *testing.T) {
	t.Parallel()
	assert.False(t, IsBenign(&stackparse.Goroutine{}), "nothing known, nothing ignored")
	assert.False(t, IsBenign(parseOne(t, worker)), "a user's goroutine")
}

func TestClassString(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "benign", ClassBenign.String())
	assert.Equal(t, "slow to stop", ClassSlowToStop.String())
	assert.Equal(t, "missing close", ClassMissingClose.String())
	assert.Equal(t, "unknown", Class(0).String())
}
