package missingunlock

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

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

// An order whose time is up is answered at once, no matter who holds the lock, and
// takes nothing once it has the lock itself.
func TestStockGivesUp(t *testing.T) {
	right, wrong := New(map[string]int{"tea": 5}), NewWrong(map[string]int{"tea": 5})
	for name, s := range map[string]struct {
		mu    *sync.Mutex
		left  map[string]int
		order func(ctx context.Context, item string, n int) error
	}{
		"right": {&right.mu, right.left, right.Order},
		"wrong": {&wrong.mu, wrong.left, wrong.Order},
	} {
		t.Run(name, func(t *testing.T) {
			leakcheck.Verify(t)
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()

				s.mu.Lock()
				assert.ErrorIs(t, s.order(ctx, "tea", 1), context.Canceled)
				s.mu.Unlock()

				synctest.Wait() // until the goroutine of the order is over
				assert.Equal(t, 5, s.left["tea"])
			})
		})
	}
}

// As long as no order is refused the wrong way works, which is why tests miss it.
func TestStockWrongWithEnough(t *testing.T) {
	leakcheck.Verify(t)
	stock := NewWrong(map[string]int{"tea": 2})
	require.NoError(t, stock.Order(t.Context(), "tea", 1))
	require.NoError(t, stock.Order(t.Context(), "tea", 1))
	assert.Equal(t, 0, stock.left["tea"])
}
