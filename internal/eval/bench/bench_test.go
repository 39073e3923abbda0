package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestParsersAgree: a parser that loses goroutines is not to be compared with.
func TestParsersAgree(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 500} {
		for _, distinct := range []bool{false, true} {
			dump, err := makeDump(n, distinct)
			require.NoError(t, err)
			for _, p := range parsers {
				found, _, err := p.parse(dump)
				require.NoError(t, err, p.name)
				assert.Equal(t, n, found, p.name)
			}
		}
	}
}

// TestDumps: the dumps are what the tables say they are.
func TestDumps(t *testing.T) {
	t.Parallel()
	const n = 3000
	distinct, err := makeDump(n, true)
	require.NoError(t, err)
	gs, err := stackparse.Parse(distinct)
	require.NoError(t, err)
	assert.Len(t, stackparse.Group(gs, stackparse.SameLines), n)

	repeating, err := makeDump(n, false)
	require.NoError(t, err)
	gs, err = stackparse.Parse(repeating)
	require.NoError(t, err)
	groups := stackparse.Group(gs, stackparse.SameLines)
	assert.Less(t, len(groups), 60)
	assert.Greater(t, len(groups), 20)
	ids, args := map[int64]bool{}, map[string]bool{}
	for _, g := range gs {
		ids[g.ID] = true
		args[g.Frames[len(g.Frames)-1].Args] = true
	}
	assert.Len(t, ids, n)
	assert.Greater(t, len(args), n/3, "pointers are of one goroutine each")
}

// TestRun: the command prints all of its tables.
//
// It is not parallel: it checks the goroutines of the process.
func TestRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, time.Millisecond, 1000))
	for _, want := range []string{
		"| stackparse.Parse | ", "| gostackparse | 1.000 | ", "| panicparse | ",
		"\n1000 goroutines on a stack of its own each", "| stackparse.Group, SameLines | distinct | 1000 | ",
		"| goleak.IgnoreCurrent | 1000 | ", "| gleak, goroutine.Goroutines | 1000 | ",
		"| a leaked goroutine whose channel the test still has | ", "| a leaked goroutine that a variable holds | ",
		"| a leaked goroutine that nothing can end | ",
	} {
		assert.Contains(t, out.String(), want)
	}
}
