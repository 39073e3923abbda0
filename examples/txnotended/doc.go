// Package txnotended takes money from a bank account, in a transaction.
//
// The mistake: if there is not enough money, the function returns and neither
// commits the transaction nor rolls it back. The transaction stays open: it
// keeps its connection, and the locks that it has in the database, and a
// goroutine of package database/sql waits for the end of its context. The next
// customer may have to wait for those locks.
//
// WRONG
//
//	tx, err := db.BeginTx(ctx, nil)
//	if err != nil {
//		return err
//	}
//	...
//	if balance < amount {
//		return ErrFunds
//	}
//	...
//	return tx.Commit()
//
// RIGHT
//
//	tx, err := db.BeginTx(ctx, nil)
//	if err != nil {
//		return err
//	}
//	defer tx.Rollback() // after Commit it does nothing
//
// The deferred Rollback is right for every way out, including a panic. The code
// ignores its error: after a Commit it is sql.ErrTxDone. No check of go vet or
// staticcheck finds this mistake. With a context that cannot end, such as
// context.Background, leakcheck finds the goroutine too: a transaction makes a
// context of its own.
//
// [WithdrawWrong] is the first way, [Withdraw] the second.
package txnotended
