package missingdone

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var errDown = errors.New("down")

// TestCheck is the leaky test with the fix in place: it reports a failed check.
func TestCheck(t *testing.T) {
	leakcheck.Verify(t)
	check := func(addr string) error {
		if addr == "b" {
			return errDown
		}
		return nil
	}
	require.NoError(t, Check(t.Context(), []string{"a", "c"}, check))
	require.ErrorIs(t, Check(t.Context(), []string{"a", "b"}, check), errDown)
}

// Who has no time left goes on; the checks end when they are done.
func TestCheckGivesUp(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := make(chan struct{})
	defer close(slow)
	err := Check(ctx, []string{"a"}, func(string) error { cancel(); <-slow; return nil })
	assert.ErrorIs(t, err, context.Canceled)
}
