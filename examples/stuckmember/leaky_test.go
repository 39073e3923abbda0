package stuckmember

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

var errPrices = errors.New("no prices")

// TestStartWrong fails: the member that waits for orders is left behind, and
// what waits for the members. Nobody learns that there are no prices.
func TestStartWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	prices := func(context.Context) error { return errPrices }
	service := StartWrong(context.Background(), make(chan string), prices, nil)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := service.Stop(ctx)

	if !errors.Is(err, errPrices) { // with the mistake
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}
