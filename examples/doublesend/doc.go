// Package doublesend adds up the sizes of several files, which it asks for at
// the same time.
//
// The mistake: the goroutine of a file that has an error sends that error, goes
// on, and sends a second time. The caller receives once for each file, so one
// send is left over and blocks for as long as the process lives. It need not be
// the second send of the bad file: that one may be received in place of the
// answer of a good file, and then the total is wrong as well.
//
// WRONG
//
//	go func() {
//		size, err := stat(name)
//		if err != nil {
//			sizes <- answer{err: fmt.Errorf("%s: %w", name, err)}
//		}
//		sizes <- answer{size: size}
//	}()
//
// RIGHT
//
//	go func() {
//		size, err := stat(name)
//		if err != nil {
//			sizes <- answer{err: fmt.Errorf("%s: %w", name, err)}
//			return
//		}
//		sizes <- answer{size: size}
//	}()
//
// With the return there is one send on each path through the function, as
// many as there are receives. A channel with more room would hide the
// mistake: no goroutine is left, and the total can still be wrong. Neither go
// vet nor staticcheck sees that another send follows.
//
// [TotalWrong] is the first way, [Total] the second.
package doublesend
