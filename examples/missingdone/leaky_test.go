package missingdone

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestCheckWrong fails: what waits for the failed check is left behind.
func TestCheckWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()

	err := CheckWrong(ctx, []string{"a", "b"}, func(addr string) error {
		if addr == "b" {
			return errors.New("no answer")
		}
		return nil
	})

	if err != nil { // with the mistake
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}
