// Package unsent stores an order and mails its number to the customer.
// Connecting to the mail server takes a while, so a goroutine does that in the
// meantime and then waits for the number.
//
// The mistake: when the order cannot be stored there is no number, and the
// function returns without telling the goroutine. Nobody ever sends on the
// channel and nobody closes it. The goroutine waits for as long as the process
// lives, and its deferred Close never runs: the connection to the mail server
// stays open too.
//
// WRONG
//
//	numbers := make(chan int)
//	go func() {
//		mail := connect()
//		defer mail.Close()
//		mail.Send(<-numbers)
//	}()
//	number, err := store()
//	if err != nil {
//		return err
//	}
//	numbers <- number
//
// RIGHT
//
//	numbers := make(chan int)
//	defer close(numbers)
//	go func() {
//		mail := connect()
//		defer mail.Close()
//		if number, ok := <-numbers; ok {
//			mail.Send(number)
//		}
//	}()
//
// The sender closes the channel, in a defer that runs on every way out. Once the channel is
// closed a receive returns zero at once, which is no order number: the second result
// distinguishes the two. Neither go vet nor staticcheck finds the mistake.
//
// [SaveWrong] is the first way, [Save] the second.
package unsent
