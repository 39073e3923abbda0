// Package unbounded fetches the pages at many URLs.
//
// The mistake: each URL gets a goroutine, and all fetch at the same time. With
// ten URLs nobody notices. With 10,000 there are 10,000 connections, with their
// buffers and goroutines on both sides; each request waits for all the others;
// and a server that has a limit refuses most of them.
//
// WRONG
//
//	for i := range urls {
//		wg.Go(func() { pages[i], errs[i] = fetch(urls[i]) })
//	}
//	wg.Wait()
//
// RIGHT
//
//	for range max(n, 1) {
//		wg.Go(func() {
//			for i := range next {
//				pages[i], errs[i] = fetch(urls[i])
//			}
//		})
//	}
//	for i := range urls {
//		next <- i
//	}
//	close(next)
//	wg.Wait()
//
// A fixed number of workers takes the URLs one after the other. The close ends
// them when all is done. SetLimit of golang.org/x/sync/errgroup is a bound too.
//
// What the wrong way costs, against a pool, for 10,000 pages of one server that
// takes 10 ms to answer, with connections in memory, on two cores:
//
//	                       pool of 50      pool of 500
//	peak memory            20 times        5 times
//	a request, median      20 to 70 times  30 to 60 times
//	a request, 99th perc.  40 to 70 times  15 times
//	all pages              half            2 times
//
// The pool of 50 keeps such a server waiting and takes longer in all; the one of
// 500 beats the wrong way in that too. So does a pool of 50 where the server
// answers at once. The numbers are those of
//
//	go test -run '^$' -bench FetchAll -benchtime 3x ./examples/unbounded
//
// leakcheck finds nothing here, since all goroutines end, and neither do go vet
// and staticcheck. A dump of the program while it works shows the mistake:
// leakcheck report puts the 10,000 that are alike together.
//
// [FetchAllWrong] is the first way, [FetchAll] the second.
package unbounded
