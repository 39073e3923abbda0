package txnotended

import (
	"context"
	"database/sql"
)

// Withdraw takes amount from the account with that number.
func Withdraw(ctx context.Context, db *sql.DB, number, amount int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	var balance int
	if err := tx.QueryRowContext(ctx, selectBalance, number).Scan(&balance); err != nil {
		return err
	}
	if balance < amount {
		return ErrFunds
	}
	if _, err := tx.ExecContext(ctx, updateBalance, balance-amount, number); err != nil {
		return err
	}
	return tx.Commit()
}
