package stuckmember

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Prices keeps the prices fresh until ctx is done.
type Prices func(ctx context.Context) error

// Ship sends one order on its way.
type Ship func(order string) error

// Service ships orders. It has to be stopped.
type Service struct {
	cancel  context.CancelFunc
	members *errgroup.Group
}

// Stop tells the members of the service to end, waits for them until ctx is
// done, and returns the first error of them.
func (s *Service) Stop(ctx context.Context) error {
	s.cancel()
	ended := make(chan error, 1)
	go func() { // want "started"
		ended <- s.members.Wait() // want "at: errgroup-wait"
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
