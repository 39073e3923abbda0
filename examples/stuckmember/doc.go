// Package stuckmember runs a service with two members: one keeps the prices
// fresh, the other ships orders. An errgroup holds them together, so that an
// error of one should end the other.
//
// The mistake: the member that ships orders waits for the next one and does not
// look at the context of the group. The other member fails, the group cancels
// its context, and this one stays where it is. Wait returns when all members
// have, so it waits forever, and nobody learns the error that began it. Here
// Wait is called in a goroutine, because the stop of the service has a time
// limit: both goroutines stay for as long as the process lives.
//
// WRONG
//
//	members, ctx := errgroup.WithContext(ctx)
//	members.Go(func() error { return prices(ctx) })
//	members.Go(func() error {
//		for order := range orders {
//			if err := ship(order); err != nil {
//				return err
//			}
//		}
//		return nil
//	})
//
// RIGHT
//
//	members.Go(func() error {
//		for {
//			select {
//			case order, more := <-orders:
//				if !more {
//					return nil
//				}
//				if err := ship(order); err != nil {
//					return err
//				}
//			case <-ctx.Done():
//				return nil
//			}
//		}
//	})
//
// The group does not end its members, it only cancels their context: each of
// them has to return when the context is done, wherever it waits. Neither go
// vet nor staticcheck finds the mistake.
//
// [StartWrong] is the first way, [Start] the second.
package stuckmember
