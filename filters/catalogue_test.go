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
// documented, a dump of a running program shows what it is for (NAME.match.txt;
// NAME.source.txt was written by hand from the source instead), and it matches
// none of the goroutines of a user that look like those. These are made from
// the dump; NAME.miss.txt may add others.
func TestCatalogueEntries(t *testing.T) {
	t.Parallel()
	entries := Catalogue()
	require.NotEmpty(t, entries)
	seen := map[string]bool{}
	for _, e := range entries {
		t.Run(e.ID, func(t *testing.T) {
			assert.False(t, seen[e.ID], "an ID is used once")
			seen[e.ID] = true
			checkFields(t, e)
			misses := 0
			for _, g := range examples(t, e) {
				found, ok := Lookup(&g)
				assert.True(t, ok && found.ID == e.ID, "goroutine %d is taken for %q", g.ID, found.ID)
				assert.True(t, e.Match.Match(&g), "%s must match goroutine %d", e.Match, g.ID)
				assert.Equal(t, e.Class == ClassBenign, IsBenign(&g), "goroutine %d", g.ID)
				for reason, near := range nearMisses(g) {
					misses++
					assert.False(t, e.Match.Match(&near), "%s must not match goroutine %d as %s", e.Match, g.ID, reason)
					assert.False(t, IsBenign(&near), "goroutine %d as %s", g.ID, reason)
				}
				if strings.Contains(e.Match.String(), "started-in:1") {
					near := *g.Clone()
					near.Creator.Goroutine = 7
					assert.False(t, IsBenign(&near), "goroutine %d, if a test had started it", g.ID)
				}
			}
			if !hasDump(e.ID, "miss") {
				assert.Positive(t, misses, "no goroutine shows what the entry must not match; add one as ID.miss.txt")
				return
			}
			for _, g := range readDump(t, e.ID, "miss") {
				assert.False(t, e.Match.Match(&g), "%s must not match goroutine %d", e.Match, g.ID)
				assert.False(t, IsBenign(&g), "goroutine %d is a user's leak", g.ID)
			}
		})
	}
}

func checkFields(t *testing.T, e Entry) {
	assert.Regexp(t, `^[a-z0-9-]+(/[a-z0-9-]+)+$`, e.ID, "an ID is a stable path")
	assert.NotEmpty(t, e.Module)
	assert.NotEqual(t, "unknown", e.Class.String())
	assert.NotEqual(t, "none", e.Match.String())
	assert.Greater(t, len(e.Why), 20, "Why says why it runs")
	assert.Contains(t, e.Source, ".go: ", "Source is file: function")
	version := `^v\d+\.\d+\.\d+`
	if e.Module == "std" {
		version = `^go1\.\d+$`
	}
	assert.Regexp(t, version, e.Since)
	if e.Until != "" {
		assert.Regexp(t, version, e.Until)
	}
	assert.False(t, e.Class == ClassMissingClose && e.Fix == "", "a missing close has a Fix")
	assert.Equal(t, e.Class == ClassSlowToStop, e.Linger > 0, "Linger is for what is slow to stop, and only for it")
	if e.ID != "testing/test" { // is meant to match every test
		assert.Empty(t, TooBroad(e.Match))
	}
	assert.Empty(t, NeverMatches(e.Match))
	back, err := Parse(e.Match.String())
	require.NoError(t, err)
	assert.Equal(t, e.Match.String(), back.String())
}

// nearMisses makes goroutines of a user from one of a library.
func nearMisses(g stackparse.Goroutine) map[string]stackparse.Goroutine {
	if g.Creator == nil {
		return nil
	}
	fork, inside := *g.Clone(), *g.Clone()
	fork.Creator.Func = "example.com/fork/" + fork.Creator.Func
	for i := range fork.Frames {
		fork.Frames[i].Func = "example.com/fork/" + fork.Frames[i].Func
	}
	// A goroutine that a user's code started, itself or by a helper, and that
	// is blocked in the same call of the library.
	if !helper(inside.Creator.Func) {
		inside.Creator.Func = "example.com/shop.Start"
	}
	for i := len(inside.Frames) - 1; i >= 0; i-- {
		if !helper(inside.Frames[i].Func) {
			inside.Frames[i].Func = "example.com/shop.Start.func1"
			break
		}
	}
	return map[string]stackparse.Goroutine{"another module's with the same names": fork, "a user's own, blocked there": inside}
}

// helper reports whether name starts a goroutine for its caller.
func helper(name string) bool {
	return strings.HasPrefix(name, "sync.(*WaitGroup).Go") || name == "runtime.goexit" || name == "time.goFunc"
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
	require.NotEmpty(t, files)
	for _, file := range files {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		assert.True(t, known[name], "%s belongs to no entry", file)
	}
}

func dumpFile(id, kind string) string {
	return filepath.Join("testdata", strings.ReplaceAll(id, "/", "_")+"."+kind+".txt")
}

func hasDump(id, kind string) bool {
	_, err := os.Stat(dumpFile(id, kind))
	return err == nil
}

// examples are the goroutines that e is for.
func examples(t *testing.T, e Entry) []stackparse.Goroutine {
	t.Helper()
	if hasDump(e.ID, "source") {
		return readDump(t, e.ID, "source")
	}
	return readDump(t, e.ID, "match")
}

func readDump(t *testing.T, id, kind string) []stackparse.Goroutine {
	t.Helper()
	text, err := os.ReadFile(dumpFile(id, kind))
	require.NoError(t, err, "every entry needs a dump that it matches")
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

// The index finds what a walk over the catalogue finds.
func TestLookupAgreesWithCatalogue(t *testing.T) {
	t.Parallel()
	for _, e := range Catalogue() {
		for _, g := range examples(t, e) {
			var first, firstBenign string
			for _, other := range Catalogue() {
				if !other.Match.Match(&g) {
					continue
				}
				if first == "" {
					first = other.ID
				}
				if firstBenign == "" && other.Class == ClassBenign {
					firstBenign = other.ID
				}
			}
			found, _ := Lookup(&g)
			assert.Equal(t, first, found.ID, "goroutine %d of %s", g.ID, e.ID)
			assert.Equal(t, firstBenign != "", IsBenign(&g), "goroutine %d of %s", g.ID, e.ID)
		}
	}
}

// What every goroutine is asked must not cost memory.
//
// Not parallel: testing.AllocsPerRun counts the allocations of the process.
func TestIsBenignDoesNotAllocate(t *testing.T) {
	g := parseOne(t, worker)
	assert.Zero(t, testing.AllocsPerRun(100, func() { IsBenign(g) }))
}

func TestSets(t *testing.T) {
	t.Parallel()
	sets := map[Class]Filter{ClassBenign: Benign(), ClassSlowToStop: SlowToStop(), ClassMissingClose: MissingClose()}
	for _, e := range Catalogue() {
		for _, g := range examples(t, e) {
			for class, set := range sets {
				assert.Equal(t, e.Class == class, set.Match(&g), "%s in %s", e.ID, set)
			}
			assert.True(t, Known(e.ID).Match(&g), "%s", e.ID)
			assert.True(t, KnownModule(e.Module).Match(&g), "%s", e.Module)
			assert.Equal(t, e.Module == "std", KnownModule("std").Match(&g), "%s", e.ID)
		}
	}
}

func TestClassString(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "benign", ClassBenign.String())
	assert.Equal(t, "slow to stop", ClassSlowToStop.String())
	assert.Equal(t, "missing close", ClassMissingClose.String())
	assert.Equal(t, "unknown", Class(0).String())
}
