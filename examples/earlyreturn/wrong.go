package earlyreturn

import "context"

// PriceWrong returns the price of an order in cents. It leaks a goroutine when
// one of the items is bad.
func PriceWrong(ctx context.Context, o Order, ask Ask) (int, error) {
	found := make(chan discount)
	go func() { // want "started"
		percent, err := ask(ctx, o.Customer)
		found <- discount{percent, err} // want "at: chan-send"
	}()
	sum, err := total(o.Items)
	if err != nil {
		return 0, err
	}
	d := <-found
	if d.err != nil {
		return 0, d.err
	}
	return sum * (100 - d.percent) / 100, nil
}
