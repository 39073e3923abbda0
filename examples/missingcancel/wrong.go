package missingcancel

import "context"

// LoadWrong waits for the first value of a configuration. It leaks the
// watcher's goroutine: nobody calls Close.
func LoadWrong(ctx context.Context, changes <-chan string) (string, error) {
	w := Watch(ctx, changes)
	return w.Next(ctx)
}
