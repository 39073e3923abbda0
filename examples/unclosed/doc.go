// Package unclosed adds up numbers that arrive on a channel.
//
// The mistake: a goroutine ranges over the channel, which ends when the channel
// is closed, and the producer returns without closing it: at the end, or where
// it fails. The goroutine waits for a next value for as long as the process
// lives.
//
// WRONG
//
//	values := make(chan int)
//	go sum(values, total)
//	for _, line := range lines {
//		n, err := strconv.Atoi(line)
//		if err != nil {
//			return 0, err // and nobody closes values
//		}
//		values <- n
//	}
//	close(values)
//
// RIGHT
//
//	values := make(chan int)
//	defer close(values)
//
// Who sends closes, on every way out. The result then needs a channel with
// room, since nobody may be there to take it.
//
// [AddWrong] is the first way, [Add] the second.
package unclosed
