package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCorpus: the distribution's own tests of channels and select statements print
// the same and end the same way after their rewriting, and the external tests of
// package context pass. The command takes more of both.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root, err := goroot(t.Context())
	require.NoError(t, err)
	w := work{temp: t.TempDir(), out: io.Discard}

	r, err := w.distribution(t.Context(), root, []string{"chan", "ken"})
	require.NoError(t, err)
	assert.Empty(t, r.differ)
	assert.Greater(t, r.ran, 15)
	assert.Greater(t, r.sites, 200)

	r, err = w.standard(t.Context(), root, []string{"context"})
	require.NoError(t, err)
	assert.Empty(t, r.differ)
	assert.Greater(t, r.ran, 20)
	assert.Greater(t, r.sites, 100)
}
