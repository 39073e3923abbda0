package missingunlock

import (
	"context"
	"fmt"
	"sync"
)

// StockWrong is what a shop has left of each item. After an order for too much
// it answers no other, and leaks a goroutine for each.
type StockWrong struct {
	mu   sync.Mutex
	left map[string]int
}

// NewWrong returns a stock.
func NewWrong(left map[string]int) *StockWrong { return &StockWrong{left: left} }

// Order takes n of an item. It waits for its turn as long as ctx lets it, and
// takes nothing when ctx ended before that.
func (s *StockWrong) Order(ctx context.Context, item string, n int) error {
	taken := make(chan error, 1)
	go func() { // want "started"
		taken <- s.take(ctx, item, n)
	}()
	return within(ctx, taken)
}

func (s *StockWrong) take(ctx context.Context, item string, n int) error {
	s.mu.Lock() // want "at: mutex-lock"
	if ctx.Err() != nil {
		s.mu.Unlock()
		return ctx.Err()
	}
	if s.left[item] < n {
		return fmt.Errorf("%s: %d wanted, %d left", item, n, s.left[item])
	}
	s.left[item] -= n
	s.mu.Unlock()
	return nil
}
