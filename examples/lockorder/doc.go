// Package lockorder moves money between accounts, each of which has a lock.
//
// The mistake: a transfer locks the account that it takes from, then the one
// that it gives to. Two transfers in opposite directions at the same moment each
// hold the lock that the other one waits for, and neither goes on. Later
// transfers of these accounts wait with them.
//
// WRONG
//
//	from.mu.Lock()
//	defer from.mu.Unlock()
//	...
//	to.mu.Lock()
//	defer to.mu.Unlock()
//
// RIGHT
//
//	first, second := from, to
//	if to.number < from.number {
//		first, second = to, from
//	}
//	first.mu.Lock()
//	defer first.mu.Unlock()
//	second.mu.Lock()
//	defer second.mu.Unlock()
//
// The two locks are taken in the same order, no matter in which direction the
// money goes.
//
// Here the test itself hangs, so that it never reaches a check of its own. The
// watchdog of leakcheck.VerifyTestMain ends it: within seconds if the runtime
// can prove that nothing will wake the test, otherwise before the alarm of
// -timeout. go vet does not check the order of locks.
//
// [TransferWrong] is the first way, [TransferRight] the second.
package lockorder
