package txnotended

import (
	"context"
	"database/sql"
	"errors"
)

// ErrFunds says that there is not enough money in an account.
var ErrFunds = errors.New("txnotended: not enough money")

const (
	selectBalance = "SELECT balance FROM accounts WHERE number = ? FOR UPDATE"
	updateBalance = "UPDATE accounts SET balance = ? WHERE number = ?"
)

// WithdrawWrong takes amount from the account with that number. It leaks the
// transaction where it fails.
func WithdrawWrong(ctx context.Context, db *sql.DB, number, amount int) error {
	tx, err := db.BeginTx(ctx, nil) // want "called: sql-tx"
	if err != nil {
		return err
	}
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
