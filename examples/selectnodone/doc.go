// Package selectnodone counts the hits of web pages. One goroutine owns the
// counts, others tell it of hits and ask it for counts over channels, so that
// no lock is needed.
//
// The mistake: the loop of that goroutine has a case for everything that it
// does, but no case that ends it. When nobody uses the counts any more it
// waits in its select for as long as the process lives, and keeps the map.
// Each request, test or tenant that makes counts of its own leaves one behind.
//
// WRONG
//
//	for {
//		select {
//		case page := <-h.seen:
//			counts[page]++
//		case q := <-h.asked:
//			q.count <- counts[q.page]
//		}
//	}
//
// RIGHT
//
//	for {
//		select {
//		case page := <-h.seen:
//			counts[page]++
//		case q := <-h.asked:
//			q.count <- counts[q.page]
//		case <-h.done:
//			return
//		}
//	}
//
// The channel done belongs to a context, so the caller of New ends the loop
// with cancel. Senders have to select on it as well: after the end nobody
// receives, and they would be the next to wait forever. Neither go vet nor
// staticcheck finds the mistake.
//
// [CountWrong] is the first way, [Count] the second.
package selectnodone
