package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCut(t *testing.T) {
	t.Parallel()
	code, err := cut("util_test.go", "a\n\tIt(\"returns a list of Goroutine IDs in text\", f)\n})\n")
	require.NoError(t, err)
	assert.Equal(t, "a\n})\n", code)
	_, err = cut("util_test.go", "another suite\n")
	assert.ErrorContains(t, err, "not there")
	code, err = cut("other_test.go", "kept\n")
	require.NoError(t, err)
	assert.Equal(t, "kept\n", code)
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const first, second = "FAIL! -- 28 Passed | 2 Failed | 0 Pending\n", "SUCCESS! -- 3 Passed | 0 Failed | 0 Pending\n"
	var known strings.Builder
	for name := range differences {
		known.WriteString("  [FAIL] " + strings.Replace(name, " returns", " [It] returns", 1) + "\n")
	}
	var out strings.Builder
	require.NoError(t, compare(&out, known.String()+first+second))
	assert.Contains(t, out.String(), "31 specs")
	assert.ErrorContains(t, compare(io.Discard, known.String()+"  [FAIL] G [It] is new\n"+first+second), "fails: G is new")
	assert.ErrorContains(t, compare(io.Discard, first+second), "passes, ")
	assert.ErrorContains(t, compare(io.Discard, first+"build failed"), "not run")
}
