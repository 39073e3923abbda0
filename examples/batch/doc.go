// Package batch fetches many items by their ids, a few at a time, and returns
// what it has when its time is over.
//
// There is no mistake here. It is how a batch shares a context: a fixed number
// of workers take the ids from one channel and send what they got on another.
// Both channels have room for everything, so that no worker ever waits for the
// collector, and the collector may leave early.
//
// RIGHT
//
//	todo := make(chan int, len(ids))
//	results := make(chan result, len(ids)) // room for all: nobody waits to send
//	...
//	for range min(workers, len(ids)) {
//		go work(ctx, todo, results, fetch)
//	}
//	return collect(ctx, results, len(ids))
//	...
//	func work(ctx context.Context, todo <-chan int, results chan<- result, fetch Fetch) {
//		for id := range todo {
//			if ctx.Err() != nil {
//				return
//			}
//			value, err := fetch(ctx, id)
//			results <- result{id, value, err}
//		}
//	}
//
// A worker ends when there is nothing left to do, or after the fetch during
// which the context ended. A fetch that does not look at its context delays the
// end of its worker, and not the answer of the batch.
//
// A failed fetch does not spoil the rest: the values that arrived are
// returned together with the errors, and an error names its id.
//
// [RunBatch] is the whole pattern.
package batch
