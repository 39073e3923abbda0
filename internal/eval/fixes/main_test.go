package main

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The trials are for the program: each takes minutes of a busy machine. The script
// fix.txtar of internal/cli has one.
func TestBadPattern(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	_, err := run(t.Context(), []string{"-only", "("}, &out, io.Discard)
	require.ErrorContains(t, err, "error parsing regexp")
	require.Empty(t, out.String())
}
