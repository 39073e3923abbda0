// Package swallowederror asks a shop for the prices of several items, all at the
// same time.
//
// The mistake: a goroutine that meets an error returns, and the error goes with
// it. A go statement, like the Go method of a WaitGroup, drops results: an error
// has to reach the caller in another way. The caller gets the prices that are
// there, and nil for the error. An item without a price looks
// like one that the shop does not have.
//
// No goroutine is left behind, so leakcheck has nothing to report. A test finds
// the mistake if it makes one of the calls fail and expects an error; a test in
// which all calls succeed does not.
//
// WRONG
//
//	wg.Go(func() {
//		price, err := ask(item)
//		if err != nil {
//			return
//		}
//		...
//		prices[item] = price
//	})
//	...
//	return prices, nil
//
// RIGHT
//
//	errs := make([]error, len(items))
//	...
//	wg.Go(func() {
//		price, err := ask(item)
//		if err != nil {
//			errs[i] = fmt.Errorf("%s: %w", item, err)
//			return
//		}
//		...
//		prices[item] = price
//	})
//	...
//	return prices, errors.Join(errs...)
//
// Each goroutine has a place of its own for its error, so that no lock is needed
// for them and their order is that of the items. Join drops nil errors, and
// returns nil if no error is left. If the first error is enough, and should end
// the other calls, use golang.org/x/sync/errgroup.
//
// Neither go vet nor staticcheck finds the mistake, because the code checks the
// error.
//
// [PricesWrong] is the first way, [Prices] the second.
package swallowederror
