package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What a report says to paste has to work: the expression of each finding
// matches the goroutines that it was printed for, and the expressions of all of
// them together leave nothing to report but what has none. The dumps are real,
// of several releases, and some are broken on purpose.
func TestIgnoresMatchWhatTheyWerePrintedFor(t *testing.T) {
	t.Parallel()
	total := 0
	for _, glob := range []string{"../../../stackparse/testdata/dumps/*/*.txt", "../../../filters/testdata/*.txt", "testdata/*.txt"} {
		files, err := filepath.Glob(glob)
		require.NoError(t, err)
		require.NotEmpty(t, files, glob)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			gs, _ := stackparse.Parse(text) // what is broken is left out
			total += checkIgnores(t, file, gs)
		}
	}
	assert.Greater(t, total, 500, "findings with an ignore line")
}

// checkIgnores returns the number of findings on gs that have an ignore line.
func checkIgnores(t *testing.T, file string, gs []stackparse.Goroutine) (n int) {
	t.Helper()
	var ignores []filters.Filter
	for _, f := range report.Build("the tests", leaksOf(gs), &source.Tree{}).Findings {
		if f.Ignore == "" {
			continue
		}
		n++
		filter := pasted(t, f.Ignore)
		ignores = append(ignores, filter)
		require.True(t, filter.Match(&f.Example), "%s: %s must match goroutine %d", file, filter, f.Example.ID)
		require.Empty(t, filters.TooBroad(filter), "%s: %s", file, filter)
		require.Empty(t, filters.NeverMatches(filter), "%s: %s", file, filter)
	}
	if n == 0 {
		return 0
	}
	any := filters.Any(ignores...)
	rest := slices.DeleteFunc(slices.Clone(gs), func(g stackparse.Goroutine) bool { return any.Match(&g) })
	for _, f := range report.Build("the tests", leaksOf(rest), &source.Tree{}).Findings {
		require.Empty(t, f.Ignore, "%s: goroutine %d is still there", file, f.Example.ID)
	}
	return n
}

// pasted reads an ignore line as the compiler and the program would.
func pasted(t *testing.T, line string) filters.Filter {
	t.Helper()
	text, ok := strings.CutPrefix(line, "leakcheck.Ignore(filters.MustParse(")
	require.True(t, ok, line)
	text, ok = strings.CutSuffix(text, "))")
	require.True(t, ok, line)
	expr, err := strconv.Unquote(text)
	require.NoError(t, err, line)
	f, err := filters.Parse(expr)
	require.NoError(t, err, line)
	return f
}

func leaksOf(gs []stackparse.Goroutine) []report.Leak {
	leaks := make([]report.Leak, len(gs))
	for i := range gs {
		leaks[i].Goroutine = gs[i]
	}
	return leaks
}
