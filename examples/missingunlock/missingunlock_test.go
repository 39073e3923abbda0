package missingunlock

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestStock is the leaky test with the fix in place: the order after the refused
// one is answered.
func TestStock(t *testing.T) {
	leakcheck.Verify(t)
	stock := New(map[string]int{"tea": 2})

	err := stock.Order(t.Context(), "tea", 3)
	require.EqualError(t, err, "tea: 3 wanted, 2 left")

	require.NoError(t, stock.Order(t.Context(), "tea", 1))
	require.EqualError(t, stock.Order(t.Context(), "tea", 2), "tea: 2 wanted, 1 left")
}

// Orders at the same time take no more than there is.
func TestStockManyOrders(t *testing.T) {
	leakcheck.Verify(t)
	stock := New(map[string]int{"tea": 5})
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = stock.Order(t.Context(), "tea", 1) })
	}
	all.Wait()

	refused := 0
	for _, err := range errs {
		if err != nil {
			require.EqualError(t, err, "tea: 1 wanted, 0 left")
			refused++
		}
	}
	assert.Equal(t, 3, refused)
}

// An order whose time is up is answered at once, whoever holds the lock.
func TestStockGivesUp(t *testing.T) {
	leakcheck.Verify(t)
	stock := New(map[string]int{"tea": 5})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stock.mu.Lock()
	defer stock.mu.Unlock()
	assert.ErrorIs(t, stock.Order(ctx, "tea", 1), context.Canceled)
}

// As long as no order is refused the wrong way works, which is why tests miss it.
func TestStockWrongWithEnough(t *testing.T) {
	leakcheck.Verify(t)
	stock := NewWrong(map[string]int{"tea": 2})
	require.NoError(t, stock.Order(t.Context(), "tea", 1))
	require.NoError(t, stock.Order(t.Context(), "tea", 1))
	assert.Equal(t, 0, stock.left["tea"])
}
