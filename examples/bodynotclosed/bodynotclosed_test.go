//go:build !leaky

package bodynotclosed

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// The goroutines are package net/http's, so no line of this package is marked:
// the report names the cause.
func TestLeakIsFound(t *testing.T) {
	out, err := leaky.Run("TestHealthyWrong")
	require.NoError(t, err)
	assert.Contains(t, out, "holding an HTTP client connection")
	assert.Contains(t, out, "defer resp.Body.Close()")
	assert.Contains(t, out, "bodyclose", "the linter that finds it")
}

// TestHealthy is the leaky test with the fix in place.
func TestHealthy(t *testing.T) {
	leakcheck.Verify(t)
	require.NoError(t, Healthy(client(), serve(t)))
}

func TestHealthyNoServer(t *testing.T) {
	leakcheck.Verify(t)
	require.Error(t, Healthy(client(), "http://127.0.0.1:1"))
}
