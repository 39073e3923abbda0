// Package lockorder shows a deadlock by two locks that are taken in different
// orders, which hangs the test itself.
//
// [TransferWrong] locks the account that it takes from, then the one that it
// gives to. Two transfers in opposite directions at the same moment each hold
// the lock that the other one waits for. [TransferRight] takes the two locks in
// one order, whichever way the money goes.
//
// A test that hangs never reaches its own check. The watchdog of
// leakcheck.VerifyTestMain ends it:
//
//	go test -tags hung -timeout 30s ./examples/lockorder
package lockorder
