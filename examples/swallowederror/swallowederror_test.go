package swallowederror

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var errBusy = errors.New("the shop is busy")

// ask knows the price of tea, and is too busy for others.
func ask(item string) (int, error) {
	if item == "tea" {
		return 3, nil
	}
	return 0, errBusy
}

// TestPricesWrong passes, and shows what the caller does not see: one of two
// prices is missing, and nobody said why. No goroutine is left behind.
func TestPricesWrong(t *testing.T) {
	leakcheck.Verify(t)

	prices, err := PricesWrong([]string{"tea", "milk"}, ask)

	require.NoError(t, err, "the shop is busy, and the caller is not told")
	assert.Equal(t, map[string]int{"tea": 3}, prices)
}

func TestPrices(t *testing.T) {
	tests := []struct {
		why     string
		items   []string
		want    map[string]int
		wantErr string
	}{
		{"all goes well", []string{"tea"}, map[string]int{"tea": 3}, ""},
		{"the wrong way's input: the missing price is returned as an error", []string{"tea", "milk"}, map[string]int{"tea": 3}, "milk: the shop is busy"},
		{"every error is returned, in the order of the items", []string{"salt", "milk"}, map[string]int{}, "salt: the shop is busy\nmilk: the shop is busy"},
		{"nothing is asked for", nil, map[string]int{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			prices, err := Prices(tt.items, ask)
			assert.Equal(t, tt.want, prices)
			if tt.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.wantErr)
				require.ErrorIs(t, err, errBusy)
			}
		})
	}
}
