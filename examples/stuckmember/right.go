package stuckmember

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Start starts a service that ships the orders, until there are no more or one
// of its members has an error.
func Start(ctx context.Context, orders <-chan string, prices Prices, ship Ship) *Service {
	ctx, cancel := context.WithCancel(ctx)
	members, ctx := errgroup.WithContext(ctx)
	members.Go(func() error { return prices(ctx) })
	members.Go(func() error {
		for {
			select {
			case order, more := <-orders:
				if !more {
					return nil
				}
				if err := ship(order); err != nil {
					return err
				}
			case <-ctx.Done():
				return nil
			}
		}
	})
	return &Service{cancel, members}
}
