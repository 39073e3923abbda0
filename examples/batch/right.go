package batch

import (
	"context"
	"errors"
	"fmt"
)

// Fetch gets one item. It should end when ctx does.
type Fetch func(ctx context.Context, id int) (string, error)

// workers is how many items are fetched at the same time.
const workers = 4

type result struct {
	id    int
	value string
	err   error
}

// RunBatch fetches the items and returns them by id, with what was wrong. When
// ctx ends it does not wait for the fetches that still run: it returns what
// there is, and the error of ctx among the others.
func RunBatch(ctx context.Context, ids []int, fetch Fetch) (map[int]string, error) {
	todo := make(chan int, len(ids))
	results := make(chan result, len(ids)) // room for all: nobody waits to send
	for _, id := range ids {
		todo <- id
	}
	close(todo)
	for range min(workers, len(ids)) {
		go work(ctx, todo, results, fetch)
	}
	return collect(ctx, results, len(ids))
}

// work fetches what is to do. It ends when that is done, or ctx is.
func work(ctx context.Context, todo <-chan int, results chan<- result, fetch Fetch) {
	for id := range todo {
		if ctx.Err() != nil {
			return
		}
		value, err := fetch(ctx, id)
		results <- result{id, value, err}
	}
}

// collect takes n results, or those that are there when ctx ends.
func collect(ctx context.Context, results <-chan result, n int) (map[int]string, error) {
	values := make(map[int]string, n)
	var errs []error
	for range n {
		r, ok := next(ctx, results)
		switch {
		case !ok:
			return values, errors.Join(append(errs, ctx.Err())...)
		case r.err != nil:
			errs = append(errs, fmt.Errorf("item %d: %w", r.id, r.err))
		default:
			values[r.id] = r.value
		}
	}
	return values, errors.Join(errs...)
}

// next waits for a result or for the end of ctx. A result that is there counts
// even then, which one select alone would leave to chance.
func next(ctx context.Context, results <-chan result) (result, bool) {
	select {
	case r := <-results:
		return r, true
	default:
	}
	select {
	case r := <-results:
		return r, true
	case <-ctx.Done():
		return result{}, false
	}
}
