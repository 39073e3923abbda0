package sendtimeout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestRateTooLate is the leaky test with the fix in place.
func TestRateTooLate(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})

	_, err := Rate(ctx, func() (float64, error) {
		cancel()
		<-gone
		return 1.1, nil
	})
	close(gone)

	require.ErrorIs(t, err, context.Canceled)
}

var errDown = errors.New("service down")

// Time is that of synctest: each row lasts as long as it says, and takes none.
func TestRate(t *testing.T) {
	leakcheck.Verify(t)
	tests := []struct {
		why   string
		takes time.Duration
		fails error
		want  float64
		is    error
	}{
		{"an answer in time", 900 * time.Millisecond, nil, 1.1, nil},
		{"a failure in time is returned as it is", 900 * time.Millisecond, errDown, 0, errDown},
		{"an answer after the deadline is none", time.Hour, nil, 0, context.DeadlineExceeded},
		{"a failure after the deadline is not returned", time.Hour, errDown, 0, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				got, err := Rate(ctx, func() (float64, error) {
					time.Sleep(tt.takes)
					if tt.fails != nil {
						return 0, tt.fails
					}
					return 1.1, nil
				})
				assert.Equal(t, tt.want, got)
				assert.ErrorIs(t, err, tt.is)
				time.Sleep(tt.takes) // until the late answer is there as well
			})
		})
	}
}
