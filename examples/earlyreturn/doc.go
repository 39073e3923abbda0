// Package earlyreturn works out the price of an order. The customer's discount
// comes from another service and is fetched while the items are added up.
//
// The mistake: an order with a bad item makes the function return before it
// receives the discount. The goroutine that fetched it blocks in its send for
// as long as the process lives: one for each bad order, which costs memory that
// grows with what people type wrong.
//
// WRONG
//
//	found := make(chan discount)
//	go func() {
//		percent, err := ask(ctx, o.Customer)
//		found <- discount{percent, err}
//	}()
//	sum, err := total(o.Items)
//	if err != nil {
//		return 0, err
//	}
//	d := <-found
//
// RIGHT
//
//	ctx, cancel := context.WithCancel(ctx)
//	defer cancel()
//	found := make(chan discount, 1)
//
// With room for the one answer the send does not wait for a receiver, so the
// goroutine ends whichever way the function returns. Cancelling the context on
// return spares the other service an answer that nobody needs. Neither go vet
// nor staticcheck finds the mistake.
//
// [PriceWrong] is the first way, [Price] the second.
package earlyreturn
