// Package unclosed adds up numbers that arrive on a channel.
//
// The mistake: a goroutine ranges over the channel, which ends when the channel
// is closed, and the producer returns without closing it: at the end, or where
// it fails. The goroutine waits for a next value for as long as the process
// lives.
//
// WRONG
//
//	for _, line := range lines {
//		n, err := strconv.Atoi(line)
//		if err != nil {
//			return 0, err
//		}
//		values <- n
//	}
//	close(values)
//	return <-total, nil
//
// RIGHT
//
//	func send(values chan<- int, lines []string) error {
//		defer close(values)
//
// The sender closes the channel, on every way out, in a function of its own: a close that is
// deferred in the function that waits for the total would come too late. The total needs a
// channel with room, since nobody may be there to take it.
//
// [AddWrong] is the first way, [Add] the second.
package unclosed
