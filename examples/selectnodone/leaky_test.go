package selectnodone

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestCountWrong fails: the counting goes on without anybody to count for.
func TestCountWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)

	hits := CountWrong()
	hits.Add("/news")
	count, _ := hits.Of("/news")

	require.Equal(t, 1, count)
}
