package unclosed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestAddWrong fails: the line that is no number leaves the adding goroutine
// behind.
func TestAddWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)

	_, err := AddWrong([]string{"1", "two", "3"})

	require.Error(t, err)
}
