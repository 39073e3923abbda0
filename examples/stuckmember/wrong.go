package stuckmember

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// StartWrong starts a service that ships the orders. It leaks a goroutine when
// it is stopped while orders is open, and Stop leaks a second one.
func StartWrong(ctx context.Context, orders <-chan string, prices Prices, ship Ship) *Service {
	ctx, cancel := context.WithCancel(ctx)
	members, ctx := errgroup.WithContext(ctx)
	members.Go(func() error { return prices(ctx) })
	members.Go(func() error { // want "started"
		for order := range orders { // want "at: chan-range"
			if err := ship(order); err != nil {
				return err
			}
		}
		return nil
	})
	return &Service{cancel, members}
}
