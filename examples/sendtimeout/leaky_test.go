package sendtimeout

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestRateWrong fails: the answer that came too late is left behind.
func TestRateWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})

	_, err := RateWrong(ctx, func() (float64, error) {
		cancel()
		<-gone // the answer comes when the caller has left
		return 1.1, nil
	})
	close(gone)

	require.ErrorIs(t, err, context.Canceled)
}
