// Package sendtimeout asks a currency service for a rate of exchange. Its
// client is an old one that takes no context, so the question is put in a
// goroutine and the caller waits for the answer or for the end of its context.
//
// The mistake: the channel of the answer has no room. When the context ends
// first, the caller is gone, and the goroutine blocks in its send for as long
// as the process lives. A service that is slow for a minute leaves one behind
// for each request of that minute.
//
// WRONG
//
//	answers := make(chan answer)
//	go func() {
//		rate, err := fetch()
//		answers <- answer{rate, err}
//	}()
//	select {
//	case a := <-answers:
//		return a.rate, a.err
//	case <-ctx.Done():
//		return 0, ctx.Err()
//	}
//
// RIGHT
//
//	answers := make(chan answer, 1)
//
// The late answer goes into the channel, and the garbage collector takes both.
// The goroutine still lives until the client returns: a client that takes a
// context is better, if there is one. The same is true for a select with
// time.After. Neither go vet nor staticcheck finds the mistake.
//
// [RateWrong] is the first way, [Rate] the second.
package sendtimeout
