package missingunlock

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestStockWrong fails: the order after the refused one is left behind.
func TestStockWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	stock := NewWrong(map[string]int{"tea": 2})

	err := stock.Order(t.Context(), "tea", 3)
	require.EqualError(t, err, "tea: 3 wanted, 2 left")

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err = stock.Order(ctx, "tea", 1)
	if err != nil { // with the mistake
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}
