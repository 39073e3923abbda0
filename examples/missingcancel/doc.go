// Package missingcancel follows the changes of a configuration with a watcher
// that runs in the background.
//
// The mistake: the watcher's goroutine ends when its context is cancelled, and
// the cancel function is called by Close. Somebody makes a watcher, takes one
// value from it and drops it without Close. The goroutine stays in its select
// for as long as the process lives.
//
// Here go vet has nothing to say: its lostcancel check sees a cancel function
// that is thrown away in the function that made it, but not one that is stored
// in a struct.
//
// WRONG
//
//	w := Watch(ctx, changes)
//	return w.Next(ctx)
//
// RIGHT
//
//	w := Watch(ctx, changes)
//	defer w.Close()
//	return w.Next(ctx)
//
// [LoadWrong] is the first way, [Load] the second.
package missingcancel
