package earlyreturn

import "context"

// Price returns the price of an order in cents.
func Price(ctx context.Context, o Order, ask Ask) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make(chan discount, 1)
	go func() {
		percent, err := ask(ctx, o.Customer)
		found <- discount{percent, err}
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
