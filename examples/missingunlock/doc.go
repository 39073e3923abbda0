// Package missingunlock takes orders for what a shop has in stock, and answers
// each within a time limit.
//
// The mistake: when there is too little left, take returns without unlocking the
// mutex, though it unlocks it on the other ways out. That order is refused as it
// should be, and nothing looks wrong. The next one waits for the lock, in a
// goroutine, until its time is up: so does every order from then on, and each
// leaves its goroutine behind. Nobody can unlock the mutex any more.
//
// WRONG
//
//	s.mu.Lock()
//	if ctx.Err() != nil {
//		s.mu.Unlock()
//		return ctx.Err()
//	}
//	if s.left[item] < n {
//		return fmt.Errorf("%s: %d wanted, %d left", item, n, s.left[item])
//	}
//	s.left[item] -= n
//	s.mu.Unlock()
//	return nil
//
// RIGHT
//
//	s.mu.Lock()
//	defer s.mu.Unlock()
//	if ctx.Err() != nil {
//		return ctx.Err()
//	}
//	if s.left[item] < n {
//		return fmt.Errorf("%s: %d wanted, %d left", item, n, s.left[item])
//	}
//	s.left[item] -= n
//	return nil
//
// A deferred Unlock runs on every way out, a panic included. The report names the
// line that waits for the lock. The function that kept the lock has returned long
// ago: look for a return between Lock and Unlock. Neither go vet nor staticcheck
// finds the mistake.
//
// [StockWrong] is the first way, [Stock] the second.
package missingunlock
