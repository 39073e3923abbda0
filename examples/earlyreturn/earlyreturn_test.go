package earlyreturn

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestPrice(t *testing.T) {
	leakcheck.Verify(t)
	ask := func(_ context.Context, customer string) (int, error) {
		if customer == "nobody" {
			return 0, errors.New("unknown customer")
		}
		return 10, nil
	}
	pens, ink := Item{"pen", 2, 150}, Item{"ink", 1, 400}
	tests := []struct {
		why     string
		order   Order
		want    int
		wantErr string
	}{
		{"the discount is taken off", Order{"Ada", []Item{pens, ink}}, 630, ""},
		{"nothing costs nothing", Order{"Ada", nil}, 0, ""},
		{"the leaky test's order", Order{"Ada", []Item{pens, {"ink", -1, 400}}}, 0, "ink: count -1"},
		{"no price without a discount", Order{"nobody", []Item{pens}}, 0, "unknown customer"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			got, err := Price(t.Context(), tt.order, ask)
			assert.Equal(t, tt.want, got)
			if tt.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.wantErr)
			}
		})
	}
}

// A bad order also stops the question that nobody needs any more. It would
// otherwise last as long as the context of the program.
func TestPriceStopsAsking(t *testing.T) {
	leakcheck.Verify(t)
	stopped := make(chan error, 1)
	ask := func(ctx context.Context, _ string) (int, error) {
		<-ctx.Done()
		stopped <- ctx.Err()
		return 0, ctx.Err()
	}

	_, err := Price(context.Background(), Order{"Ada", []Item{{"ink", 0, 400}}}, ask)

	require.ErrorContains(t, err, "ink: count 0")
	assert.ErrorIs(t, <-stopped, context.Canceled)
}
