// Package counterrace counts the broken links of a page, and checks all of them
// at the same time.
//
// The mistake: the goroutines add to the same variable without a lock. Adding
// one means to read, add and write; if two goroutines do so at the same
// moment, they write the same number, and one link is not counted. That
// happens rarely, and hardly ever in a test: the result is nearly always
// right.
//
// No goroutine is left behind, so leakcheck has nothing to report. The race
// detector finds the mistake, with every run of go test -race in which two links
// are broken, also when the result is right. It prints the two lines that came
// together: here one and the same.
//
// WRONG
//
//	broken := 0
//	...
//	wg.Go(func() {
//		if check(link) != nil {
//			broken++
//		}
//	})
//
// RIGHT
//
//	var broken atomic.Int64
//	...
//	wg.Go(func() {
//		if check(link) != nil {
//			broken.Add(1)
//		}
//	})
//
// Add on an atomic.Int64 reads, adds and writes in one step. A map, or two
// variables that belong together, needs a mutex.
//
// Neither go vet nor staticcheck finds the mistake: it shows only while the
// program runs. Run the tests with -race in CI.
//
// [BrokenWrong] is the first way, [Broken] the second.
package counterrace
