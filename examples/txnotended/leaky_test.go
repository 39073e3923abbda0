package txnotended

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestWithdrawWrong fails: the transaction is open. The context is the
// program's; that of the test is cancelled at its end and hides the leak.
func TestWithdrawWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	db := account(100).Open()
	defer db.Close()

	err := WithdrawWrong(context.Background(), db, 7, 130)

	require.ErrorIs(t, err, ErrFunds)
}
