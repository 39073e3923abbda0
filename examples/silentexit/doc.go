// Package silentexit saves the orders of a shop in the background. Command orders
// in the folder below calls it.
//
// The mistake: main returns while goroutines are still working. Go then ends
// the process, at once, silently and with exit status 0: orders that are not
// saved yet are lost. On a good day all orders are saved before main returns,
// and nobody sees that this is luck.
//
// A test of the package has nothing to report: its process goes on, and so do the
// goroutines, until the orders are saved. What finds the mistake is the exit
// report of leakcheck in the program itself, by one line at the top of main:
//
//	defer leakcheck.AtExit(os.Stderr)
//
// It gives the goroutines a tenth of a second to end, and then names those that
// are still working when main returns: the line where they are, and the line
// that started them.
//
// WRONG
//
//	for _, order := range orders {
//		go save(order)
//	}
//
// RIGHT
//
//	var wg sync.WaitGroup
//	for _, order := range orders {
//		wg.Go(func() { save(order) })
//	}
//	wg.Wait()
//
// Code that starts a goroutine waits for it, or hands out the means to do so: if
// the call has to return at once, it can return wg.Wait, for main to call last.
//
// Neither go vet nor staticcheck finds the mistake.
//
// [SaveWrong] is the first way, [Save] the second.
package silentexit
