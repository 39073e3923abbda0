package missingcancel

import "context"

// Load waits for the first value of a configuration.
func Load(ctx context.Context, changes <-chan string) (string, error) {
	w := Watch(ctx, changes)
	defer w.Close()
	return w.Next(ctx)
}
