// Package tickerloop keeps a value fresh by asking for it again and again.
//
// The mistake: the loop ranges over a ticker's channel. Stop keeps the ticker
// from ticking and does not close its channel, so that the loop never ends:
// while the ticker runs it does its work for nobody, and afterwards it waits
// forever.
//
// WRONG
//
//	for range time.Tick(every) {
//		f.value.Store(fetch())
//	}
//
// RIGHT
//
//	for {
//		select {
//		case <-ticker.C:
//			f.value.Store(fetch())
//		case <-f.stop:
//			return
//		}
//	}
//
// Close tells the loop to end, and waits until it has.
//
// [NewWrong] is the first way, [New] the second.
package tickerloop
