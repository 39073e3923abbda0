package txnotended

import (
	"context"
	"database/sql/driver"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/memdb"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// account is a table of one account, with that much in it.
func account(balance any) *memdb.Table {
	return &memdb.Table{Columns: []string{"balance"}, Rows: [][]driver.Value{{balance}}}
}

// TestWithdraw has the leaky test among its cases, with the fix in place.
func TestWithdraw(t *testing.T) {
	update := updateBalance + " [70 7]"
	tests := []struct {
		why     string
		balance any
		amount  int
		want    []string
		err     string
	}{
		{"a success is committed", int64(100), 30, []string{"BEGIN", update, "COMMIT"}, ""},
		{"the leaky test: too little money", int64(100), 130, []string{"BEGIN", "ROLLBACK"}, ErrFunds.Error()},
		{"a balance that cannot be read", "much", 30, []string{"BEGIN", "ROLLBACK"}, "much"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			table := account(tt.balance)
			db := table.Open()
			defer db.Close()

			err := Withdraw(context.Background(), db, 7, tt.amount)

			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.err)
			}
			assert.Equal(t, tt.want, table.Log())
			assert.Zero(t, db.Stats().InUse, "the connection is given back")
		})
	}
}

// There is no transaction to end where none began.
func TestWithdrawTooLate(t *testing.T) {
	leakcheck.Verify(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	table := account(int64(100))
	db := table.Open()
	defer db.Close()
	require.ErrorIs(t, Withdraw(over, db, 7, 30), context.Canceled)
	assert.Empty(t, table.Log())
}
