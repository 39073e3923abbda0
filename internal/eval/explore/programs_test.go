package main

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twinRuns is how many runs each repaired test gets.
const twinRuns = 6

// TestPrograms: a search finds that each test of packages wrong leaks in some runs,
// and reports none of packages right. The bounds are numbers of runs: on a busy
// machine a run takes longer, and some perturbations have to be tried again.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, name := range programFolders {
		t.Run(name, func(t *testing.T) {
			w := work{temp: t.TempDir(), out: io.Discard}
			suite, err := w.build(t.Context(), filepath.Join("testdata", name))
			require.NoError(t, err)
			require.Empty(t, suite.Notes)
			wrong, right := split(suite.Tests)
			require.Len(t, right, len(wrong))
			require.GreaterOrEqual(t, len(wrong), 10)

			s, err := findAll(t.Context(), suite, wrong, goal{wrong, maxRuns})
			require.NoError(t, err)
			t.Logf("%d runs in %v", s.runs, s.Clock)
			for _, test := range wrong {
				assert.Contains(t, s.first, test)
			}
			twins, err := findAll(t.Context(), suite, right, goal{runs: twinRuns * len(right)})
			require.NoError(t, err)
			for _, f := range twins.found {
				assert.Fail(t, "a repaired test is reported", f.Test.Name+" "+f.Replay())
			}
		})
	}
}
