package earlyreturn

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestPriceWrong fails: the bad item leaves the goroutine with the discount
// behind.
func TestPriceWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	ask := func(context.Context, string) (int, error) { return 10, nil }
	order := Order{"Ada", []Item{{"pen", 2, 150}, {"ink", -1, 400}}}

	_, err := PriceWrong(t.Context(), order, ask)

	require.ErrorContains(t, err, "ink: count -1")
}
