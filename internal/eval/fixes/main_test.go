package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The trials are for the program: each takes minutes of a busy machine. The script
// fix.txtar of internal/cli has one.
func TestBadPattern(t *testing.T) {
	t.Parallel()
	var out, errors strings.Builder
	require.Equal(t, 2, run([]string{"-only", "("}, &out, &errors))
	require.Contains(t, errors.String(), "fixes: error parsing regexp")
	require.Empty(t, out.String())
}
