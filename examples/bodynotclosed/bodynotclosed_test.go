package bodynotclosed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestHealthy is the leaky test with the fix in place.
func TestHealthy(t *testing.T) {
	leakcheck.Verify(t)
	require.NoError(t, Healthy(client(), serve(t)))
}

func TestHealthyNoServer(t *testing.T) {
	leakcheck.Verify(t)
	require.Error(t, Healthy(client(), "http://127.0.0.1:1"))
}
