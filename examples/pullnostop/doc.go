// Package pullnostop tells whether two logs have the same lines. It ranges over
// the lines of one log, and pulls the lines of the other with iter.Pull.
//
// The mistake: the function returns at the first difference and does not call
// stop. The iterator of the second log stays where it yielded its last line, in
// a goroutine that iter.Pull made, for as long as the process lives. Its
// deferred calls never run, so the file stays open too.
//
// WRONG
//
//	next, _ := iter.Pull(b)
//	for x := range a {
//		y, ok := next()
//		if !ok || x != y {
//			return false
//		}
//	}
//
// RIGHT
//
//	next, stop := iter.Pull(b)
//	defer stop()
//	for x := range a {
//		y, ok := next()
//		if !ok || x != y {
//			return false
//		}
//	}
//
// A call of stop makes the yield that waits return false, so that the iterator
// ends as it does after a break in a range loop. If it has ended already, stop
// does nothing. Neither go vet nor staticcheck finds the mistake.
//
// The stack of the goroutine shows the iterator, but not the caller of iter.Pull.
// The runtime prints the caller with GODEBUG=tracebackancestors=10, which
// leakcheck test sets by itself.
//
// [EqualWrong] is the first way, [Equal] the second.
package pullnostop
