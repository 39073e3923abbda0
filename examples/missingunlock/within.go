package missingunlock

import "context"

// within returns the answer, or the error of ctx when that ends first.
func within(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
