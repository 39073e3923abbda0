package earlyreturn

import (
	"context"
	"fmt"
)

// Order is what a customer wants to buy.
type Order struct {
	Customer string
	Items    []Item
}

// Item is one line of an order. Its price is in cents.
type Item struct {
	Name         string
	Count, Price int
}

// Ask returns the discount of a customer in percent.
type Ask func(ctx context.Context, customer string) (int, error)

type discount struct {
	percent int
	err     error
}

// total adds up the items.
func total(items []Item) (int, error) {
	sum := 0
	for _, item := range items {
		if item.Count <= 0 {
			return 0, fmt.Errorf("%s: count %d", item.Name, item.Count)
		}
		sum += item.Count * item.Price
	}
	return sum, nil
}
