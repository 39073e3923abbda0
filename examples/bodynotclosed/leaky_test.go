package bodynotclosed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestHealthyWrong fails: both goroutines of the connection are left behind.
func TestHealthyWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)

	require.NoError(t, HealthyWrong(client(), serve(t)))
}
