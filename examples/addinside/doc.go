// Package addinside computes the checksums of several files, as many at a time
// as a limit allows that it shares with others.
//
// The mistake: each goroutine calls wg.Add itself, once it has a place within
// the limit. A goroutine that has not come that far is not counted. While others
// hold all places, Wait has nothing to wait for and returns at once: the caller
// gets a result without checksums, and no error. The goroutines stay at the
// limit until there is a place, and then do work that nobody looks at. If no
// place becomes free, they stay for as long as the process lives.
//
// WRONG
//
//	go func() {
//		limit <- struct{}{}
//		defer func() { <-limit }()
//		wg.Add(1)
//		defer wg.Done()
//		sums[i] = sum(file)
//	}()
//
// RIGHT
//
//	wg.Go(func() {
//		limit <- struct{}{}
//		defer func() { <-limit }()
//		sums[i] = sum(file)
//	})
//
// The Go method of a WaitGroup (Go 1.25) counts before it starts the goroutine,
// so that Wait sees all of them. If you call Add yourself, call it before the go
// statement. A leak report shows where the goroutines wait, at the limit; that
// Add stands below that line is the mistake.
//
// Here go vet has nothing to say: its waitgroup check finds Add where it is the
// first statement of the goroutine, as SA2000 of staticcheck does, and here
// another one comes before it.
//
// [SumsWrong] is the first way, [Sums] the second.
package addinside
