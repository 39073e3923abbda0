// Package blockedsend asks several mirrors for a file and takes the first good
// answer.
//
// The mistake: every mirror is asked in a goroutine of its own, which sends its
// answer on a channel without room. The receiver returns at the first good
// answer, and nobody receives the others. Each of those goroutines blocks in
// its send for as long as the process lives, and keeps what it fetched.
//
// WRONG
//
//	answers := make(chan answer)
//	for _, mirror := range mirrors {
//		go func() {
//			text, err := get(ctx, mirror)
//			answers <- answer{text, err}
//		}()
//	}
//	...
//	return a.text, nil // while others still have to send
//
// RIGHT
//
//	answers := make(chan answer, len(mirrors))
//
// With room for every answer no send blocks, even if nobody receives. Cancelling
// the context on return then also spares the slower mirrors the work.
//
// [FirstWrong] is the first way, [First] the second.
package blockedsend
