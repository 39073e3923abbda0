package blockedsend

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestFirstWrong fails: two of the three goroutines are left behind.
func TestFirstWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	get := func(context.Context, string) (string, error) { return "text", nil }

	text, err := FirstWrong(t.Context(), []string{"de", "fr", "us"}, get)

	require.NoError(t, err)
	require.Equal(t, "text", text)
}
