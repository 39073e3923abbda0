package missingunlock

import (
	"context"
	"fmt"
	"sync"
)

// Stock is what a shop has left of each item.
type Stock struct {
	mu   sync.Mutex
	left map[string]int
}

// New returns a stock.
func New(left map[string]int) *Stock { return &Stock{left: left} }

// Order takes n of an item. It waits for its turn as long as ctx lets it, and
// takes nothing when ctx ended before that.
func (s *Stock) Order(ctx context.Context, item string, n int) error {
	taken := make(chan error, 1)
	go func() {
		taken <- s.take(ctx, item, n)
	}()
	return within(ctx, taken)
}

func (s *Stock) take(ctx context.Context, item string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err() // as Order has said already
	}
	if s.left[item] < n {
		return fmt.Errorf("%s: %d wanted, %d left", item, n, s.left[item])
	}
	s.left[item] -= n
	return nil
}
