// Package explore_test runs "leakcheck explore" over programs that leak in some
// orders of events only, and over their repaired twins.
package explore_test

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// enough is more time than a search of these programs takes on a machine that
// has other work to do.
const enough = 7 * time.Minute

// TestPrograms: each test of package wrong passes, and leaks in some runs; a
// search finds all of them. It finds nothing in package right, which it spends
// as much time on.
func TestPrograms(t *testing.T) {
	t.Parallel()
	search(t, "programs", 20)
}

// TestServices: the same for code as services have it, with tests that fail when
// they are told of an error.
func TestServices(t *testing.T) {
	t.Parallel()
	search(t, "more", 10)
}

// search explores the module in a folder of testdata, which has at least so many
// leaks.
func search(t *testing.T, module string, atLeast int) {
	suite, err := explore.Build(t.Context(), inject.Request{
		Go:   inject.Go{Dir: "testdata/" + module, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=")},
		Temp: t.TempDir(), Sources: goroutine.Sources, Proofs: true,
	}, explore.Packages{Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Empty(t, suite.Notes)
	want := map[string]bool{}
	for _, test := range suite.Tests {
		want[test.Name] = true // of both packages
	}
	require.GreaterOrEqual(t, len(want), atLeast)

	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	start := time.Now()
	found := map[string]bool{}
	s := explore.Search{Run: suite.Run, Sites: suite.Sites, Seed: 1, Workers: runtime.GOMAXPROCS(0)}
	s.Found = func(f *explore.Finding) {
		t.Logf("%v %s %s", time.Since(start).Round(time.Millisecond), f.Test.Name, f.When(suite.Sites, suite.Dir(f.Test.Package)))
		if found[f.Test.Name] = true; len(found) == len(want) {
			cancel()
		}
	}
	all, err := s.Explore(ctx, suite.Tests)
	require.NoError(t, err)
	t.Logf("%d leaks in %v", len(all), time.Since(start))

	for _, f := range all {
		assert.Equal(t, "example.com/"+module+"/wrong", f.Test.Package, "%s %s", f.Test.Name, f.Replay())
	}
	for name := range want {
		assert.True(t, found[name], "%s was not found to leak", name)
	}
}
